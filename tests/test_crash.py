"""Killed at random moments and started again: everything equals a run that nobody disturbed."""

import json
import signal
import time

import pytest

import questions
from product import DEMO, Service, count, load, wayfare
from rows import some_event, some_profile, write_ndjson

# Small batches and flushes, so that a kill lands in the middle of each kind of work.
OFTEN = {"WAYFARE_FLUSH_RECORDS": "4000"}
KILLS = 8


def files(folder, draw):
    """A few thousand profiles and events with repeats and bad rows, in two files each."""
    events = [some_event(draw, 3000, number) for number in range(30_000)]
    events += draw.sample(events, 2_000)
    for number in range(0, len(events), 997):
        events[number] = events[number] | {"timestamp": "yesterday"}
    profiles = [some_profile(draw, 3000) for _ in range(6_000)]
    cut = len(events) // 3
    return (
        [write_ndjson(folder / "p1.ndjson", profiles[:2500]), write_ndjson(folder / "p2.ndjson", profiles[2500:])],
        [write_ndjson(folder / "e1.ndjson", events[:cut]), write_ndjson(folder / "e2.ndjson", events[cut:])],
    )


def export(data, output, kind):
    """Exports everything of a kind; gives the bytes of the parts."""
    if kind == "profiles":
        request = ["--definition", "-", "--attributes", "user_id,email,country,age,premium", "--format", "csv"]
        text = json.dumps(questions.EVERYONE)
    else:
        wanted = [{"event_name": name, "params": ["journey_id", "amount"]} for name in ["journey_enter", "purchase"]]
        body = {"format": "csv", "events": {"start_date": 1785542400, "end_date": 1790812800, "wanted": wanted}}
        request, text = ["--request", "-"], json.dumps(body)
    if kind == "events":
        path = output.parent / f"{output.name}.request.json"
        path.write_text(text)
        request, text = ["--request", path], None
    wayfare("export", kind, "--data", data, *request, "--output", output, stdin=text).expect()
    return {path.name: path.read_bytes() for path in output.rglob("part-*")}


def everything(data, folder):
    """What must be equal: counts with their position, and the files of two exports."""
    counts = {name: count(data, definition) for name, definition in questions.ALL.items()}
    answers = {name: (answer["count"], answer["population"], answer["position"]) for name, answer in counts.items()}
    folder.mkdir()
    return answers, export(data, folder / "profiles", "profiles"), export(data, folder / "events", "events")


def numbers(summary):
    return {kind: summary[kind] for kind in ("profiles", "events", "values_rejected")}


@pytest.mark.timeout(600)
def test_import_and_flush_killed(tmp_path, draw):
    profiles, events = files(tmp_path, draw)
    started = time.monotonic()
    undisturbed = load(tmp_path / "calm", profiles, events, code=3, env=OFTEN)
    took = time.monotonic() - started

    data, killed = tmp_path / "killed", 0
    arguments = ["import", "--data", data, "--json"]
    for path in profiles:
        arguments += ["--profiles", path]
    for path in events:
        arguments += ["--events", path]
    for _ in range(KILLS):
        run = wayfare(*arguments, env=OFTEN, kill_after=draw.uniform(0.05, took * 0.6))
        if run.code == -signal.SIGKILL:
            killed += 1
        else:
            break
    last = wayfare(*arguments, env=OFTEN).expect(3).json if run.code == -signal.SIGKILL else run.expect(3).json
    assert killed > 0, "no kill landed"
    assert numbers(last) == numbers(undisturbed), "numbers are cumulative over resumed runs"
    for _ in range(4):
        wayfare("flush", "--data", data, env=OFTEN, kill_after=draw.uniform(0.01, 0.5))
    assert everything(data, tmp_path / "one") == everything(tmp_path / "calm", tmp_path / "two")
    lines = lambda summary: sorted((row["file"], row["line"], row["reason"]) for row in rejects(summary))
    assert lines(last) == lines(undisturbed)


def rejects(summary):
    return [json.loads(line) for line in open(summary["rejects_file"], encoding="utf-8")]


def test_export_killed(demo_copy, tmp_path, draw):
    whole = export(demo_copy, tmp_path / "whole", "profiles")
    for attempt in range(5):
        output = tmp_path / f"killed-{attempt}"
        arguments = ["--attributes", "user_id,email,country,age,premium".replace("country,age,premium", "age,gender"), "--format", "csv"]
        run = wayfare(
            "export", "profiles", "--data", demo_copy, "--definition", "-", *arguments, "--output", output,
            stdin=json.dumps(questions.EVERYONE), kill_after=draw.uniform(0.02, 0.6),
        )  # fmt: skip
        if run.code == -signal.SIGKILL:
            assert not (output / "manifest.json").exists(), "a manifest says complete"
            assert wayfare("verify", output).code != 0
    assert export(demo_copy, tmp_path / "again", "profiles") == whole


def test_service_killed_while_writing_and_exporting(demo_copy, tmp_path, draw):
    """Acknowledged is kept; a job that was running goes on after the restart."""
    acknowledged = 0
    definition = {"event": "ping"}
    job, position = None, 0
    for round in range(4):
        with Service(demo_copy, env={"WAYFARE_FLUSH_RECORDS": "300"}) as service:
            if round:
                answer = service.count(definition)
                assert answer["count"] >= acknowledged and answer["position"] >= position
                acknowledged = answer["count"]
            end = time.monotonic() + draw.uniform(0.2, 1.0)
            while time.monotonic() < end:
                rows = [ping(f"ping{round}-{acknowledged + number}") for number in range(50)]
                position = service.post("/api/v1/events", rows).expect().json["position"]
                acknowledged += 50
            body = {"kind": "profiles", "definition": questions.EVERYONE, "attributes": ["user_id", "gender"], "format": "csv"}
            job = service.post("/api/v1/exports", body).expect(202).json
            time.sleep(draw.uniform(0, 0.3))
            service.kill()
    with Service(demo_copy) as service:
        done = service.finished_export(job["id"])
        assert done["status"] == "complete", done
        assert done["rows"] == 17000 + acknowledged
        link = service.post(f"/api/v1/exports/{job['id']}/link", {}).expect().json["url"]
        path = link[link.index("/download/") :]
        assert service.get(path).expect().body.count(b"\n") == 17000 + acknowledged + 1


def ping(user):
    """An event of a user of its own, so that a count of users counts events."""
    return {"event_id": user, "user_id": user, "event": "ping", "timestamp": "2026-08-30T00:00:00Z", "params": {}}


def test_bundled_data_killed_once(demo_data, tmp_path, draw):
    data = tmp_path / "data"
    arguments = ["import", "--data", data, "--json", "--profiles", DEMO / "profiles.ndjson.gz", "--events", DEMO / "events.ndjson.gz"]
    wayfare(*arguments, kill_after=draw.uniform(0.2, 1.5))
    summary = wayfare(*arguments).expect().json
    assert summary["profiles"]["accepted"] == 17000 and summary["events"]["accepted"] == 67367
    question = {"event": "journey_enter"}
    assert count(data, question) | {"took_ms": 0} == count(demo_data, question) | {"took_ms": 0}
