"""The disk is full: a clear error, nothing acknowledged lost, and on it goes once there is space."""

import os
import subprocess

import pytest

import questions
from product import BINARY, DEMO, Service, count, environment, load, wayfare
from rows import write_ndjson
from small_disk import fill, small_disk
from test_crash import ping

IMPORT = ["--profiles", DEMO / "profiles.ndjson.gz", "--events", DEMO / "events.ndjson.gz", "--json"]
FULL = ("no space", "disk is full", "disk full", "space left", "disk")


def says_full(text):
    return any(words in text.lower() for words in FULL)


# With the reserve that is kept free by default, and down to the last byte.
TO_THE_LAST = {"WAYFARE_MIN_FREE_BYTES": "0", "WAYFARE_FLUSH_RECORDS": "20000"}


@pytest.mark.parametrize(("left", "env"), [(18_000_000, {}), (4_000_000, TO_THE_LAST), (1_500_000, TO_THE_LAST), (300_000, TO_THE_LAST)])
def test_import_on_a_full_disk(tmp_path, left, env, demo_data):
    with small_disk(tmp_path, 64) as disk:
        ballast = fill(disk, left)
        run = wayfare("import", "--data", disk / "data", *IMPORT, env=env)
        assert run.code == 1 and says_full(run.err), (run.code, run.err)
        assert "panicked" not in run.err
        ballast.unlink()
        summary = wayfare("import", "--data", disk / "data", *IMPORT, env=env).expect().json
        assert (summary["profiles"]["accepted"], summary["events"]["accepted"]) == (17000, 67367)
        for definition in [{"event": "journey_enter"}, {"event": "purchase"}, questions.EVERYONE]:
            here, there = count(disk / "data", definition), count(demo_data, definition)
            assert [here[key] for key in ("count", "population", "position")] == [
                there[key] for key in ("count", "population", "position")
            ]


@pytest.mark.parametrize(("left", "env"), [(16_900_000, {}), (400_000, TO_THE_LAST)])
def test_service_on_a_full_disk(tmp_path, left, env):
    with small_disk(tmp_path, 64) as disk:
        with Service(disk / "data", env=env) as service:
            service.post("/api/v1/events", [ping("first")]).expect()
            ballast = fill(disk, left)
            acknowledged = 1
            for batch in range(400):
                # Ids that compress badly, so that the rest of the disk is soon gone.
                rows = [ping(f"{batch}-{number}-{hash((batch, number))}") for number in range(500)]
                answer = service.post("/api/v1/events", rows)
                if answer.status != 200:
                    break
                acknowledged += len(rows)
            assert answer.status == 507, (answer.status, answer.body)
            assert answer.headers["content-type"].startswith("application/problem+json")
            assert says_full(answer.json["detail"] + answer.json["title"])
            assert service.count({"event": "ping"})["count"] == acknowledged, "reading goes on"
            ballast.unlink()
            service.post("/api/v1/events", rows).expect()
            acknowledged += len(rows)
            assert service.count({"event": "ping"})["count"] == acknowledged
            service.kill()
        wayfare("flush", "--data", disk / "data").expect()
        assert count(disk / "data", {"event": "ping"})["count"] == acknowledged


def test_export_on_a_full_disk(tmp_path, demo_copy):
    with small_disk(tmp_path, 16) as disk:
        ballast = fill(disk, 200_000)
        arguments = ["export", "profiles", "--data", demo_copy, "--definition", "-", "--format", "csv"]
        arguments += ["--attributes", "user_id,gender,age,income,member_since", "--output", disk / "out"]
        run = wayfare(*arguments, stdin='{"all": []}')
        assert run.code == 1 and says_full(run.err), (run.code, run.err)
        assert not (disk / "out" / "manifest.json").exists()
        ballast.unlink()
        arguments[-1] = disk / "again"
        wayfare(*arguments, stdin='{"all": []}').expect()
        wayfare("verify", disk / "again").expect()


def test_rejects_on_a_full_disk(tmp_path):
    """Rejected rows that cannot be written down stop the load; they are never dropped in silence."""
    rows = write_ndjson(tmp_path / "bad.ndjson", [{"user_id": str(number), "event": "x" * 150} for number in range(20_000)])
    with small_disk(tmp_path, 32) as disk:
        ballast = fill(disk, 100_000)
        rejects = disk / "rejects.ndjson"
        run = wayfare("import", "--data", tmp_path / "data", "--events", rows, "--rejects", rejects, "--json")
        assert run.code == 1 and says_full(run.err), (run.code, run.err)
        ballast.unlink()
        summary = load(tmp_path / "data", events=[rows], rejects=rejects, code=3)
        assert summary["events"]["rejected"] == 20_000
        assert rejects.read_text().count("\n") == 20_000


def test_stdout_that_cannot_be_written(tmp_path, demo_copy):
    """Results that got lost are a failure; a reader that has seen enough is none."""
    definition = tmp_path / "everyone.json"
    definition.write_text('{"all": []}')
    rows = write_ndjson(tmp_path / "e.ndjson", [ping("one")])
    data, asked = ["--data", demo_copy], ["--definition", definition]
    wayfare("export", "profiles", *data, "--output", tmp_path / "verified").expect()

    def ends(stdout, *arguments):
        command = [str(BINARY), *map(str, arguments)]
        run = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=environment(), text=True, check=False)
        assert "panicked" not in run.stderr
        return run.returncode, run.stderr

    commands = [
        ["segment", "members", *data, *asked],
        ["segment", "count", *data, *asked],
        ["segment", "count", *data, *asked, "--json"],
        ["flush", *data],
        ["import", *data, "--events", rows, "--json"],
        ["import", *data, "--events", rows],
        ["verify", tmp_path / "verified"],
        ["export", "profiles", *data, "--output"],
    ]
    for number, command in enumerate(commands):
        output = [[tmp_path / f"out-{number}-{kind}"] if command[-1] == "--output" else [] for kind in ("full", "closed")]
        with open("/dev/full", "wb") as full:
            code, said = ends(full, *command, *output[0])
        assert code == 1 and "stdout: " in said, (command, code, said)
        reader, writer = os.pipe()
        os.close(reader)
        code, said = ends(writer, *command, *output[1])
        os.close(writer)
        assert code == 0, (command, code, said)
