"""The index is derived: whatever becomes of it, answers stay the same, and right."""

import json
import shutil
from pathlib import Path

import pytest

import lake
import questions
from product import Service, load, wayfare
from questions import parameter
from rows import Model, some_event, some_profile, write_ndjson

USERS = 300
AS_OF = "2026-09-01T00:00:00Z"
WIDE = 70_000

DEFINITIONS = {
    **questions.ALL,
    "twice in a week": {
        "event": "purchase",
        "times": {"operator": "at_least", "value": 2},
        "time_range": {"operator": "in_last", "value": 2, "unit": "week", "calendar": True},
    },
    "entered, then bought": {"sequence": [{"event": "journey_enter"}, {"event": "purchase"}], "within": {"value": 2, "unit": "day"}},
    "active in 2": {"journey": {"id": 2, "state": "active"}},
    "completed 2": {"journey": {"id": 2, "state": "completed"}},
    "last amount": {"event": "purchase", "aggregate": {"function": "last", "parameter": "amount", "operator": "at_most", "value": 30}},
    "average": {"event": "purchase", "aggregate": {"function": "average", "parameter": "amount", "operator": "between", "from": 40, "to": 60}},
    "e-mail": {"attribute": "email", "operator": "starts_with", "value": "U1", "case_insensitive": True},
    "no country": {"attribute": "country", "operator": "not_exists"},
}


def answers(data):
    """The answers of all definitions, by the command line."""
    told = {}
    for name, definition in DEFINITIONS.items():
        arguments = ["segment", "count", "--data", data, "--definition", "-", "--as-of", AS_OF, "--json"]
        told[name] = wayfare(*arguments, stdin=json.dumps(definition)).expect().json["count"]
    return told


def planned(data, folder):
    """The same in one process, by the command that shows how definitions are evaluated."""
    arguments = ["segment", "plan", "--data", data, "--as-of", AS_OF, "--json"]
    for number, definition in enumerate(DEFINITIONS.values()):
        (folder / f"{number}.json").write_text(json.dumps(definition))
        arguments += ["--definition", folder / f"{number}.json"]
    plans = wayfare(*arguments).expect().json["plans"]
    return {name: plan["count"] for name, plan in zip(DEFINITIONS, plans, strict=True)}


def served(service):
    """The same by the service."""
    return {name: service.count(definition, AS_OF)["count"] for name, definition in DEFINITIONS.items()}


def write(folder, draw, name="rows", start=0, events=1_500):
    """Files of profiles and events, and a model of them."""
    model = Model()
    profiles = [some_profile(draw, USERS) for _ in range(400)]
    rows = [some_event(draw, USERS, start + number) for number in range(events)]
    for row in profiles:
        model.profile(row)
    for row in rows:
        model.event(row)
    return write_ndjson(folder / f"{name}-p.ndjson", profiles), write_ndjson(folder / f"{name}-e.ndjson", rows), model


@pytest.fixture
def world(tmp_path, draw):
    """A data directory in several flushes, and its answers, held against the model."""
    data = tmp_path / "data"
    profiles, events, model = write(tmp_path, draw)
    load(data, [profiles])
    lines = events.read_text().splitlines(keepends=True)
    for number in range(3):
        part = tmp_path / f"part-{number}.ndjson"
        part.write_text("".join(lines[number * 500 : (number + 1) * 500]))
        load(data, [], [part])
        if number == 0:
            before = answers(data)
        wayfare("flush", "--data", data).expect()
    told = answers(data)
    for name, number in questions.of_model(model).items():
        assert told[name] == number, name
    assert before != told and sum(number > 0 for number in told.values()) >= 10, told
    return data, told


def files(data):
    """The files of the index."""
    return sorted(path for path in (data / "index").rglob("*") if path.is_file())


def test_before_and_after(world, tmp_path, draw):
    data, told = world
    more = write(tmp_path, draw, "more", start=10_000, events=300)[1]
    load(data, [], [more])
    unflushed = answers(data)
    wayfare("flush", "--data", data).expect()
    assert answers(data) == unflushed
    wayfare("compact", "--data", data).expect()
    assert answers(data) == unflushed
    with Service(data) as service:
        assert served(service) == unflushed
    with Service(data) as service:
        assert served(service) == unflushed
    assert answers(data) == unflushed


def test_deleted(world):
    data, told = world
    assert files(data)
    shutil.rmtree(data / "index")
    assert answers(data) == told, "questions need no index"
    with Service(data) as service:
        assert served(service) == told
    shutil.rmtree(data / "index", ignore_errors=True)
    wayfare("flush", "--data", data).expect()
    assert answers(data) == told
    shutil.rmtree(data / "index", ignore_errors=True)
    wayfare("compact", "--data", data).expect()
    assert answers(data) == told


def test_deleted_under_a_service(world, draw):
    """Nobody should, but somebody will."""
    data, told = world
    with Service(data) as service:
        assert served(service) == told
        shutil.rmtree(data / "index")
        assert served(service) == told
        service.post("/api/v1/events", {"event_id": "new", "user_id": "new", "event": "purchase", "timestamp": "2026-08-02T00:00:00Z"}).expect()
        assert served(service)["everyone"] == told["everyone"] + 1
    assert answers(data)["everyone"] == told["everyone"] + 1


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path):
    path.write_bytes(b"")


