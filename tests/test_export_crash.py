"""Exports killed at every part boundary and inside parts, on a full disk, over a lake that loses a file.

Whatever happened to a job on the way, its files are those of a job that nobody disturbed.
"""

import json
import os
import shutil
import signal
import time

import pytest

from product import AS_OF, Service
from small_disk import fill, small_disk
from test_full_disk import says_full

# Every form that an export has: format, and compression where it has one.
FORMS = ["csv", "csv gzip", "csv zstd", "ndjson", "ndjson gzip", "ndjson zstd", "parquet", "arrow", "arrow zstd", "xlsx"]
ROWS_A_PART = 4_000
KILLS_INSIDE_PARTS = 3
# Jobs that are killed at boundaries, until all were met.
ROUNDS = 4


def body(form, **more):
    """Events of two names with attributes: several parts, most of them of the first."""
    format, _, compression = form.partition(" ")
    wanted = [
        {"event_name": "journey_product_action", "params": ["journey_id", "channel_code", "action_code"]},
        {"event_name": "purchase", "params": ["amount"]},
    ]
    asked = {"kind": "events", "format": format, "attributes": ["user_id", "gender", "age", "income"], "as_of": AS_OF}
    asked |= {"events": {"wanted": wanted}, "max_rows": ROWS_A_PART}
    return asked | ({"compression": compression} if compression else {}) | more


def ask(service, asked):
    """Asks for an export; gives the job's id."""
    return service.post("/api/v1/exports", asked).expect(202).json["id"]


def files(data, id):
    """The parts of a job by name, and its manifest without what is the job's own."""
    folder = data / "exports" / id
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest.pop("id") == id
    listed = [part["file"] for part in manifest["parts"]] + ["dictionary.json"]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*listed, "manifest.json"])
    return manifest, {name: (folder / name).read_bytes() for name in listed}


def undisturbed(data, asked):
    """What a job gives that nobody disturbs."""
    with Service(data) as service:
        id = ask(service, asked)
        job = service.finished_export(id)
        assert job["status"] == "complete", job
        return files(data, id)


def parts_on_disk(folder):
    """How many parts have their name."""
    try:
        return sum(name.startswith("part-") for name in os.listdir(folder))
    except FileNotFoundError:
        return 0


def wait_until(service, id, holds, timeout=60):
    """Whether something comes to hold before the job is over."""
    end = time.monotonic() + timeout
    looked = 0.0
    while not holds():
        now = time.monotonic()
        assert now < end, "nothing happened"
        # Looked at as often as can be; asked seldom, so that the job has the machine.
        if now - looked > 0.05:
            looked = now
            if service.get(f"/api/v1/exports/{id}").expect().json["status"] not in ("queued", "running"):
                return holds()
    return True


