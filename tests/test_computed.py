"""Computed columns: each cell worked out again from the bundled files, and counts equal to those of segments."""

import csv
import io
import json
import math
from collections import defaultdict

import duckdb
import pytest

from lake import attach
from product import AS_OF, DEMO, Service, count, members, wayfare
from rows import read_ndjson_gz

GOAL = {"event": "journey_exit", "where": {"parameter": "exit_reason", "operator": "equals", "value": "goal_reached"}}
LATE = "2026-09-02T00:00:00Z"
COLUMNS = [
    {"name": "entries", "event": "journey_entered", "measure": "count"},
    {"name": "entries of 1004", "event": "journey_enter", "measure": "count",
     "where": {"parameter": "journey_id", "operator": "equals", "value": 1004}},
    {"name": "bought_first", "event": "purchase", "measure": "first_time"},
    {"name": "bought_last", "event": "purchase", "measure": "last_time",
     "time_range": {"operator": "between", "from": "2026-09-01T00:00:00Z", "to": LATE}},
    {"name": "spent", "event": "purchase", "measure": "sum", "parameter": "amount"},
    {"name": "spent_late", "event": "purchase", "measure": "sum", "parameter": "amount",
     "time_range": {"operator": "after", "value": LATE}},
    {"name": "mails", "channel_interaction": {"product": "architect", "channel": "EM", "action": "OPEN"}, "measure": "count"},
    {"name": "reached", "definition": GOAL},
    {"name": "rich", "definition": {"attribute": "income", "operator": "at_least", "value": 80000}},
]
NAMES = [column["name"] for column in COLUMNS]


@pytest.fixture(scope="module")
def truth():
    """By user: every cell, from the bundled files alone."""
    people = {row["user_id"]: row["attributes"] for row in read_ndjson_gz(DEMO / "profiles.ndjson.gz")}
    events, seen = defaultdict(list), set()
    for row in read_ndjson_gz(DEMO / "events.ndjson.gz"):
        if row["timestamp"] < AS_OF and row["event_id"] not in seen:
            seen.add(row["event_id"])
            events[row["user_id"]].append(row)
    found = {}
    for user in people.keys() | events.keys():
        of = lambda name, keep=lambda row: True: [row for row in events[user] if row["event"] == name and keep(row)]
        entries, bought = of("journey_enter"), of("purchase")
        late = [row for row in bought if row["timestamp"] >= LATE]
        total = lambda rows: math.fsum(row["params"]["amount"] for row in rows) if rows else None
        found[user] = {
            "entries": len(entries),
            "entries of 1004": sum(row["params"]["journey_id"] == 1004 for row in entries),
            "bought_first": min((row["timestamp"] for row in bought), default=None),
            "bought_last": max((row["timestamp"] for row in bought if row["timestamp"] < LATE), default=None),
            "spent": total(bought),
            "spent_late": total(late),
            "mails": len(of("journey_product_action", lambda row: (row["params"]["channel_code"], row["params"]["action_code"]) == ("EM", 4))),
            "reached": bool(of("journey_exit", lambda row: row["params"].get("exit_reason") == "goal_reached")),
            "rich": people.get(user, {}).get("income", 0) >= 80000,
        }
    return found


def read(folder):
    """All rows of a CSV export, by Python's own reader."""
    rows = []
    for path in sorted(folder.glob("part-*.csv")):
        rows += csv.DictReader(io.StringIO(path.read_text("utf-8")))
    return rows


def cells(row):
    """The computed cells of a CSV row as values."""
    number = lambda text: None if text == "" else float(text)
    return {
        name: int(row[name]) if name in ("entries", "entries of 1004", "mails")
        else number(row[name]) if name.startswith("spent")
        else row[name] == "true" if name in ("reached", "rich")
        else row[name] or None
        for name in NAMES
    }


