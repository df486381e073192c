"""What was done with exports is kept: who asked, who had files sent, which files hold a person; links are taken back."""

import csv
import json
import time
from urllib.parse import urlsplit

import pytest

from product import AS_OF, Service, wayfare
from test_export_crash import ask, body, parts_on_disk, wait_until


def people(folder, column="profile_id"):
    """Everybody in the CSV parts of a folder."""
    found = set()
    for part in folder.rglob("part-*.csv"):
        with part.open(newline="", encoding="utf-8") as lines:
            found |= {row[column] for row in csv.DictReader(lines)}
    return found


def everybody(data):
    """All ids of profiles."""
    arguments = ["segment", "members", "--data", data, "--definition", "-", "--as-of", AS_OF, "--id", "profile_id"]
    return wayfare(*arguments, stdin=json.dumps({"all": []})).expect().out.split()


def held(service, profile):
    """The ids of exports that hold somebody, newest first."""
    return [export["id"] for export in service.get(f"/api/v1/profiles/{profile}/exports").expect().json["exports"]]


def deeds(service, subject):
    """What was done with an export, oldest first."""
    entries = service.get(f"/api/v1/audit?subject={subject}&limit=500").expect().json["entries"]
    return [entry["deed"] for entry in reversed(entries)]


def link(service, id):
    """The path of a new link."""
    url = urlsplit(service.post(f"/api/v1/exports/{id}/link", None).expect().json["url"])
    return f"{url.path}?{url.query}"


def test_which_exports_hold_a_person(demo_copy, tmp_path, draw):
    buyers = {"event": "purchase"}
    women = {"attribute": "gender", "operator": "equals", "value": "F"}
    asked = {
        "profiles": {"kind": "profiles", "format": "csv", "definition": women, "as_of": AS_OF},
        "events": {"kind": "events", "format": "csv", "as_of": AS_OF, "definition": buyers, "events": {"wanted": [{"event_name": "journey_enter"}]}},
        "purchases": {"kind": "events", "format": "csv", "as_of": AS_OF, "events": {"wanted": [{"event_name": "purchase"}]}, "max_rows": 300},
        "passes": {"kind": "passes", "format": "csv", "as_of": AS_OF, "journeys": {"ids": [1004]}},
        "new": {"kind": "profiles", "format": "csv", "as_of": AS_OF, "positions": {"from": 500}},
    }
    ids, expected = {}, {}
    with Service(demo_copy) as service:
        for name, request in asked.items():
            ids[name] = ask(service, request)
            assert service.finished_export(ids[name])["status"] == "complete"
            expected[name] = people(demo_copy / "exports" / ids[name])
        assert all(expected.values())
        chosen = draw.sample(everybody(demo_copy), 60)
        for profile in chosen:
            there = [ids[name] for name in reversed(asked) if profile in expected[name]]
            assert held(service, profile) == there, profile
        service.get("/api/v1/profiles/pro_0000000zzzzzz/exports").expect(404)
    # The command line tells the same, and what it writes itself counts, too.
    wayfare("export", "passes", "--data", demo_copy, "--journey", "1004", "--output", tmp_path / "out", "--as-of", AS_OF).expect()
    profile = next(iter(expected["passes"] & expected["purchases"]))
    told = wayfare("lineage", profile, "--data", demo_copy, "--json").expect().json["exports"]
    written, *kept = told
    assert written["output"] == str(tmp_path / "out") and written["who"] == "command line" and written["rows"] > 0
    assert [export["id"] for export in kept] == [ids[name] for name in reversed(asked) if profile in expected[name]]
    assert profile not in wayfare("lineage", profile, "--data", demo_copy).expect().out
    wayfare("lineage", "u1", "--data", demo_copy).expect(2)


def test_of_two_tables_both_count(demo_copy):
    request = {
        "events_query": {"wanted": [{"event_name": "purchase"}]}, "attributes": ["gender"], "format": "csv",
        "events": {"wanted": [{"event_name": "purchase"}], "from": "2026-09-01T00:00:00Z", "to": "2026-09-01T00:00:01Z"},
    }
    env = {"WAYFARE_API_KEY": "a key of this test", "WAYFARE_PASSWORD": "a password of this test"}
    with Service(demo_copy, env=env) as service:
        headers = {"X-PARTNER-NAME": "me", "X-REQUEST-TOKEN": env["WAYFARE_API_KEY"]}
        answer = service.post("/api/raw/v2/export", request, **headers)
        assert answer.status in (200, 202), answer.body
        id = answer.json["export_id"]
        bearer = {"Authorization": f"Bearer {env['WAYFARE_API_KEY']}"}
        for _ in range(400):
            job = service.get(f"/api/v1/exports/{id}", **bearer).expect().json
            if job["status"] not in ("queued", "running"):
                break
            time.sleep(0.05)
        assert job["status"] == "complete", job
        folder = demo_copy / "exports" / id
        attributes, events = people(folder / "attributes", "insider_id"), people(folder / "events", "insider_id")
        assert events < attributes
        for profile in [next(iter(events)), next(iter(attributes - events))]:
            exports = service.get(f"/api/v1/profiles/{profile}/exports", **bearer).expect().json["exports"]
            assert [export["id"] for export in exports] == [id]
        assert exports[0]["who"] == "API key"


