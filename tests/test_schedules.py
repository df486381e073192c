"""Schedules: made and followed over HTTP and the command line; runs that were missed are made in order, each once, through crashes too."""

import json
import signal
import sqlite3
import time
from datetime import datetime, timedelta, timezone

import pytest

from product import Service, wayfare
from small import happened, known, make

DAILY = {
    "name": "Purchases",
    "request": {"kind": "events", "format": "csv", "events": {"wanted": [{"event_name": "purchase"}]}},
    "rule": {"every": "day", "at": "02:30"},
    "time_zone": "America/New_York",
}


@pytest.fixture
def data(tmp_path):
    people = [known(f"u{index}", country="TR") for index in range(5)]
    events = [happened(f"u{index % 5}", "purchase", "2026-08-01T00:00:00Z", amount=index) for index in range(20)]
    return make(tmp_path, people, events)


def at(service, *arguments, stdin=None, code=0):
    where = f"http://{service.host}:{service.port}"
    return wayfare("schedule", *arguments, "--server", where, stdin=stdin).expect(code)


def long_ago(data, days):
    """Puts the clock of every schedule back: as if the service had not run for so many days."""
    with sqlite3.connect(data / "wayfare.db") as database:
        database.execute("update schedules set decided_until = decided_until - ?", [days * 86_400 * 1_000_000])
    database.close()


def runs(service, id):
    """All runs, by due time."""
    return service.get(f"/api/v1/schedules/{id}/runs?limit=200").expect().json["runs"][::-1]


def over(service, id, count, timeout=120):
    """All runs, once there are so many and each is over."""
    end = time.monotonic() + timeout
    while True:
        found = runs(service, id)
        if len(found) >= count and all(run["status"] not in ("waiting", "running") for run in found):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.05)


def test_from_the_command_line(data, tmp_path):
    file = tmp_path / "daily.json"
    file.write_text(json.dumps(DAILY))
    with Service(data) as service:
        made = json.loads(at(service, "new", "--file", file, "--json").out)
        id = made["id"]
        assert made["backfill"] and not made["incremental"] and made["revision"] == 1
        listed = at(service, "list").out
        assert listed.startswith(f"{id}  Purchases  every day at 02:30 America/New_York; next ") and "no run yet" in listed
        assert "paused" in at(service, "pause", id).out
        assert json.loads(at(service, "run", id, "--json").out)["asked_by"] == "this machine"
        [run] = over(service, id, 1)
        export = service.finished_export(run["export_id"])
        assert (export["status"], export["rows"], export["requested_by"]) == ("complete", 20, f"schedule {id}")
        line = at(service, "runs", id).out
        assert line.startswith(f"{run['id']}  due ") and f"complete  {run['export_id']}" in line
        assert "next " in at(service, "resume", id).out
        shown = at(service, "show", id).out
        assert "missed runs are made later, in order" in shown and '"event_name":"purchase"' in shown
        assert at(service, "delete", id).out == f"{id} is gone\n"
        assert "there is no schedule" in at(service, "show", id, code=2).err.lower()
        # What it made stays.
        assert service.get(f"/api/v1/exports/{run['export_id']}").expect().json["status"] == "complete"


def test_a_refusal_names_the_place(data, tmp_path):
    file = tmp_path / "daily.json"
    file.write_text(json.dumps(DAILY | {"rule": {"every": "week", "weekdays": ["monday", "tusday"], "at": "06:00"}}))
    with Service(data) as service:
        said = at(service, "new", "--file", file, code=2).err
        assert "rule.weekdays[1]: " in said and "did you mean `tuesday`?" in said
        assert service.get("/api/v1/schedules").expect().json == {"schedules": []}


def test_due_times_without_a_server(tmp_path):
    file = tmp_path / "daily.json"
    file.write_text(json.dumps(DAILY))

    def due(start, end):
        run = wayfare("schedule", "due", "--file", file, "--from", start, "--to", end, "--json").expect()
        return [(due["at"], due.get("change")) for due in run.json["due"]]

    assert due("2026-03-07T07:30:00Z", "2026-03-10T00:00:00Z") == [
        ("2026-03-07T07:30:00Z", None), ("2026-03-08T07:00:00Z", "skipped"), ("2026-03-09T06:30:00Z", None),
    ]
    file.write_text(json.dumps(DAILY | {"rule": {"every": "day", "at": "01:30"}}))
    assert due("2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z") == [
        ("2026-11-01T05:30:00Z", "doubled"), ("2026-11-02T06:30:00Z", None),
    ]
    said = wayfare("schedule", "due", "--file", file, "--from", "2026-10-31T12:00:00Z").expect().out.splitlines()
    assert len(said) == 5
    assert said[0] == "2026-11-01T05:30:00Z  2026-11-01T01:30:00-04:00  the clock shows that time twice: due the first time"
    backwards = ["--from", "2027-01-01T00:00:00Z", "--to", "2026-01-01T00:00:00Z"]
    said = "--to 2026-01-01T00:00:00Z does not lie after --from 2027-01-01T00:00:00Z"
    assert said in wayfare("schedule", "due", "--file", file, *backwards).expect(2).err
    assert "which is now" in wayfare("schedule", "due", "--file", file, "--to", "2020-01-01T00:00:00Z").expect(2).err
    bad = wayfare("schedule", "due", "--file", file, "--from", "yesterday").expect(2)
    assert "--from" in bad.err
    file.write_text(json.dumps({"rule": {"every": "day"}}))
    assert "rule.at: must be a local time such as 06:00" in wayfare("schedule", "due", "--file", file).expect(2).err