def profiles(data, output, columns, *more, definition=None, code=0):
    who = ["--definition", "-"] if definition else []
    return wayfare(
        "export", "profiles", "--data", data, *who, "--attributes", "user_id", "--computed", json.dumps(columns),
        "--as-of", AS_OF, "--output", output, "--json", *more, stdin=json.dumps(definition or {})
    ).expect(code)


def test_every_cell_is_what_the_files_say(demo_copy, tmp_path, truth):
    out = tmp_path / "out"
    manifest = profiles(demo_copy, out, COLUMNS).json
    assert [column["name"] for column in manifest["schema"]] == ["profile_id", "user_id", *NAMES]
    types = ["integer", "integer", "datetime", "datetime", "number", "number", "integer", "boolean", "boolean"]
    assert [column["type"] for column in manifest["schema"]][2:] == types
    assert manifest["as_of"] == AS_OF and manifest["request"]["computed"] == COLUMNS
    rows = read(out)
    assert len(rows) == manifest["rows"] == len(truth)
    wrong = [(row, truth[row["user_id"]]) for row in rows if cells(row) != truth[row["user_id"]]]
    assert not wrong, f"{len(wrong)} rows differ, such as {wrong[0]}"
    # A column that says the same of everybody would prove little.
    assert all(len({str(cells(row)[name]) for row in rows}) > 1 for name in NAMES)
    wayfare("verify", out).expect()


def test_a_column_and_a_segment_count_alike(demo_copy, tmp_path):
    out = tmp_path / "out"
    profiles(demo_copy, out, COLUMNS)
    rows = [cells(row) for row in read(out)]
    for column in (COLUMNS[0], COLUMNS[1], COLUMNS[6]):
        node = {name: value for name, value in column.items() if name not in ("name", "measure")}
        for least in (1, 2, 4):
            asked = node | {"times": {"operator": "at_least", "value": least}}
            assert count(demo_copy, asked)["count"] == sum(row[column["name"]] >= least for row in rows), asked
    for bound in (0, 25.5, 100):
        sums = {"event": "purchase", "aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": bound}}
        assert count(demo_copy, sums)["count"] == sum(row["spent"] is not None and row["spent"] >= bound for row in rows)
    assert count(demo_copy, GOAL)["count"] == sum(row["reached"] for row in rows)


def test_duckdb_works_out_the_same(demo_data, demo_copy, tmp_path):
    out = tmp_path / "out"
    profiles(demo_copy, out, COLUMNS[4:5] + COLUMNS[2:3], "--format", "parquet")
    wanted = attach(demo_data).execute(
        f"""SELECT profile_id, count(*), min(timestamp) FROM lake.events.purchase WHERE timestamp < '{AS_OF}' GROUP BY ALL"""
    ).fetchall()
    kept = duckdb.sql(f"SELECT profile_id, bought_first, spent FROM '{out}/part-*.parquet'").fetchall()
    assert {row[0]: row[1] for row in kept if row[1]} == {row[0]: row[2] for row in wanted}
    assert sum(row[2] is not None for row in kept) == len(wanted)


def test_only_some_people_and_on_events(demo_copy, tmp_path, truth):
    profiles(demo_copy, tmp_path / "some", COLUMNS, definition=GOAL)
    rows = read(tmp_path / "some")
    assert {row["profile_id"] for row in rows} == set(members(demo_copy, GOAL))
    assert all(cells(row) == truth[row["user_id"]] for row in rows)
    wanted = [{"event_name": "purchase", "params": ["amount"]}, {"event_name": "journey_exit"}]
    body = {"kind": "events", "format": "csv", "attributes": ["user_id"], "computed": COLUMNS, "as_of": AS_OF, "events": {"wanted": wanted}}
    with Service(demo_copy) as service:
        for definition in (None, GOAL):
            asked = body | ({"definition": definition} if definition else {})
            job = service.finished_export(service.post("/api/v1/exports", asked).expect(202).json["id"])
            assert job["status"] == "complete", job
            rows = read(demo_copy / "exports" / job["id"])
            names = ["event_id", "event", "timestamp", "profile_id", "position", "amount", "user_id", *NAMES]
            assert list(rows[0]) == names and len(rows) == job["rows"] > 0
            assert all(cells(row) == truth[row["user_id"]] for row in rows)


