"""DuckDB over a database file of its own, as a friend of it would lay this data out.

One table an event, as in Wayfare's lake. The events of journeys lie by journey, campaign, action and time, the others by
time, profiles by number. User ids become the 32-bit number they hold, pass ids the 64-bit one, ids of journeys and
campaigns 16- and 32-bit numbers; short lists of words are enumerations, and a column that an event never has is left out.
"""

import duckdb

import measure

AS_OF = "TIMESTAMP '2026-09-01 00:00:00'"
# Part of the name of the kept file: another number whenever what is written below changes.
VERSION = 2
WORDS = {
    "channel": '"params.channel_code"',
    "exit_reason": '"params.exit_reason"',
    "enter_reason": '"params.enter_reason"',
    "journey_name": '"params.journey_name"',
}
WHO_WHEN = "CAST(substr(user_id, 2) AS UINTEGER) AS profile_id, CAST(timestamp AS TIMESTAMP) AS timestamp"
JOURNEY = '"params.journey_id"::USMALLINT AS journey_id, "params.journey_name"::journey_name AS journey_name'
PASS = "CAST('0x' || \"params.pass_id\" AS UBIGINT) AS pass_id"
# What each table holds, and the order in which it lies.
EVENTS = {
    "journey_enter": (f'{WHO_WHEN}, {JOURNEY}, {PASS}, "params.enter_reason"::enter_reason AS enter_reason', "journey_id, timestamp"),
    "journey_exit": (f'{WHO_WHEN}, {JOURNEY}, {PASS}, "params.exit_reason"::exit_reason AS exit_reason', "journey_id, timestamp"),
    "journey_product_action": (
        f'{WHO_WHEN}, {JOURNEY}, "params.campaign_id"::UINTEGER AS campaign_id, "params.channel_code"::channel AS channel_code, '
        '"params.action_code"::UTINYINT AS action_code',
        "journey_id, campaign_id, action_code, timestamp",
    ),
    "purchase": (f'{WHO_WHEN}, "params.amount" AS amount, "params.currency" AS currency', "timestamp"),
    "page_view": (f'{WHO_WHEN}, "params.page" AS page', "timestamp"),
}
PROFILES = """
    SELECT CAST(substr(user_id, 2) AS UINTEGER) AS profile_id, user_id, "identifiers.email" AS email, "attributes.country" AS country,
        "attributes.city" AS city, "attributes.gender" AS gender, "attributes.age"::UTINYINT AS age, "attributes.plan" AS plan,
        "attributes.language" AS language, CAST("attributes.member_since" AS DATE) AS member_since,
        "attributes.email_opt_in" AS email_opt_in, "attributes.lifetime_value" AS lifetime_value, "attributes.score"::USMALLINT AS score,
        "attributes.device" AS device, "attributes.os" AS os, "attributes.browser" AS browser, "attributes.source" AS source,
        "attributes.store" AS store, "attributes.points"::USMALLINT AS points, "attributes.last_order_value" AS last_order_value,
        "attributes.push_opt_in" AS push_opt_in
    FROM read_parquet('{profiles}') ORDER BY profile_id
"""


def build(path, profiles, events):
    """Writes the database file from the generated Parquet, unless it is kept from a run before."""
    if path.exists():
        return
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    connection = duckdb.connect(str(unfinished))
    connection.execute("SET threads = 2; SET TimeZone = 'UTC'; SET enable_progress_bar = false; SET memory_limit = '6GB'")
    for name, column in WORDS.items():
        connection.execute(f"CREATE TYPE {name} AS ENUM (SELECT DISTINCT {column} FROM read_parquet('{events}') WHERE {column} IS NOT NULL ORDER BY 1)")
    connection.execute(f"CREATE TABLE profiles AS {PROFILES.format(profiles=profiles)}")
    for name, (columns, order) in EVENTS.items():
        connection.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM read_parquet('{events}') WHERE event = '{name}' ORDER BY {order}")
    connection.execute("CHECKPOINT")
    connection.close()
    unfinished.rename(path)


class Native:
    """Asks the database file, with two threads."""

    name = "DuckDB native"

    def __init__(self, path, profiles, events):
        build(path, profiles, events)
        self.about = f"DuckDB {duckdb.__version__}, {measure.megabytes(path.stat().st_size)}"
        self.connection = duckdb.connect(str(path), read_only=True)
        self.connection.execute("SET threads = 2; SET TimeZone = 'UTC'; SET enable_progress_bar = false")

    def prepared(self, segment):
        """A call that asks, and gives the answer."""
        query = segment.query.replace("$as_of", AS_OF)
        return lambda: self.connection.execute(query).fetchone()[0]

    def close(self):
        self.connection.close()
