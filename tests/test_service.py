"""The service from outside: who is let in, what it says when something is wrong, how it stops."""

import contextlib
import json
import re
import shutil
import signal
import socket
import sqlite3
import threading
import time

import pytest

from product import AS_OF, ROOT, Service, count, wayfare
from test_answers import QUESTIONS
from test_crash import ping

# Of digits, which are text all the same.
SECRETS = {"WAYFARE_PASSWORD": "0123456789", "WAYFARE_API_KEY": "01234567890123456789"}


@pytest.fixture(scope="module")
def service(demo_data, tmp_path_factory):
    with Service(shutil.copytree(demo_data, tmp_path_factory.mktemp("served") / "data")) as running:
        yield running


def problem(answer, status):
    """A problem document with the members that clients rely on."""
    answer.expect(status)
    assert answer.headers["content-type"].startswith("application/problem+json")
    document = answer.json
    assert document["status"] == status and document["title"] and document["code"]
    return document


@pytest.fixture(scope="module")
def untouched(demo_data, tmp_path_factory):
    """A service that nobody sends anything: tests of a file may run in any order."""
    with Service(shutil.copytree(demo_data, tmp_path_factory.mktemp("untouched") / "data")) as running:
        yield running


@pytest.mark.parametrize("question", QUESTIONS)
def test_known_numbers(untouched, question):
    number, definition = QUESTIONS[question]
    answer = untouched.count(definition)
    assert (answer["count"], answer["population"], answer["as_of"]) == (number, 17000, AS_OF)
    assert answer["words"] and answer["filters"] >= 1 and answer["took_ms"] >= 0


def test_members_in_pages(service, demo_data):
    definition, ids, cursor = QUESTIONS["entered journey 1004"][1], [], None
    while True:
        body = {"definition": definition, "as_of": AS_OF, "id": "user_id", "limit": 500}
        page = service.post("/api/v1/segments/members", body | ({"cursor": cursor} if cursor else {})).expect().json
        ids += page["members"]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert len(ids) == len(set(ids)) == 1245 and ids == sorted(ids)


def test_written_is_seen_at_once(service):
    for number in range(5):
        written = service.post("/api/v1/events", ping(f"at-once-{number}")).expect().json
        answer = service.post("/api/v1/segments/count", {"definition": {"event": "ping"}}).expect().json
        assert answer["position"] >= written["position"] and answer["count"] == number + 1


def test_results_a_record(service):
    rows = [ping("results-1"), ping("results-1"), {"user_id": "u"}, {k: v for k, v in ping("x").items() if k != "event_id"}]
    results = service.post("/api/v1/events", rows).expect().json["results"]
    assert [(r["index"], r["status"]) for r in results] == [(0, "accepted"), (1, "duplicate"), (2, "rejected"), (3, "rejected")]
    assert results[2]["reason"] and "event_id" in results[3]["reason"]
    lines = "".join(json.dumps(ping(f"lines-{n}")) + "\n" for n in range(3))
    answer = service.request("POST", "/api/v1/events", lines, {"Content-Type": "application/x-ndjson"}).expect().json
    assert len(answer["results"]) == 3


def test_problems(service):
    for path in ["/api/v1/nonsense", "/api/v1/profiles/pro_0000000zzzzzz", "/api/v1/exports/exp_none"]:
        problem(service.get(path), 404)
    problem(service.request("POST", "/api/v1/segments/count", "{", {"Content-Type": "application/json"}), 400)
    document = problem(service.post("/api/v1/segments/count", {"definition": {"all": [{"event": "purchas"}]}}), 422)
    assert (document["path"], document["nearest"]) == ("all[0].event", "purchase") and document["message"]
    assert service.request("DELETE", "/api/v1/journeys").status in (404, 405)


def test_operations(service):
    service.get("/health/live").expect()
    service.get("/health/ready").expect()
    metrics = service.get("/metrics").expect().body.decode()
    assert re.search(r"^# TYPE \w+", metrics, re.MULTILINE)
    document = service.get("/api/openapi.json").expect().json
    assert document["openapi"].startswith("3.1") and "/api/v1/segments/count" in document["paths"]
    page = service.get("/").expect()
    assert "text/html" in page.headers["content-type"]
    routes = (ROOT / "web/src/routes.tsx").read_text(encoding="utf-8")
    for path in re.findall(r'path: "(/[^"]*)"', routes):
        known = service.get(path.replace("$profileId", "pro_0000000000000") + "?tab=events")
        assert (known.status, known.body) == (200, page.body), f"{path} leads to the app"