def test_a_body_of_the_api_on_the_command_line(demo_copy, tmp_path, truth):
    body = {"kind": "events", "format": "csv", "attributes": ["user_id"], "computed": COLUMNS, "as_of": AS_OF,
            "definition": GOAL, "events": {"wanted": [{"event_name": "purchase"}]}}
    arguments = ["export", "events", "--data", demo_copy, "--request", "-", "--output", tmp_path / "out", "--json"]
    manifest = wayfare(*arguments, stdin=json.dumps(body)).expect().json
    rows = read(tmp_path / "out")
    assert manifest["as_of"] == AS_OF and len(rows) == manifest["rows"] > 0
    assert all(cells(row) == truth[row["user_id"]] for row in rows)


def test_nothing_at_or_after_the_moment(demo_copy, tmp_path):
    column = COLUMNS[2]
    first = min(row["timestamp"] for row in read_ndjson_gz(DEMO / "events.ndjson.gz") if row["event"] == "purchase")
    out = tmp_path / "out"
    wayfare("export", "profiles", "--data", demo_copy, "--computed", json.dumps([column]), "--as-of", first, "--output", out).expect()
    assert {row[column["name"]] for row in read(out)} == {""}


def test_saved_segments_and_files(demo_copy, tmp_path):
    with Service(demo_copy) as service:
        id = service.post("/api/v1/segments", {"name": "Reached", "definition": GOAL}).expect(201).json["id"]
    columns = tmp_path / "columns.json"
    columns.write_text(json.dumps([{"name": "by reference", "segment": id}, {"name": "inlined", "definition": GOAL}]))
    out = tmp_path / "out"
    wayfare("export", "profiles", "--data", demo_copy, "--computed", columns, "--as-of", AS_OF, "--output", out).expect()
    rows = read(out)
    assert all(row["by reference"] == row["inlined"] for row in rows)
    assert sum(row["inlined"] == "true" for row in rows) == count(demo_copy, GOAL)["count"]


@pytest.mark.parametrize(
    "column, path, nearest",
    [
        ({"name": "x", "event": "purchas", "measure": "count"}, "computed[0].event", "purchase"),
        ({"name": "x", "event": "purchase", "measure": "sum", "parameter": "amout"}, "computed[0].parameter", "amount"),
        ({"name": "x", "event": "purchase", "measure": "cuont"}, "computed[0].measure", "count"),
        ({"name": "x", "event": "purchase", "measure": "count", "where": {"parameter": "amout", "operator": "exists"}}, "computed[0].where.parameter", "amount"),
        ({"name": "x", "definition": {"any": [{"attribute": "gendr", "operator": "exists"}]}}, "computed[0].definition.any[0].attribute", "gender"),
        ({"name": "user_id", "event": "purchase", "measure": "count"}, "computed[0].name", None),
        ({"name": "", "event": "purchase", "measure": "count"}, "computed[0].name", None),
        ({"name": "x", "segment": "seg_none"}, "computed[0].segment", None),
    ],
)
def test_refusals_name_the_place(demo_copy, tmp_path, column, path, nearest):
    told = profiles(demo_copy, tmp_path / "out", [column], code=2).json["error"]
    assert (told["path"], told["nearest"]) == (path, nearest)
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())
    with Service(demo_copy) as service:
        body = {"kind": "profiles", "format": "csv", "attributes": ["user_id"], "computed": [column]}
        answer = service.post("/api/v1/exports", body).expect(422).json
        assert (answer["path"], answer.get("nearest")) == (path, nearest)
