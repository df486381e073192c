"""DuckDB reads the lake while the service runs and writes, and counts what a snapshot counts."""

import time

import lake
import questions
from product import Service, count, wayfare
from rows import Model, some_event, some_profile

USERS = 400
# Flush often, so that several flushes and an unflushed rest are there at any time.
OFTEN = {"WAYFARE_FLUSH_RECORDS": "700"}


def write(service, draw, log, batches):
    """Writes batches one after another, with repeats; `log` is what was accepted, a row a position."""
    known, skipped = {row["event_id"] for row in log if "event_id" in row}, []
    for _ in range(batches):
        profiles = [some_profile(draw, USERS) for _ in range(20)]
        events = [some_event(draw, USERS, len(log) + number) for number in range(60)]
        # Repeats say something else: the first one stands.
        events += [row | {"params": {"journey_id": 5}} for row in draw.sample(events, 5)]
        events += [row | {"params": {"journey_id": 5}} for row in draw.sample(log, min(len(log), 15)) if "event" in row]
        for path, rows in [("profiles", profiles), ("events", events)]:
            answer = service.post(f"/api/v1/{path}", rows).expect().json
            for row, result in zip(rows, answer["results"], strict=True):
                new = result["status"] == "accepted"
                if path == "events":
                    assert new == (row["event_id"] not in known), (row, result)
                    known.add(row["event_id"])
                if new:
                    log.append(row)
                else:
                    # A repeated event, or a profile that says nothing new; check_lake would see what was lost.
                    assert result["status"] == "duplicate", (row, result)
                    skipped.append((len(log), row))
            assert answer["position"] == len(log)
    for position, row in skipped:
        if "event" not in row:
            model = Model()
            for accepted in log[:position]:
                if "event" not in accepted:
                    model.profile(accepted)
            now = model.attributes.get(row["user_id"], {})
            assert now | row["attributes"] == now, "a profile was taken for a repeat though it says something new"


def expected(log, position):
    """The answers over the first `position` accepted rows."""
    model = Model()
    for row in log[:position]:
        if "event" in row:
            model.event(row)
        else:
            model.profile(row)
    return questions.of_model(model)


def check_lake(data, log):
    """DuckDB over the newest lake snapshot against the rows accepted up to its position; gives the position."""
    snapshot, position = lake.newest(lake.attach(data))
    if position:
        assert lake.answers(lake.attach(data, snapshot)) == expected(log, position), f"at position {position}"
    return position


def wait_for_flush(data, beyond):
    """Until the lake stands past a position."""
    end = time.monotonic() + 30
    while lake.newest(lake.attach(data))[1] <= beyond:
        assert time.monotonic() < end, f"no flush past {beyond}"
        time.sleep(0.1)


def test_live_lake(tmp_path, draw):
    data, log, checked, behind = tmp_path / "data", [], set(), False
    with Service(data, env=OFTEN) as service:
        for _ in range(8):
            write(service, draw, log, 4)
            position = check_lake(data, log)
            behind |= position < len(log)
            checked.add(position)
        wait_for_flush(data, max(checked))
        checked.add(check_lake(data, log))
        assert len(checked - {0}) >= 3, f"too few flushes were seen: {checked}"
        assert behind, "the lake never was behind what was acknowledged"
        for name, definition in questions.ALL.items():
            answer = service.count(definition)
            assert (answer["position"], answer["count"]) == (len(log), expected(log, len(log))[name]), name
    # At rest and flushed, both see the same.
    wayfare("flush", "--data", data).expect()
    assert check_lake(data, log) == len(log)
    for name, definition in questions.ALL.items():
        assert count(data, definition)["count"] == expected(log, len(log))[name], name


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


def test_readers_do_not_stop_the_writer(tmp_path, draw):
    """A reader that keeps its connection for long sees its snapshot and blocks no flush."""
    data, log = tmp_path / "data", []
    with Service(data, env=OFTEN) as service:
        write(service, draw, log, 12)
        wait_for_flush(data, 0)
        snapshot, position = lake.newest(lake.attach(data))
        held = lake.attach(data, snapshot)
        before = lake.answers(held)
        write(service, draw, log, 12)
        wait_for_flush(data, position)
        assert lake.answers(held) == before == expected(log, position)
