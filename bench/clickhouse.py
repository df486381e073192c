"""ClickHouse in the process (`chdb`), over MergeTree tables on disk, laid out as a friend of it would.

The orders, and the ids as numbers, are those of `duckdb_native.py`; short lists of words are `LowCardinality`, only what
may be absent is `Nullable`, and each table is merged into as few parts as ClickHouse makes.
"""

import shutil

from chdb import session

import measure

# Part of the name of the kept folder: another number whenever what is written below changes.
VERSION = 1
AS_OF = "toDateTime64('2026-09-01 00:00:00', 3, 'UTC')"
WHO_WHEN = "assumeNotNull(toUInt32(substring(user_id, 2))) AS profile_id, assumeNotNull(toDateTime64(timestamp, 3, 'UTC')) AS timestamp"
WORD = "assumeNotNull(`{0}`)::LowCardinality(String) AS {1}"
NUMBER = "assumeNotNull(`{0}`)::{2} AS {1}"
JOURNEY = ", ".join([NUMBER.format("params.journey_id", "journey_id", "UInt16"), WORD.format("params.journey_name", "journey_name")])
PASS = "assumeNotNull(reinterpretAsUInt64(reverse(unhex(`params.pass_id`)))) AS pass_id"
EVENTS = {
    "journey_enter": (f"{JOURNEY}, {PASS}, {WORD.format('params.enter_reason', 'enter_reason')}", "journey_id, timestamp"),
    "journey_exit": (f"{JOURNEY}, {PASS}, {WORD.format('params.exit_reason', 'exit_reason')}", "journey_id, timestamp"),
    "journey_product_action": (
        ", ".join(
            [
                JOURNEY,
                NUMBER.format("params.campaign_id", "campaign_id", "UInt32"),
                WORD.format("params.channel_code", "channel_code"),
                NUMBER.format("params.action_code", "action_code", "UInt8"),
            ]
        ),
        "journey_id, campaign_id, action_code, timestamp",
    ),
    "purchase": (f"{NUMBER.format('params.amount', 'amount', 'Float64')}, {WORD.format('params.currency', 'currency')}", "timestamp"),
    "page_view": (WORD.format("params.page", "page"), "timestamp"),
}
PROFILES = """
    SELECT assumeNotNull(toUInt32(substring(user_id, 2))) AS profile_id, assumeNotNull(user_id) AS user_id, `identifiers.email` AS email,
        `attributes.country`::LowCardinality(Nullable(String)) AS country, `attributes.city`::LowCardinality(Nullable(String)) AS city,
        `attributes.gender`::LowCardinality(Nullable(String)) AS gender, `attributes.age`::Nullable(UInt8) AS age,
        `attributes.plan`::LowCardinality(Nullable(String)) AS plan, `attributes.language`::LowCardinality(Nullable(String)) AS language,
        toDate(`attributes.member_since`) AS member_since, `attributes.email_opt_in` AS email_opt_in,
        `attributes.lifetime_value` AS lifetime_value, `attributes.score`::Nullable(UInt16) AS score
    FROM file('{profiles}', Parquet)
"""
SETTINGS = "SET max_threads = 2; SET max_insert_threads = 2; SET max_memory_usage = 8000000000"


def ask(connection, query):
    return str(connection.query(query, "TSV")).strip()


def build(path, profiles, events):
    """Writes the tables from the generated Parquet, unless they are kept from a run before."""
    if path.exists():
        return
    unfinished = path.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    connection = session.Session(str(unfinished))
    for statement in SETTINGS.split("; "):
        connection.query(statement)
    connection.query("CREATE DATABASE bench")
    tables = {"profiles": (PROFILES.format(profiles=profiles), "profile_id")}
    for name, (columns, order) in EVENTS.items():
        tables[name] = (f"SELECT {WHO_WHEN}, {columns} FROM file('{events}', Parquet) WHERE event = '{name}'", order)
    for name, (query, order) in tables.items():
        connection.query(f"CREATE TABLE bench.{name} ENGINE = MergeTree ORDER BY ({order}) AS {query}")
        connection.query(f"OPTIMIZE TABLE bench.{name} FINAL")
    connection.close()
    unfinished.rename(path)


class ClickHouse:
    """Asks the tables, with two threads."""

    name = "ClickHouse"

    def __init__(self, path, profiles, events):
        build(path, profiles, events)
        self.connection = session.Session(str(path))
        for statement in [*SETTINGS.split("; "), "USE bench"]:
            self.connection.query(statement)
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        self.about = f"ClickHouse {ask(self.connection, 'SELECT version()')}, {measure.megabytes(size)}"

    def prepared(self, segment):
        """A call that asks, and gives the answer."""
        query = segment.clickhouse.replace("$as_of", AS_OF)
        return lambda: int(ask(self.connection, query))

    def close(self):
        self.connection.close()