def garbage(path, draw):
    path.write_bytes(draw.randbytes(path.stat().st_size))


def patched(path, draw):
    """A block in the middle is not what was written; the ends are."""
    held = bytearray(path.read_bytes())
    length = min(512, len(held) // 2)
    held[len(held) // 2 : len(held) // 2 + length] = draw.randbytes(length)
    path.write_bytes(held)


def grown(path):
    path.write_bytes(path.read_bytes() + b"\0" * 100)


@pytest.mark.parametrize("damage", [truncated, emptied, garbage, patched, grown, Path.unlink])
def test_damaged_files(world, tmp_path, draw, damage):
    """Each file of the index in its turn, then all of them."""
    data, told = world
    names = [path.relative_to(data) for path in files(data)]
    assert len(names) >= 3
    for damaged in [*[[name] for name in names], names]:
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(data, copy)
        for name in damaged:
            damage(copy / name, *([draw] if damage in (garbage, patched) else []))
        assert planned(copy, tmp_path) == told, damaged
        with Service(copy) as service:
            assert served(service) == told, damaged
            # And it is still known which events are there.
            row = {"event_id": "e3", "user_id": "new", "event": "purchase", "timestamp": "2026-08-02T00:00:00Z"}
            result = service.post("/api/v1/events", row).expect().json["results"][0]
            assert result["status"] == "duplicate", damaged
            assert served(service) == told, damaged
        assert planned(copy, tmp_path) == told, damaged


@pytest.mark.parametrize("order", ["flushed before", "flushed after"])
def test_the_index_of_another_directory(world, tmp_path, draw, order):
    """With as many records, at the same positions: still not this one's."""
    data, told = world
    other = tmp_path / "other"
    profiles, events, model = write(tmp_path, draw, "other")
    load(other, [profiles])
    lines = events.read_text().splitlines(keepends=True)
    for number in range(3):
        part = tmp_path / f"other-{number}.ndjson"
        part.write_text("".join(lines[number * 500 : (number + 1) * 500]))
        load(other, [], [part])
        if order == "flushed before" or number == 2:
            wayfare("flush", "--data", other).expect()
    expected = answers(other)
    assert expected != told
    for name, number in questions.of_model(model).items():
        assert expected[name] == number, name
    shutil.rmtree(other / "index")
    shutil.copytree(data / "index", other / "index")
    assert answers(other) == expected
    with Service(other) as service:
        assert served(service) == expected
    wayfare("flush", "--data", other).expect()
    assert answers(other) == expected


def test_more_values_than_a_column_takes(tmp_path):
    """More than 65,535 different values: the lake is asked, and DuckDB says the same of it."""
    rows = [
        {
            "event_id": f"w{number}",
            "user_id": f"u{number % 5_000}",
            "event": "visit",
            "timestamp": "2026-08-01T00:00:00Z",
            "params": {"page": f"/page/{number}", "weight": number / 8, "kind": number % 3},
        }
        for number in range(WIDE)
    ]
    data = tmp_path / "data"
    load(data, [], [write_ndjson(tmp_path / "wide.ndjson", rows)])
    visit = {"event": "visit"}
    page = {"parameter": "page", "operator": "ends_with", "value": "77"}
    asked = {
        "page LIKE '%77'": visit | {"where": page},
        "page = '/page/69999'": visit | {"where": parameter("page", "/page/69999")},
        "page LIKE '%77' AND kind = '1'": visit | {"where": {"all": [page, parameter("kind", 1)]}},
        "CAST(weight AS DOUBLE) > 8000": visit | {"where": {"parameter": "weight", "operator": "greater_than", "value": 8000}},
        "page > '/page/7'": visit | {"where": {"parameter": "page", "operator": "greater_than", "value": "/page/7"}},
    }
    grouped = {
        "sum(CAST(weight AS DOUBLE)) >= 60000": ("sum", "weight", "at_least", 60_000),
        "count(DISTINCT page) = 14": ("distinct_count", "page", "exactly", 14),
        "max(page) >= '/page/9'": ("maximum", "page", "at_least", "/page/9"),
        "min(CAST(weight AS DOUBLE)) <= 100": ("minimum", "weight", "at_most", 100),
    }

    def ask(definition):
        return wayfare("segment", "count", "--data", data, "--definition", "-", "--as-of", AS_OF, "--json", stdin=json.dumps(definition)).expect().json["count"]

    definitions = {sql: ("where", definition) for sql, definition in asked.items()}
    for sql, (function, name, operator, value) in grouped.items():
        aggregate = {"function": function, "parameter": name, "operator": operator, "value": value}
        definitions[sql] = ("having", visit | {"aggregate": aggregate})
    unflushed = {sql: ask(definition) for sql, (_, definition) in definitions.items()}
    wayfare("flush", "--data", data).expect()
    connection = lake.attach(data)
    for sql, (kind, definition) in definitions.items():
        query = f"SELECT count(DISTINCT profile_id) FROM lake.events.visit WHERE {sql}"
        if kind == "having":
            query = f"SELECT count(*) FROM (SELECT profile_id FROM lake.events.visit GROUP BY 1 HAVING {sql})"
        expected = connection.execute(query).fetchone()[0]
        assert ask(definition) == unflushed[sql] == expected > 0, sql
    with Service(data) as service:
        for sql, (_, definition) in definitions.items():
            assert service.count(definition, AS_OF)["count"] == unflushed[sql], sql