def test_a_killed_job_forgets_nobody(demo_copy):
    service = Service(demo_copy)
    try:
        id = ask(service, body("csv"))
        folder = demo_copy / "exports" / id
        wait_until(service, id, lambda: parts_on_disk(folder) >= 2)
        service.kill()
        service = Service(demo_copy)
        assert service.finished_export(id)["status"] == "complete"
        there = people(folder)
        for profile in everybody(demo_copy)[::97]:
            assert held(service, profile) == ([id] if profile in there else []), profile
        assert deeds(service, id) == ["export.requested", "export.completed"]
    finally:
        service.kill()


def test_all_but_the_first_byte_is_as_good_as_the_file(demo_copy):
    with Service(demo_copy) as service:
        id = ask(service, {"kind": "profiles", "format": "csv", "as_of": AS_OF})
        part = service.finished_export(id)["parts"][0]
        service.get(link(service, id), Range="bytes=1-").expect(206)
        profile = next(iter(people(demo_copy / "exports" / id)))
        [export] = service.get(f"/api/v1/profiles/{profile}/exports").expect().json["exports"]
        assert [(sent["who"], sent["file"]) for sent in export["downloads"]] == [("signed link", part["file"])]


def test_downloads_are_counted_and_told(demo_copy):
    with Service(demo_copy) as service:
        id = ask(service, {"kind": "profiles", "format": "csv", "as_of": AS_OF})
        part = service.finished_export(id)["parts"][0]
        path = link(service, id)
        whole = service.get(path).expect()
        etag = whole.headers["etag"]
        service.request("HEAD", path).expect()
        service.get(path, **{"If-None-Match": etag}).expect(304)
        service.get(path, Range="bytes=0-9").expect(206)
        service.get(path, Range="bytes=10-").expect(206)
        service.get(path, Range="bytes=99999999-").expect(416)
        service.get(path + "x").expect(403)
        service.get(f"/api/v1/exports/{id}/files/{part['file']}").expect()
        assert deeds(service, id) == [
            "export.requested", "export.completed", "link.made", "file.downloaded", "file.downloaded", "file.continued", "file.downloaded",
        ]
        entries = service.get(f"/api/v1/audit?subject={id}").expect().json["entries"]
        assert entries[0]["who"] == "this machine" and entries[1]["who"] == "signed link"
        assert entries[1]["detail"] == {"address": "127.0.0.1", "file": part["file"], "from_byte": 10}
        assert entries[-1]["detail"]["kind"] == "profiles"
        # No signature is ever told.
        signature = path.split("signature=")[1]
        assert signature not in json.dumps(entries) and signature not in service.said()
        profile = next(iter(people(demo_copy / "exports" / id)))
        [export] = service.get(f"/api/v1/profiles/{profile}/exports").expect().json["exports"]
        assert [sent["who"] for sent in export["downloads"]] == ["this machine", "signed link", "signed link"]
        page = service.get(f"/api/v1/audit?subject={id}&limit=2").expect().json
        rest = service.get(f"/api/v1/audit?subject={id}&cursor={page['next_cursor']}").expect().json
        assert page["entries"] + rest["entries"] == entries and "next_cursor" not in rest
        only = service.get("/api/v1/audit?deed=file.downloaded&who=signed%20link").expect().json["entries"]
        assert len(only) == 2
        assert "file.downloaded" in json.dumps(service.get("/api/v1/audit?deed=nothing").expect(422).json)
        told = wayfare("audit", "--data", demo_copy, "--subject", id, "--json").expect().json["entries"]
        assert told == entries
        assert "file.continued" in wayfare("audit", "--data", demo_copy).expect().out


def test_links_are_taken_back(demo_copy):
    with Service(demo_copy) as service:
        first, second = [ask(service, {"kind": "profiles", "format": "csv", "as_of": AS_OF}) for _ in range(2)]
        service.finished_export(first), service.finished_export(second)
        old, other = link(service, first), link(service, second)
        service.get(old).expect()
        assert "link" not in service.post(f"/api/v1/exports/{first}/revoke-links", None).expect().json
        refused = service.get(old).expect(410).json
        assert "taken back" in refused["detail"]
        assert "taken back" in service.get(old, Accept="text/html").expect(410).body.decode()
        service.get(other).expect()
        service.get(link(service, first)).expect()
        assert "links.revoked" in deeds(service, first)
        address = f"http://{service.host}:{service.port}"
        wayfare("export", "revoke-links", first, "--server", address).expect()
        service.get(old).expect(410)
        service.post("/api/v1/exports/exp_nowhere/revoke-links", None).expect(404)


def test_what_was_stopped_or_failed_is_told(demo_copy, tmp_path):
    with Service(demo_copy) as service:
        slow = ask(service, body("csv gzip"))
        waits = ask(service, body("csv"))
        service.post(f"/api/v1/exports/{waits}/cancel", None).expect()
        assert deeds(service, waits) == ["export.requested", "export.cancelled"]
        service.finished_export(slow)
        service.post("/api/v1/exports/preview", body("csv")).expect()
        last = service.get("/api/v1/audit?limit=1").expect().json["entries"][0]
        assert (last["deed"], last["who"], last["subject"]) == ("export.previewed", "this machine", "")
        refused = ask(service, body("csv") | {"formulas": "refuse", "attributes": ["user_id"]})
        job = service.finished_export(refused)
        assert deeds(service, refused)[-1] == f"export.{'completed' if job['status'] == 'complete' else 'failed'}"
