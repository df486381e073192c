"""Reads the lake as any DuckDB user would, with nothing of ours in between: see docs/duckdb.md."""

import json

import duckdb
from duckdb_extensions import import_extension

# The newest state of each profile; merged ones lead elsewhere, erased ones are gone.
LIVE = """
    WITH newest AS (
        SELECT * FROM lake.main.profiles
        QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY position DESC) = 1
    ), live AS (
        SELECT * FROM newest
        WHERE NOT coalesce(deleted, false) AND profile_id NOT IN (SELECT from_id FROM lake.main.profile_merges)
    ), leads_to AS (
        SELECT profile_id AS from_id, profile_id AS to_id FROM live
        UNION ALL
        SELECT from_id, to_id FROM lake.main.profile_merges
    )
"""


def attach(data, version=None):
    """A connection with the lake attached for reading, at its newest snapshot or a given one."""
    import_extension("ducklake")
    import_extension("sqlite_scanner")
    connection = duckdb.connect()
    connection.execute("LOAD ducklake; LOAD sqlite_scanner; SET TimeZone = 'UTC'")
    pinned = "" if version is None else f", SNAPSHOT_VERSION {version}"
    connection.execute(f"ATTACH 'ducklake:sqlite:{data}/lake.db' AS lake (READ_ONLY{pinned})")
    return connection


def newest(connection):
    """Snapshot id and commit position of the newest flush."""
    rows = connection.execute(
        "SELECT snapshot_id, commit_extra_info FROM lake.snapshots() ORDER BY snapshot_id DESC"
    ).fetchall()
    for snapshot, extra in rows:
        if extra and "position" in json.loads(extra):
            return rows[0][0], json.loads(extra)["position"]
    return rows[0][0], 0


# The questions of questions.py, by hand.
SQL = {
    "entered 3": "SELECT count(DISTINCT to_id) FROM lake.events.journey_enter"
    " JOIN leads_to ON from_id = profile_id WHERE journey_id = 3",
    "sent, not seen": """
        SELECT count(*) FROM (
            SELECT to_id FROM lake.events.journey_product_action JOIN leads_to ON from_id = profile_id
            WHERE journey_id = 2 AND channel_code = 'EM'
            GROUP BY to_id HAVING bool_or(action_code = 1) AND NOT bool_or(action_code = 4))""",
    "bought for 100": """
        SELECT count(*) FROM (
            SELECT to_id FROM lake.events.purchase JOIN leads_to ON from_id = profile_id
            GROUP BY to_id HAVING sum(CAST(amount AS DOUBLE)) >= 100)""",
    "Turkish, below 40": "SELECT count(*) FROM live WHERE country = 'TR' AND CAST(age AS DOUBLE) < 40",
    "no event": """
        SELECT count(*) FROM live WHERE profile_id NOT IN (
            SELECT to_id FROM leads_to WHERE from_id IN (
                SELECT profile_id FROM lake.events.journey_enter UNION ALL
                SELECT profile_id FROM lake.events.journey_exit UNION ALL
                SELECT profile_id FROM lake.events.journey_product_action UNION ALL
                SELECT profile_id FROM lake.events.purchase))""",
    "everyone": "SELECT count(*) FROM live",
}


def answers(connection):
    """All questions, by DuckDB."""
    return {name: connection.execute(LIVE + query).fetchone()[0] for name, query in SQL.items()}
