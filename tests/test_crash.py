"""Killed at random moments and started again: everything equals a run that nobody disturbed."""

import json
import shutil
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


def export_profiles(data, output, attributes, **more):
    """Exports everyone."""
    arguments = ["--definition", "-", "--attributes", attributes, "--format", "csv", "--output", output]
    return wayfare("export", "profiles", "--data", data, *arguments, stdin=json.dumps(questions.EVERYONE), **more)


def export_events(data, output):
    """Exports entries and purchases of August and September 2026."""
    wanted = [{"event_name": "journey_enter", "params": ["journey_id"]}, {"event_name": "purchase", "params": ["amount"]}]
    body = {"format": "csv", "events": {"start_date": 1785542400, "end_date": 1790812800, "wanted": wanted}}
    request = output.with_suffix(".request.json")
    request.write_text(json.dumps(body))
    return wayfare("export", "events", "--data", data, "--request", request, "--output", output)


def parts(output):
    """The bytes of an export's files."""
    return {path.name: path.read_bytes() for path in output.rglob("part-*")}


def everything(data, folder):
    """What must be equal: counts with their position, and the files of two exports."""
    counts = {name: count(data, definition) for name, definition in questions.ALL.items()}
    answers = {name: (answer["count"], answer["population"], answer["position"]) for name, answer in counts.items()}
    folder.mkdir()
    export_profiles(data, folder / "profiles", "user_id,email,country,age,premium").expect()
    export_events(data, folder / "events").expect()
    return answers, parts(folder / "profiles"), parts(folder / "events")


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
        killed += run.code == -signal.SIGKILL
        if run.code != -signal.SIGKILL or run.told:
            break
    last = (run if run.told else wayfare(*arguments, env=OFTEN).expect(3)).json
    assert killed > 0, "no kill landed"
    assert numbers(last) == numbers(undisturbed), "numbers are cumulative over resumed runs"
    for _ in range(4):
        wayfare("flush", "--data", data, env=OFTEN, kill_after=draw.uniform(0.01, 0.5))
    assert everything(data, tmp_path / "one") == everything(tmp_path / "calm", tmp_path / "two")
    assert rejects(last) == rejects(undisturbed)


def rejects(summary):
    """What the rejects file says, in order."""
    rows = [json.loads(line) for line in open(summary["rejects_file"], encoding="utf-8")]
    return [(row["file"], row["line"], row["reason"]) for row in rows]


def test_export_killed(demo_copy, tmp_path, draw):
    attributes = "user_id,gender,age,income"
    export_profiles(demo_copy, tmp_path / "whole", attributes).expect()
    for attempt in range(5):
        output = tmp_path / f"killed-{attempt}"
        run = export_profiles(demo_copy, output, attributes, kill_after=draw.uniform(0.02, 0.6))
        if run.code == -signal.SIGKILL:
            # A manifest says complete, so without one it is not, and with one it is.
            complete = (output / "manifest.json").exists()
            assert (wayfare("verify", output).code == 0) == complete
    export_profiles(demo_copy, tmp_path / "again", attributes).expect()
    assert parts(tmp_path / "again") == parts(tmp_path / "whole")


def test_service_killed_while_writing_and_exporting(demo_copy, tmp_path, draw):
    """Acknowledged is kept; a job that was running goes on after the restart."""
    acknowledged = 0
    definition = {"event": "ping"}
    job, position = None, 0
    for attempt in range(4):
        with Service(demo_copy, env={"WAYFARE_FLUSH_RECORDS": "300"}) as service:
            if attempt:
                answer = service.count(definition)
                assert answer["count"] >= acknowledged and answer["position"] >= position
                acknowledged = answer["count"]
            end = time.monotonic() + draw.uniform(0.2, 1.0)
            while time.monotonic() < end:
                rows = [ping(f"ping{attempt}-{acknowledged + number}") for number in range(50)]
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
    latest = 1.5
    while wayfare(*arguments, kill_after=draw.uniform(0.1, latest)).told:
        # It was done sooner; told so, it would find all there already.
        shutil.rmtree(data)
        latest = latest * 0.7
    summary = wayfare(*arguments).expect().json
    assert summary["profiles"]["accepted"] == 17000 and summary["events"]["accepted"] == 67367
    question = {"event": "journey_enter"}
    assert count(data, question) | {"took_ms": 0} == count(demo_data, question) | {"took_ms": 0}