@pytest.mark.timeout(600)
@pytest.mark.parametrize("form", FORMS)
def test_killed_at_every_boundary_and_inside_parts(demo_copy, form, draw):
    asked = body(form)
    expected = undisturbed(demo_copy, asked)
    # The data dictionary is no part.
    boundaries = len(expected[1]) - 1
    assert boundaries >= 5
    service = Service(demo_copy)
    try:
        # A job may be past the next boundary before the kill reaches it: what is missed in one is met in another.
        met = set()
        for _ in range(ROUNDS):
            id = ask(service, asked)
            folder = demo_copy / "exports" / id
            while due := next((at for at in range(parts_on_disk(folder) + 1, boundaries + 1) if at not in met), None):
                if not wait_until(service, id, lambda reached=due: parts_on_disk(folder) >= reached):
                    break
                service.kill()
                met.add(parts_on_disk(folder))
                service = Service(demo_copy)
            assert service.finished_export(id)["status"] == "complete"
            assert files(demo_copy, id) == expected
            if len(met) == boundaries:
                break
        assert len(met) >= boundaries // 2, f"only {sorted(met)} of {boundaries} boundaries were met"

        id, inside = ask(service, asked), 0
        folder = demo_copy / "exports" / id
        for _ in range(KILLS_INSIDE_PARTS):
            wait_until(service, id, lambda: any(name.endswith(".tmp") for name in os.listdir(folder)) if folder.is_dir() else False)
            time.sleep(draw.uniform(0, 0.03))
            service.kill()
            inside += any(path.suffix == ".tmp" for path in folder.iterdir())
            service = Service(demo_copy)
        assert service.finished_export(id)["status"] == "complete"
        assert files(demo_copy, id) == expected
        print(f"{form}: killed at {len(met)} of {boundaries} boundaries, {inside} times inside a part")
    finally:
        service.kill()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_a_full_disk_and_on(demo_copy, tmp_path, form):
    asked = body(form, max_rows=2_000)
    expected = undisturbed(demo_copy, asked)
    size = sum(map(len, expected[1].values()))
    shutil.rmtree(demo_copy / "exports")
    with small_disk(tmp_path, 128) as disk:
        data = shutil.copytree(demo_copy, disk / "data")
        with Service(data, env={"WAYFARE_MIN_FREE_BYTES": "0"}) as service:
            # What the start writes is written by now.
            service.count({"event": "purchase"})
            assert size > 500_000
            ballast = fill(disk, size // 2 + 200_000)
            id = ask(service, asked)
            job = service.finished_export(id)
            if job["status"] == "complete":
                pytest.fail("the disk had room for all of it")
            assert job["status"] == "failed" and says_full(job["error"]), job
            folder = data / "exports" / id
            left = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
            assert left and left == [part["file"] for part in job["parts"]], "finished parts and nothing else"
            written = {name: (folder / name).stat().st_ino for name in left}
            assert service.post(f"/api/v1/exports/{id}/link", {}).status == 409
            ballast.unlink()
            # A record that the full disk did not take is kept now.
            end = time.monotonic() + 30
            while (answer := service.post(f"/api/v1/exports/{id}/retry", {})).status == 409 and time.monotonic() < end:
                time.sleep(0.2)
            assert answer.expect().json["attempts"] == 2
            done = service.finished_export(id)
            assert (done["status"], done["attempts"]) == ("complete", 2), done
            assert {name: (folder / name).stat().st_ino for name in left} == written, "written once"
            assert service.post(f"/api/v1/exports/{id}/verify", {}).expect().json["ok"]
        manifest, parts = files(data, id)
        assert parts == expected[1] and manifest["rows"] == expected[0]["rows"]


def lake_files(data, table):
    """The files of a table of events."""
    return [path for path in (data / "lake").rglob("*.parquet") if path.parent.name == table]


@pytest.mark.timeout(300)
def test_a_lake_file_that_vanishes(demo_copy):
    asked = body("csv", max_rows=2_000)
    # Behind so many others that nobody has read ahead to it while the first parts are written.
    first, last = asked["events"]["wanted"]
    between = [{"event_name": name} for name in ("journey_enter", "journey_exit")]
    asked["events"]["wanted"] = [first, *between, last]
    expected = undisturbed(demo_copy, asked)
    gone = lake_files(demo_copy, "purchase")
    assert gone
    with Service(demo_copy) as service:
        id = ask(service, asked)
        folder = demo_copy / "exports" / id
        assert wait_until(service, id, lambda: parts_on_disk(folder) >= 1)
        # Still while the file goes away, so that the job has not come to it yet.
        service.process.send_signal(signal.SIGSTOP)
        before = parts_on_disk(folder)
        for path in gone:
            path.rename(path.with_suffix(".away"))
        service.process.send_signal(signal.SIGCONT)
        job = service.finished_export(id)
        assert before < len(expected[1]) and job["status"] == "failed", job
        assert any(path.name in job["error"] for path in gone), job["error"]
        assert not (folder / "manifest.json").exists() and len(job["parts"]) >= before - 1
        again = service.post("/api/v1/exports", asked).expect(202).json["id"]
        assert service.finished_export(again)["status"] == "failed", "as long as it is gone"
        for path in gone:
            path.with_suffix(".away").rename(path)
        for failed in (id, again):
            service.post(f"/api/v1/exports/{failed}/retry", {}).expect()
            assert service.finished_export(failed)["status"] == "complete"
            assert files(demo_copy, failed) == expected
