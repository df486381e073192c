"""DuckDB over the same lake: the peer that the numbers are measured against.

As a program of its own it copies one query to a CSV file, so that its memory can be measured:

    bench/peer.py LAKE.db OUT.csv < query.sql
"""

import statistics
import sys
import time

import duckdb
from duckdb_extensions import import_extension


def attach(catalog):
    """Two threads, as many as Wayfare may use here; the lake for reading."""
    import_extension("ducklake")
    import_extension("sqlite_scanner")
    connection = duckdb.connect()
    connection.execute("LOAD ducklake; LOAD sqlite_scanner; SET threads = 2; SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"ATTACH 'ducklake:sqlite:{catalog}' AS lake (READ_ONLY)")
    return connection


def median_ms(ask, times):
    """The first answer and the warm median of `times` more, in milliseconds."""
    answer = ask()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    return answer, statistics.median(taken)


# What an export of users holds: everyone with an e-mail address, and ten columns.
PROFILES = """
    SELECT profile_id, json_extract_string(identifiers, '$.user_id') AS user_id, json_extract_string(identifiers, '$.email') AS email,
        country, city, gender, age, plan, language, member_since, score
    FROM lake.main.profiles WHERE json_extract_string(identifiers, '$.email') IS NOT NULL ORDER BY profile_id
"""
# What an export of activity holds: the events of 30 days with user id, e-mail and country.
EVENTS = """
    SELECT e.*, json_extract_string(p.identifiers, '$.user_id') AS user_id, json_extract_string(p.identifiers, '$.email') AS email, p.country
    FROM (
        SELECT profile_id, 'journey_enter' AS event, timestamp, journey_id, NULL AS campaign_id, NULL AS channel_code, NULL AS action_code, NULL AS exit_reason, NULL AS amount FROM lake.events.journey_enter
        UNION ALL SELECT profile_id, 'journey_exit', timestamp, journey_id, NULL, NULL, NULL, exit_reason, NULL FROM lake.events.journey_exit
        UNION ALL SELECT profile_id, 'journey_product_action', timestamp, journey_id, campaign_id, channel_code, action_code, NULL, NULL FROM lake.events.journey_product_action
        UNION ALL SELECT profile_id, 'purchase', timestamp, NULL, NULL, NULL, NULL, NULL, amount FROM lake.events.purchase
        UNION ALL SELECT profile_id, 'page_view', timestamp, NULL, NULL, NULL, NULL, NULL, NULL FROM lake.events.page_view
    ) e JOIN lake.main.profiles p USING (profile_id)
    WHERE e.timestamp >= TIMESTAMPTZ '2026-08-02 00:00:00Z' AND e.timestamp < TIMESTAMPTZ '2026-09-01 00:00:00Z'
"""


if __name__ == "__main__":
    attach(sys.argv[1]).execute(f"COPY ({sys.stdin.read()}) TO '{sys.argv[2]}' (FORMAT csv, HEADER)")