def test_missed_runs_are_made_in_order_each_once(data):
    with Service(data) as service:
        made = service.post("/api/v1/schedules", DAILY | {"incremental": True}).expect(201).json
    long_ago(data, 4)
    with Service(data) as service:
        found = over(service, made["id"], 4)
        due = [datetime.fromisoformat(run["due_at"]) for run in found]
        assert len(due) in (4, 5) and due == sorted(due)
        assert max(due) <= datetime.now(timezone.utc) and min(due) > datetime.now(timezone.utc) - timedelta(days=5)
        exports = [service.get(f"/api/v1/exports/{run['export_id']}").expect().json for run in found]
        # The first has everything, and each goes on where the one before it ended.
        assert [export["rows"] for export in exports] == [20] + [0] * (len(found) - 1)
        begun = [datetime.fromisoformat(export["created_at"]) for export in exports]
        ended = [datetime.fromisoformat(export["finished_at"]) for export in exports]
        assert begun == sorted(begun) and all(end <= next for end, next in zip(ended, begun[1:]))
        assert [export["as_of"] for export in exports] == [run["due_at"] for run in found]


def test_a_crash_repeats_nothing(data):
    rule = {"rule": {"every": "minutes", "minutes": 30}, "time_zone": "UTC"}
    with Service(data) as service:
        made = service.post("/api/v1/schedules", DAILY | rule).expect(201).json
        service.kill(signal.SIGKILL)
    long_ago(data, 1)
    seen = {}
    for wait in (0.0, 0.3, 0.05, 0.7, 0.2):
        with Service(data) as service:
            time.sleep(wait)
            for run in runs(service, made["id"]):
                if "export_id" in run:
                    assert seen.setdefault(run["due_at"], run["export_id"]) == run["export_id"]
            service.kill(signal.SIGKILL)
    with Service(data) as service:
        found = over(service, made["id"], 48)
        assert {run["status"] for run in found} == {"complete"}
        due = [datetime.fromisoformat(run["due_at"]) for run in found]
        assert all(after - before == timedelta(minutes=30) for before, after in zip(due, due[1:]))
        exports = [run["export_id"] for run in found]
        assert len(set(exports)) == len(exports)
        assert all(seen.get(run["due_at"], run["export_id"]) == run["export_id"] for run in found)
        kept = service.get("/api/v1/exports?limit=500").expect().json["exports"]
        assert {export["id"] for export in kept} == set(exports)


def test_without_back_fill_missed_runs_are_skipped_and_a_miss_is_told(data, tmp_path):
    more = {"backfill": False, "expected_within_seconds": 600, "notify": "ana@example.com"}
    keys = tmp_path / "keys"
    wayfare("vault", "new", keys).expect()
    vault = {"WAYFARE_VAULT_KEYS": str(keys)}
    with Service(data, env=vault) as service:
        made = service.post("/api/v1/schedules", DAILY | more).expect(201).json
        endpoint = {"url": "https://x.example/in", "events": ["schedule.missed"]}
        service.post("/api/v1/webhooks/endpoints", endpoint).expect(201)
    long_ago(data, 3)
    with Service(data, env=vault | {"WAYFARE_LOG": "info"}) as service:
        found = over(service, made["id"], 3)
        assert {run["status"] for run in found} <= {"skipped", "complete"}
        late = [run for run in found if "missed_at" in run]
        assert len(late) >= 2 and late[0]["why"] == "the service was not running at the time"
        end = time.monotonic() + 20
        while not (mails := service.get("/api/v1/mail").expect().json["messages"]):
            assert time.monotonic() < end
            time.sleep(0.05)
        assert [mail["to"] for mail in mails] == ["ana@example.com"]
        assert mails[0]["subject"] == f"{len(late)} runs of “Purchases” are late"
        metrics = service.get("/metrics").expect().body.decode()
        assert f"wayfare_schedule_runs_missed_total {len(late)}" in metrics
        assert service.said().count('event="schedule_run_missed"') == len(late)
        assert sorted(missed_over_webhooks(service)) == sorted((made["id"], run["id"], run["due_at"]) for run in late)
    with Service(data, env=vault) as service:
        time.sleep(1.5)
        assert len(service.get("/api/v1/mail").expect().json["messages"]) == 1
        assert len(missed_over_webhooks(service)) == len(late)


def missed_over_webhooks(service):
    """The runs that endpoints are told of."""
    listed = service.get("/api/v1/webhooks/messages").expect().json["messages"]
    shown = [service.get(f"/api/v1/webhooks/messages/{message['id']}").expect().json for message in listed]
    bodies = [message["body"] for message in shown]
    bodies = [json.loads(body) if isinstance(body, str) else body for body in bodies]
    assert {body["type"] for body in bodies} <= {"schedule.missed"}
    return [(body["data"]["schedule"], body["data"]["run"], body["data"]["due_at"]) for body in bodies]
