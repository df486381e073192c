"""Exports prove themselves: signed manifests, verify against the data, previews and warnings before, over CLI and HTTP."""

import base64
import json
import shutil
import subprocess

import pytest

from product import AS_OF, Service, wayfare
from small import World, happened, known
from test_export import events, profiles, read_back

ENTERED = {"event": "journey_enter"}


def key(folder, name="key.pem"):
    """A new key; gives its file and its public half."""
    public = wayfare("export-key", "new", folder / name).expect().out.strip()
    assert wayfare("export-key", "public", folder / name).expect().out.strip() == public
    return folder / name, public


def signed(data, output, file):
    """An export of profiles that is signed."""
    arguments = ["--definition", "-", "--attributes", "user_id,gender", "--as-of", AS_OF, "--output", output, "--max-rows", "5000"]
    env = {"WAYFARE_EXPORT_SIGNING_KEY": str(file)}
    return wayfare("export", "profiles", "--data", data, *arguments, "--json", stdin='{"all": []}', env=env).expect()


def test_signed_by_the_command_line(demo_copy, tmp_path):
    file, public = key(tmp_path)
    _, other = key(tmp_path, "other.pem")
    for name in ("one", "two"):
        signed(demo_copy, tmp_path / name, file)
    out = tmp_path / "one"
    assert (out / "manifest.json.sig").read_bytes() == (tmp_path / "two/manifest.json.sig").read_bytes()
    report = wayfare("verify", "--public-key", public, out, "--json").expect().json
    assert (report["ok"], report["exports"][0]["signature"]) == (True, "good")
    assert wayfare("verify", out, "--json").expect().json["exports"][0]["signature"] == "unchecked"
    assert "manifest.json.sig" in wayfare("verify", "--public-key", other, out).expect(1).out
    # As a file too, in the form that other tools read; and these agree.
    pem = tmp_path / "public.pem"
    pem.write_text(wayfare("export-key", "public", "--pem", file).expect().out)
    wayfare("verify", "--public-key", pem, out).expect()
    if shutil.which("openssl"):
        check = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin"]
        check += ["-in", out / "manifest.json", "-sigfile", out / "manifest.json.sig"]
        subprocess.run(check, check=True, capture_output=True)

    manifest = out / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"everyone"', '"nobody"'))
    wayfare("verify", out).expect()
    assert "manifest.json.sig" in wayfare("verify", "--public-key", public, out).expect(1).out
    (out / "manifest.json.sig").unlink()
    assert "manifest.json.sig: is missing" in wayfare("verify", "--public-key", public, out).expect(1).out