def test_dictionary_journeys_and_profile(service):
    dictionary = service.get("/api/v1/dictionary").expect().json
    assert {"gender", "age", "income", "member_since"} <= {entry["name"] for entry in dictionary["attributes"]}
    journeys = {row["journey_id"]: row for row in service.get("/api/v1/journeys").expect().json["journeys"]}
    assert len(journeys) == 10 and journeys[1004]["journey_name"] == "bogo 5/5 7d"
    found = service.post("/api/v1/profiles/search", {"query": "78afa995795e4d85b5d9ceeca43f5fef", "by": "user_id"}).expect().json
    assert len(found["profiles"]) == 1
    id = found["profiles"][0]["profile_id"]
    profile = service.get(f"/api/v1/profiles/{id}").expect().json
    assert profile["identifiers"]["user_id"] == "78afa995795e4d85b5d9ceeca43f5fef"
    events = service.get(f"/api/v1/profiles/{id}/events?limit=500").expect().json["events"]
    assert any(event["event"] == "journey_enter" and event["params"]["journey_id"] == 1004 for event in events)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_other_sites_are_kept_out(service, headers):
    for method, path, body in [("GET", "/api/v1/dictionary", None), ("POST", "/api/v1/events", ping("evil"))]:
        assert service.request(method, path, body, headers).status == 403, (method, headers)


def test_own_page_is_let_in(service):
    own = {"Origin": f"http://127.0.0.1:{service.port}"}
    service.request("GET", "/api/v1/dictionary", headers=own).expect()
    service.request("GET", "/api/v1/dictionary", headers={"Host": f"localhost:{service.port}"}).expect()


@pytest.mark.parametrize("given", [{}, {"WAYFARE_PASSWORD": "correct horse"}, {"WAYFARE_API_KEY": "0123456789abcdef"}])
def test_open_address_needs_secrets(tmp_path, given):
    run = wayfare("serve", "--data", tmp_path / "data", "--listen", "0.0.0.0:0", env=given, timeout=30).expect(2)
    assert "WAYFARE_PASSWORD" in run.err or "WAYFARE_API_KEY" in run.err


@pytest.mark.parametrize("name", SECRETS)
def test_one_secret_alone_is_refused(tmp_path, name):
    """Behind a proxy the service would stand open while its operator believes it locked."""
    env = {name: SECRETS[name]}
    run = wayfare("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", env=env, timeout=30, kill_after=20).expect(2)
    assert all(secret in run.err for secret in SECRETS) and SECRETS[name] not in run.err


def test_open_address_with_secrets(demo_copy):
    with Service(demo_copy, env=SECRETS, listen="0.0.0.0:0") as service:
        for path in ["/api/v1/dictionary", "/api/v1/exports", "/api/v1/mail"]:
            problem(service.get(path), 401)
            problem(service.get(path, Authorization="Bearer wrong"), 401)
            service.get(path, Authorization=f"Bearer {SECRETS['WAYFARE_API_KEY']}").expect()
        service.get("/health/live").expect()
        wrong = service.post("/api/v1/sign-in", {"password": "wrong"})
        assert wrong.status == 401
        signed = service.post("/api/v1/sign-in", {"password": SECRETS["WAYFARE_PASSWORD"]})
        assert signed.status in (200, 204)
        cookie = signed.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        session = cookie.split(";")[0]
        service.get("/api/v1/dictionary", Cookie=session).expect()
        service.request("POST", "/api/v1/sign-out", headers={"Cookie": session})
        assert service.get("/api/v1/dictionary", Cookie=session).status == 401
        said = service.said()
        assert "WAYFARE_PUBLIC_URL" in said, "links to 0.0.0.0 lead nowhere"
        assert not any(secret in said for secret in SECRETS.values()), "secrets are not logged"


def test_variables_of_others_stop_nothing(tmp_path):
    """Kubernetes sets such variables for a service called wayfare."""
    run = wayfare("verify", tmp_path, env={"WAYFARE_SERVICE_HOST": "10.0.0.1", "WAYFARE_DATAA": "x", "WAYFARE_DATA": ""})
    assert "WAYFARE_SERVICE_HOST is no setting" in run.err and "did you mean WAYFARE_DATA?" in run.err
    assert "manifest" in run.err + run.out, "the command did its work"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"WAYFARE_PUBLIC_URL": "garbage"}, "`public_url` must be an address"),
        ({"WAYFARE_LINK_HOURS": "0"}, "`link_hours` must be at least 1"),
        ({"WAYFARE_COLUMN_BYTES": "1 GiB"}, "`column_bytes` must be a whole number"),
        ({"WAYFARE_MAIL_FROM": "garbage"}, "mail_from"),
        ({"WAYFARE_PASSWORD": "short"}, "`password` (WAYFARE_PASSWORD) is shorter than 8 characters"),
        ({"WAYFARE_DESTINATION_FOLDER_ROOT": "/nowhere/exports"}, "`destination_folder_root` /nowhere/exports: there is no such directory"),
    ],
)
def test_settings_that_lead_nowhere(tmp_path, env, said):
    run = wayfare("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", env=env, timeout=30, kill_after=20).expect(2)
    assert said in run.err


def test_exports_are_not_sent_into_the_data(tmp_path):
    inside = tmp_path / "data" / "exports"
    inside.mkdir(parents=True)
    env = {"WAYFARE_DESTINATION_FOLDER_ROOT": str(inside)}
    run = wayfare("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", env=env, timeout=30, kill_after=20).expect(2)
    assert "`destination_folder_root`" in run.err and "name one elsewhere" in run.err


