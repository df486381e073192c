"""DuckDB over the lake that Wayfare wrote: one connection, two threads, the extensions loaded once.

As a program of its own it copies the answer of a query to a CSV file, so that its memory and time can be measured from
outside:  bench/duckdb_lake.py LAKE.db OUT.csv < query.sql
"""

import sys

import duckdb
from duckdb_extensions import import_extension

AS_OF = "TIMESTAMPTZ '2026-09-01 00:00:00Z'"
# The lake keeps the source's text where nobody declared a type, and identifiers as one JSON object.
VIEWS = {
    "profiles": """
        SELECT profile_id, json_extract_string(identifiers, '$.email') AS email, country, city, gender, CAST(age AS DOUBLE) AS age,
            plan, language, CAST(member_since AS DATE) AS member_since, CAST(lifetime_value AS DOUBLE) AS lifetime_value,
            CAST(score AS DOUBLE) AS score
        FROM lake.main.profiles""",
    "journey_enter": "FROM lake.events.journey_enter",
    "journey_exit": "FROM lake.events.journey_exit",
    "journey_product_action": "FROM lake.events.journey_product_action",
    "purchase": "SELECT profile_id, timestamp, CAST(amount AS DOUBLE) AS amount FROM lake.events.purchase",
    "page_view": "FROM lake.events.page_view",
}


def attach(catalog):
    """Two threads, as many as Wayfare may use here; the lake for reading."""
    import_extension("ducklake")
    import_extension("sqlite_scanner")
    connection = duckdb.connect()
    connection.execute("LOAD ducklake; LOAD sqlite_scanner; SET threads = 2; SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"ATTACH 'ducklake:sqlite:{catalog}' AS lake (READ_ONLY)")
    return connection


class Lake:
    """Asks the lake what the other peers are asked."""

    name = "DuckDB, lake"

    def __init__(self, catalog):
        self.about = f"DuckDB {duckdb.__version__}"
        self.connection = attach(catalog)
        for name, query in VIEWS.items():
            self.connection.execute(f"CREATE VIEW {name} AS {query}")

    def prepared(self, segment):
        """A call that asks, and gives the answer."""
        query = segment.query.replace("$as_of", AS_OF)
        return lambda: self.connection.execute(query).fetchone()[0]

    def close(self):
        self.connection.close()


if __name__ == "__main__":
    attach(sys.argv[1]).execute(f"COPY ({sys.stdin.read()}) TO '{sys.argv[2]}' (FORMAT csv, HEADER)")
