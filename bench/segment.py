"""The segments of the benchmark: a definition, and the same question as SQL.

`segments/NN-name.json` is the definition, `NN-name.sql` a title and SQL that DuckDB and ClickHouse both understand;
where another form suits ClickHouse better, `NN-name.clickhouse.sql` stands beside it. Tables are named without a schema: each peer makes
`profiles` and one table or view an event. `$as_of` is the instant that every question is asked for.
"""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "segments"
AS_OF = "2026-09-01T00:00:00Z"
# The first so many are those of the reference, which the ratios are set against; the rest stress other plans.
REFERENCE = 12


@dataclass
class Segment:
    path: Path
    title: str
    query: str
    clickhouse: str

    @property
    def definition(self):
        return json.loads(self.path.read_text())


def split(path):
    title, query = path.read_text().split("\n", 1)
    return title.removeprefix("-- "), query


def all_segments():
    """In the order of their numbers."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        title, query = split(path.with_suffix(".sql"))
        other = path.with_suffix(".clickhouse.sql")
        found.append(Segment(path, title, query, split(other)[1] if other.exists() else query))
    return found
