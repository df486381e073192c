"""DuckDB reads the lake while the service runs and writes, and counts what a snapshot counts."""

import time

import pytest

import lake
import questions
from product import Service
from rows import Model, some_event, some_profile

USERS = 400
# Flush often, so that several flushes and an unflushed rest are there at any time.
OFTEN = {"WAYFARE_FLUSH_RECORDS": "700"}


def write(service, draw, model, batches, states):
    """Writes batches one after another, with repeats; remembers what was true at each position."""
    sent = []
    for batch in range(batches):
        profiles = [some_profile(draw, USERS) for _ in range(20)]
        events = [some_event(draw, USERS, len(sent) + number) for number in range(60)]
        repeats = [dict(row, params={}) for row in draw.sample(sent, min(len(sent), 15)) if row["event"] != "journey_product_action"]
        for path, rows, take in [("profiles", profiles, model.profile), ("events", events + repeats, model.event)]:
            answer = service.post(f"/api/v1/{path}", rows).expect().json
            taken = [take(row) for row in rows]
            if path == "events":
                wanted = ["accepted" if new else "duplicate" for new in taken]
                assert [result["status"] for result in answer["results"]] == wanted
            states[answer["position"]] = questions.of_model(model)
        sent += events


def test_live_lake(tmp_path, draw):
    model, states = Model(), {}
    with Service(tmp_path / "data", env=OFTEN) as service:
        checked = set()
        for _ in range(8):
            write(service, draw, model, 4, states)
            # Half-flushed: the lake is somewhere behind what was acknowledged.
            snapshot, position = lake.newest(lake.attach(tmp_path / "data"))
            if position == 0:
                continue
            assert position in states, f"the lake stands at {position}, which no acknowledged batch ended at"
            assert lake.answers(lake.attach(tmp_path / "data", snapshot)) == states[position]
            checked.add(position)
        assert len(checked) >= 3, f"too few flushes were seen: {checked}"
        newest = max(states)
        for name, definition in questions.ALL.items():
            answer = service.count(definition)
            assert answer["position"] == newest
            assert answer["count"] == states[newest][name], name
    assert checked != {newest}


def test_flushed_on_demand(demo_copy):
    """The bundled data, with DuckDB's own numbers beside ours."""
    connection = lake.attach(demo_copy)
    goal = """SELECT count(DISTINCT to_id) FROM lake.events.journey_exit JOIN leads_to ON from_id = profile_id
        JOIN live ON live.profile_id = to_id
        WHERE exit_reason = 'goal_reached' AND gender = 'F' AND CAST(income AS DOUBLE) >= 80000"""
    assert connection.execute(lake.LIVE + goal).fetchone() == (296,)
    assert connection.execute(lake.LIVE + "SELECT count(*) FROM live").fetchone() == (17000,)
    first = connection.execute(
        "SELECT event_id, timestamp, journey_id, enter_reason FROM lake.events.journey_enter WHERE event_id = 'offers-0e'"
    ).fetchone()
    assert (first[0], first[1].isoformat(), *first[2:]) == ("offers-0e", "2026-09-01T00:00:00+00:00", 1004, "offer_received")


def test_columns_as_published(demo_copy):
    connection = lake.attach(demo_copy)
    columns = [row[0] for row in connection.execute("DESCRIBE lake.events.purchase").fetchall()]
    assert columns == ["event_id", "profile_id", "user_id", "timestamp", "received_at", "position", "amount"]
    profile = [row[0] for row in connection.execute("DESCRIBE lake.main.profiles").fetchall()]
    assert set(profile) == {"profile_id", "position", "identifiers", "deleted", "gender", "age", "income", "member_since"}
    merges = [row[0] for row in connection.execute("DESCRIBE lake.main.profile_merges").fetchall()]
    assert merges == ["from_id", "to_id", "position"]
    types = dict(connection.execute("DESCRIBE lake.events.journey_product_action").fetchall()[i][:2] for i in range(19))
    assert (types["journey_id"], types["action_code"], types["is_dry_run"]) == ("BIGINT", "BIGINT", "BOOLEAN")
    assert types["timestamp"] == "TIMESTAMP WITH TIME ZONE"
    kinds = {row[0] for row in connection.execute("SELECT * FROM lake.main.dictionary").fetchall()}
    assert kinds


@pytest.mark.parametrize("reader", range(2))
def test_readers_do_not_stop_the_writer(tmp_path, draw, reader):
    """A reader that keeps its connection for long sees its snapshot and blocks no flush."""
    model, states = Model(), {}
    with Service(tmp_path / "data", env=OFTEN) as service:
        write(service, draw, model, 12, states)
        end = time.monotonic() + 20
        while (found := lake.newest(lake.attach(tmp_path / "data")))[1] == 0 and time.monotonic() < end:
            time.sleep(0.1)
        held = lake.attach(tmp_path / "data", found[0])
        before = lake.answers(held)
        write(service, draw, model, 12, states)
        end = time.monotonic() + 20
        while lake.newest(lake.attach(tmp_path / "data"))[1] == found[1] and time.monotonic() < end:
            time.sleep(0.1)
        assert lake.newest(lake.attach(tmp_path / "data"))[1] > found[1]
        assert lake.answers(held) == before == states[found[1]]