def test_keys_that_are_none(demo_copy, tmp_path):
    file, _ = key(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "never written over" in wayfare("export-key", "new", file).expect(2).err
    wayfare("export-key", "new", demo_copy / "key.pem", env={"WAYFARE_DATA": str(demo_copy)}).expect(2)
    profiles(demo_copy, tmp_path / "out")
    assert "private key" in wayfare("verify", "--public-key", file, tmp_path / "out").expect(2).err
    assert "is neither" in wayfare("verify", "--public-key", "nonsense", tmp_path / "out").expect(2).err
    for bad in (tmp_path / "none", tmp_path / "out/manifest.json"):
        env = {"WAYFARE_EXPORT_SIGNING_KEY": str(bad)}
        wayfare("export", "profiles", "--data", demo_copy, "--output", tmp_path / "x", env=env).expect(2)
        assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_made_again_out_of_the_data(demo_copy, tmp_path, form):
    body = {"format": form, "attributes": ["gender"], "events": {"start_date": 1788220800, "end_date": 1788393600, "wanted": [{"event_name": "purchase", "params": ["amount"]}]}}
    events(demo_copy, tmp_path / "e", body)
    profiles(demo_copy, tmp_path / "p", "--format", form, "--max-rows", "100")
    report = wayfare("verify", "--against", demo_copy, tmp_path / "e", tmp_path / "p", "--json").expect().json
    assert report["ok"] and [made["compared"] for made in report["against"]] == ["bytes", "bytes"]
    assert "byte for byte" in wayfare("verify", "--against", demo_copy, tmp_path / "p").expect().out

    # Whoever writes rows of their own, with a manifest that fits them, is found out.
    forged = shutil.copytree(tmp_path / "p", tmp_path / "forged")
    more = profiles(demo_copy, tmp_path / "q", "--format", form, definition=ENTERED, attributes="user_id,gender,age,income,member_since").json
    manifest = json.loads((forged / "manifest.json").read_text())
    for part in forged.glob("part-*"):
        part.unlink()
    for part in (tmp_path / "q").glob("part-*"):
        shutil.copy(part, forged)
    manifest |= {"rows": more["rows"], "parts": more["parts"]}
    (forged / "manifest.json").write_text(json.dumps(manifest))
    wayfare("verify", forged).expect()
    assert "the store gives 296 rows" in wayfare("verify", "--against", demo_copy, forged).expect(1).out
    wayfare("verify", "--against", tmp_path / "nothing", forged).expect(2)


def test_made_again_beside_a_service_and_later_data(demo_copy, tmp_path):
    body = {"kind": "profiles", "definition": ENTERED, "attributes": ["user_id", "gender"], "format": "csv", "as_of": AS_OF}
    with Service(demo_copy) as service:
        job = service.finished_export(service.post("/api/v1/exports", body).expect(202).json["id"])
        directory = demo_copy / "exports" / job["id"]
        row = {"event_id": "later", "user_id": "later", "event": "journey_enter", "timestamp": "2026-09-01T00:00:00Z", "params": {"journey_id": 3}}
        service.post("/api/v1/events", [row]).expect()
        newer = service.finished_export(service.post("/api/v1/exports", body).expect(202).json["id"])
        assert newer["rows"] == job["rows"] + 1
        report = wayfare("verify", "--against", demo_copy, directory, demo_copy / "exports" / newer["id"], "--json").expect().json
        assert report["ok"] and [made["compared"] for made in report["against"]] == ["bytes", "bytes"]


def test_jobs_are_signed_checked_and_told_of(demo_copy, tmp_path):
    file, public = key(tmp_path)
    body = {"kind": "profiles", "attributes": ["user_id"], "format": "csv"}
    env = {"WAYFARE_EXPORT_SIGNING_KEY": str(file), "WAYFARE_EXPORTS_AT_ONCE": "2"}
    with Service(demo_copy, env=env) as service:
        job = service.finished_export(service.post("/api/v1/exports", body).expect(202).json["id"])
        assert (job["status"], job["attempts"]) == ("complete", 1) and "seconds_left" not in job
        answer = service.post(f"/api/v1/exports/{job['id']}/verify", {}).expect().json
        assert (answer["ok"], answer["rows"], answer["signature"], answer["problems"]) == (True, 17000, "good", [])
        manifest = service.get(f"/api/v1/exports/{job['id']}/manifest").expect()
        folder = demo_copy / "exports" / job["id"]
        assert manifest.body == (folder / "manifest.json").read_bytes()
        assert base64.b64decode(manifest.headers["manifest-signature"]) == (folder / "manifest.json.sig").read_bytes()
        part = folder / "part-00001.csv"
        part.write_bytes(part.read_bytes()[:-1] + b" ")
        answer = service.post(f"/api/v1/exports/{job['id']}/verify", {}).expect().json
        assert not answer["ok"] and answer["problems"][0]["file"] == "part-00001.csv"
        assert service.post(f"/api/v1/exports/{job['id']}/retry", {}).status == 409
        assert service.post("/api/v1/exports/exp_none/retry", {}).status == 404
        assert service.post("/api/v1/exports/exp_none/verify", {}).status == 404
    wayfare("verify", "--public-key", public, demo_copy / "exports" / job["id"]).expect(1)
    inside = demo_copy / "key.pem"
    shutil.copy(file, inside)
    arguments = ["serve", "--data", demo_copy, "--listen", "127.0.0.1:0"]
    assert "data directory" in wayfare(*arguments, env={"WAYFARE_EXPORT_SIGNING_KEY": str(inside)}).expect(2).err


def test_preview(demo_copy, tmp_path):
    wanted = [{"event_name": "journey_enter", "params": ["journey_id"]}, {"event_name": "purchase", "params": ["amount"]}]
    window = {"start_date": "2026-09-01T00:00:00Z", "end_date": "2026-09-02T00:00:00Z"}
    body = {"kind": "events", "format": "ndjson", "attributes": ["user_id", "age"], "as_of": AS_OF, "events": window | {"wanted": wanted}}
    with Service(demo_copy) as service:
        preview = service.post("/api/v1/exports/preview", body).expect().json
        assert not (demo_copy / "exports").exists() and service.get("/api/v1/exports").expect().json["exports"] == []
        job = service.finished_export(service.post("/api/v1/exports", body).expect(202).json["id"])
        rows = [json.loads(line) for line in (demo_copy / "exports" / job["id"] / "part-00001.ndjson").read_text().splitlines()]
        assert (preview["rows"], preview["position"], preview["warnings"]) == (job["rows"], job["position"], job["warnings"])
        assert [column["name"] for column in preview["columns"]] == list(rows[0])
        assert preview["sample"] == [list(row.values()) for row in rows[:20]]
        # What was accepted a moment ago is in.
        row = {"event_id": "new", "user_id": "new", "event": "purchase", "timestamp": "2026-09-01T10:00:00Z", "params": {"amount": 1}}
        service.post("/api/v1/events", [row]).expect()
        assert service.post("/api/v1/exports/preview", body).expect().json["rows"] == preview["rows"] + 1
        nobody = service.post("/api/v1/exports/preview", {"kind": "profiles", "format": "csv", "definition": {"any": []}}).expect().json
        assert (nobody["rows"], nobody["sample"], [column["name"] for column in nobody["columns"]]) == (0, [], ["profile_id"])
        refused = service.post("/api/v1/exports/preview", body | {"attributes": ["shoe_size"]}).expect(422).json
        assert refused["path"] == "attributes[0]"
    with Service(demo_copy, env={"WAYFARE_COUNT_SECONDS": "1"}) as service:
        service.post("/api/v1/exports/preview", body).expect()


def told(world, **body):
    """The warnings of an export, which must be the same in the preview, the job's answer, the job and the manifest."""
    asked = {"format": "csv", "as_of": world.as_of} | body
    preview = world.service.post("/api/v1/exports/preview", asked).expect().json["warnings"]
    job = world.service.post("/api/v1/exports", asked).expect(202).json
    assert job["warnings"] == preview, "before it runs"
    done = world.service.finished_export(job["id"])
    assert done["status"] == "complete" and done["warnings"] == preview
    assert world.service.get(f"/api/v1/exports/{job['id']}/manifest").expect().json["warnings"] == preview
    return preview


def test_warned_where_people_would_be_lost(tmp_path):
    people = [known("ann", country="TR", nickname="A"), known("bob", country="DE"), known("ann", nickname=None)]
    happens = [happened("ann", "visit", "2026-08-01T00:00:00Z", page="x"), happened("bob", "visit", "2026-08-30T00:00:00Z", page="y")]
    with World(tmp_path, people, happens) as world:

        def events(definition=None, event="visit", **window):
            more = {"definition": definition} if definition else {}
            return told(world, kind="events", events={"wanted": [{"event_name": event}]} | window, **more)

        month = {"operator": "in_last", "value": 30, "unit": "day"}
        week = {"start_date": "2026-08-25T00:00:00Z", "end_date": "2026-09-01T00:00:00Z"}
        visited = {"event": "visit"}
        assert events() == events(**week) == events(visited) == []
        for wider in (visited, visited | {"time_range": month}, {"all": [visited, {"attribute": "country", "operator": "exists"}]}):
            (warning,) = events(wider, **week)
            assert "the filter looks for `visit`" in warning and warning.endswith("is meant, but has no row")
        within = visited | {"time_range": {"operator": "between", "from": "2026-08-26T00:00:00Z", "to": "2026-08-31T00:00:00Z"}}
        assert events(within, **week) == events({"not": visited}, **week) == events({"all": [visited, within]}, **week) == []
        assert events(event="journey_exit") == ["no event `journey_exit` was ever seen"]
        assert "range is empty" in events(start_date="2026-08-25T00:00:00Z", end_date="2026-08-25T00:00:00Z")[0]
        assert "lies in the future" in events(start_date="2026-09-01T00:00:00Z")[0]
        assert "ends in the future" in events(end_date="2026-09-01T00:00:01Z")[0]
        assert told(world, kind="profiles", attributes=["country"]) == []
        assert told(world, kind="profiles", attributes=["country", "nickname", "email"]) == ["nobody has a value for `email`", "nobody has a value for `nickname`"]


def test_progress_on_stderr(demo_copy, tmp_path):
    arguments = ["--definition", "-", "--attributes", "user_id", "--output", tmp_path / "out", "--progress", "plain", "--json"]
    run = wayfare("export", "profiles", "--data", demo_copy, *arguments, stdin='{"all": []}').expect()
    assert run.json["rows"] == 17000 and "running: 17000 of 17000 rows" in run.err
    run = wayfare("verify", tmp_path / "out", "--progress", "--json").expect()
    assert run.json["ok"] and " read" in run.err
    assert len(read_back(tmp_path / "out")) == 17000
    assert wayfare("verify", tmp_path / "out").expect().err == ""