@pytest.mark.parametrize(("relay", "is_warned_of"), [("smtp://relay.invalid", True), ("smtp://relay.invalid?tls=required", False)])
def test_letters_in_the_clear(tmp_path, relay, is_warned_of):
    with Service(tmp_path / "data", env={"WAYFARE_SMTP_URL": relay}) as service:
        assert ("add ?tls=required" in service.said()) == is_warned_of, service.said()


def test_a_file_is_no_data_directory(tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_text("")
    for data in [file, file / "below"]:
        run = wayfare("import", "--data", data, "--events", file, timeout=30).expect(2)
        assert "name a directory" in run.err


def test_second_writer_is_refused(service):
    run = wayfare("serve", "--data", service.data, "--listen", "127.0.0.1:0", timeout=30)
    assert run.code in (1, 2) and "in use" in run.err
    assert count(service.data, {"all": []})["population"] >= 17000, "questions are answered beside the service"


def test_stops_when_told(demo_copy):
    service = Service(demo_copy)
    service.post("/api/v1/events", ping("last")).expect()
    assert service.kill(signal.SIGTERM) == 0
    assert count(demo_copy, {"event": "ping"})["count"] == 1


@pytest.mark.parametrize(("signals", "seconds"), [(1, 20), (2, 6)])
def test_stops_beside_a_slow_client(tmp_path, signals, seconds):
    service = Service(tmp_path / "data")
    with socket.create_connection((service.host, service.port)) as client:
        client.sendall(f"POST /api/v1/events HTTP/1.1\r\nHost: {service.host}:{service.port}\r\nContent-Length: 100\r\n\r\n[".encode())
        time.sleep(0.5)
        for _ in range(signals - 1):
            service.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        try:
            assert service.kill(signal.SIGTERM, timeout=seconds) == 0
        finally:
            service.kill()


def test_many_writers_at_once(tmp_path):
    """Positions are gap-free, whatever the order; each answer's position covers its own records."""
    with Service(tmp_path / "data") as service:
        seen, lock = [], threading.Lock()

        def write(writer):
            for number in range(20):
                answer = service.post("/api/v1/events", [ping(f"w{writer}-{number}-{k}") for k in range(5)]).expect().json
                with lock:
                    seen.append(answer["position"])

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answer = service.count({"event": "ping"})
        assert answer["count"] == 8 * 20 * 5 == answer["position"] == max(seen)


def test_export_by_link(service):
    body = {"kind": "profiles", "definition": QUESTIONS["purchases of 100 or more"][1], "attributes": ["user_id", "gender"], "format": "csv", "as_of": AS_OF, "email": "ada@example.com"}
    first = service.request("POST", "/api/v1/exports", body, {"Idempotency-Key": "once"}).expect(202).json
    again = service.request("POST", "/api/v1/exports", body, {"Idempotency-Key": "once"}).expect(202).json
    assert first["id"] == again["id"] and first["id"].startswith("exp_")
    job = service.finished_export(first["id"])
    assert (job["status"], job["rows"]) == ("complete", 22), job
    link = service.post(f"/api/v1/exports/{job['id']}/link", {}).expect().json["url"]
    path = link[link.index("/download/") :]
    whole = service.get(path).expect()
    assert whole.body.count(b"\n") == 23 and whole.headers["etag"]
    part = service.get(path, Range="bytes=10-19")
    assert part.status == 206 and part.body == whole.body[10:20]
    assert service.get(path.replace("signature=", "signature=0")).status in (403, 404)
    end = time.monotonic() + 20
    while not (mine := [mail for mail in service.get("/api/v1/mail").expect().json["messages"] if "ada@example.com" in json.dumps(mail["to"])]):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert "/download/" in service.get(f"/api/v1/mail/{mine[0]['id']}").expect().json["text"]
    assert job["id"] in [row["id"] for row in service.get("/api/v1/exports").expect().json["exports"]]


def test_exports_whose_record_cannot_be_kept_go_on(demo_copy):
    """The operational database takes nothing for longer than the service waits for it, twice 10 s: neither a part nor
    the end of the job can be recorded."""
    body = {"kind": "profiles", "attributes": ["user_id"], "format": "csv"}
    with Service(demo_copy) as service:
        ids = [service.post("/api/v1/exports", body).expect(202).json["id"] for _ in range(6)]
        with contextlib.closing(sqlite3.connect(demo_copy / "wayfare.db", isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(22)
            other.execute("ROLLBACK")
        assert {service.finished_export(id)["status"] for id in ids} <= {"complete", "failed"}


def test_demo_command(tmp_path):
    """`wayfare demo` loads the bundled data once and serves it on a free port."""
    for _ in range(2):
        with Service(tmp_path / "demo", command=("demo",)) as demo:
            assert demo.host in ("127.0.0.1", "localhost")
            answer = demo.count(QUESTIONS["entered journey 1004"][1])
            assert (answer["count"], answer["population"]) == (1245, 17000)
