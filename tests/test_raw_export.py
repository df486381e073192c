"""The raw surfaces from outside: hooks, files as clients of the peer read them, version 2, what is refused.

`read_v1` stands for a client that was written for the peer's service. What it expects is put together from public facts about
that service's version 1 (its API description, and what a public consumer of its files does): one header line; comma; `\\N` for
null; all attributes as `a_<public name>` or `a_c_<custom>`, then `event_name`, then the union of the parameters over all wanted
events in order of first mention as `e_<public name>` or `e_c_<custom>`, then `iid`; short codes come back as long names; the
product's name and the journey's name share `e_name`; times are text with a trailing `Z`, also inside Parquet; the file's name is
the time in RFC 3339 with nanoseconds, its colons percent-encoded in the address.
"""

import csv
import io
import json
import re
import socket
import time
from datetime import datetime
from urllib.parse import unquote, urlsplit

import pyarrow.parquet as parquet
import pytest

from hooks import Receiver
from product import Service, wayfare
from rows import write_ndjson
from small import happened, known, make

HEADERS = {"X-PARTNER-NAME": "mybrand", "X-REQUEST-TOKEN": "anything"}
QUICK = {"WAYFARE_ALLOW_PRIVATE_HOOKS": "true", "WAYFARE_HOOK_RETRY_SECONDS": "1"}
START, END = 1_788_220_800, 1_788_307_200
FILE_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z\.(csv|parquet|json)")

PROFILES = [
    known("u1", email_optin=True, city="Izmir", shoe_size=42, created_date="2025-01-31T10:00:00Z"),
    known("u2", city="", note="quo\"te, and\nline"),
    known("u3", city="Bursa"),
]
EVENTS = [
    happened("u1", "journey_enter", "2026-09-01T00:00:00Z", journey_id=1004, journey_name="Welcome", enter_reason="signed_up"),
    happened("u2", "journey_enter", "2026-09-01T00:00:01Z", journey_id=1004, journey_name="Welcome"),
    happened("u1", "purchase", "2026-09-01T01:00:00.25Z", product_id="p1", name="Tea", unit_price=12.5, colour="green", amount=3),
    happened("u1", "purchase", "2026-09-01T02:00:00Z", product_id="p2", name="Cup", unit_price=1, amount=2),
    happened("u3", "purchase", "2026-09-01T02:00:00Z", product_id="p2", amount=1),
    happened("u3", "purchase", "2026-09-02T00:00:00Z", product_id="p3"),
    happened("u1", "journey_enter", "2026-09-01T03:00:00Z", journey_id=1004, is_dry_run=True),
]
COLUMNS = [
    "a_email", "a_email_optin", "a_city", "a_c_shoe_size", "a_created_date", "a_gdpr", "event_name",
    "e_journey_id", "e_name", "e_reason", "e_timestamp", "e_product_id", "e_unit_price", "e_c_colour", "e_taxonomy", "iid",
]  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make(tmp_path_factory.mktemp("raw"), PROFILES, EVENTS)


@pytest.fixture(scope="module")
def service(data):
    with Service(data, env=QUICK) as running:
        yield running


def v1(hook, format="csv", **more):
    return {
        "attributes": ["iid", "em", "email_optin", "ci", "c_shoe_size", "created_date", "gdpr"],
        "events": {"start_date": START, "end_date": END, "wanted": [
            {"event_name": "journey_entered", "params": ["journey_id", "name", "reason", "timestamp"]},
            {"event_name": "purchase", "params": ["pid", "na", "up", "c_colour", "ta", "timestamp"]}]},
        "format": format, "hook": hook,
    } | more  # fmt: skip


def ask(service, body, path="/api/raw/v1/export", status=200, headers=None):
    return service.request("POST", path, body, headers or HEADERS).expect(status)


def download(service, url):
    split = urlsplit(url)
    assert (split.hostname, split.port) == (service.host, service.port)
    return service.get(f"{split.path}?{split.query}").expect().body


def read_v1(url, content):
    """Rows of a file as the peer's clients read them, by the file's name."""
    name = unquote(urlsplit(url).path.rsplit("/", 1)[1])
    assert FILE_NAME.fullmatch(name) and ":" not in urlsplit(url).path
    if name.endswith(".csv"):
        lines = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
        return lines[0], [{key: None if cell == "\\N" else cell for key, cell in zip(lines[0], row)} for row in lines[1:]]
    if name.endswith(".parquet"):
        table = parquet.read_table(io.BytesIO(content))
        return table.column_names, table.to_pylist()
    rows = [json.loads(line) for line in content.decode("utf-8").splitlines()]
    return list(rows[0]), rows


def instant(text):
    assert text.endswith("Z")
    return datetime.fromisoformat(text[:-1] + "+00:00")


@pytest.mark.parametrize("format", ["csv", "parquet", "json"])
def test_a_client_of_the_peer_reads_version_1(service, format):
    with Receiver() as receiver:
        taken = ask(service, v1(f"{receiver.url}/hook?token=1", format)).json
        (told,) = receiver.wait()
        assert list(told) == ["url"] and receiver.calls[0]["path"] == "/hook?token=1"
        assert receiver.calls[0]["headers"]["content-type"] == "application/json"
        content = download(service, told["url"])
        assert content == download(service, taken["url"]), "the answer's address leads to the same file"
    columns, rows = read_v1(told["url"], content)
    assert columns == COLUMNS
    assert [row["event_name"] for row in rows] == ["journey_entered"] * 2 + ["purchase"] * 3
    enter, second, first = rows[0], rows[1], next(row for row in rows if row["e_product_id"] == "p1")
    assert (enter["e_name"], enter["e_reason"], second["e_reason"], first["e_name"]) == ("Welcome", "signed_up", None, "Tea")
    assert (float(first["e_unit_price"]), first["e_c_colour"], first["e_taxonomy"], first["a_gdpr"]) == (12.5, "green", None, None)
    assert str(enter["e_journey_id"]) == "1004" and enter["e_product_id"] is None
    assert instant(first["e_timestamp"]) == datetime.fromisoformat("2026-09-01T01:00:00.25+00:00")
    assert instant(enter["a_created_date"]) == datetime.fromisoformat("2025-01-31T10:00:00+00:00")
    assert (enter["a_city"], second["a_city"], second["a_c_shoe_size"], enter["a_email"]) == ("Izmir", "", None, None)
    assert str(enter["a_email_optin"]).lower() == "true" and float(enter["a_c_shoe_size"]) == 42
    assert enter["iid"] == first["iid"] != second["iid"], "attributes are repeated on each row of a person"


def test_the_job_of_version_1(service):
    with Receiver() as receiver:
        taken = ask(service, v1(receiver.url)).json
        job = service.finished_export(taken["id"])
        receiver.wait()
    assert "1 dry-run event was left out" in job["warnings"]
    assert any("a_gdpr" in warning for warning in job["warnings"]), job["warnings"]
    assert (job["rows"], len(job["parts"])) == (5, 1)


def hook_of(service, id, status, timeout=60):
    """The hook of a job, once it stands so."""
    end = time.monotonic() + timeout
    while True:
        hook = service.get(f"/api/v1/exports/{id}").expect().json["hook"]
        if hook["status"] == status:
            return hook
        assert time.monotonic() < end, hook
        time.sleep(0.05)


def test_a_hook_that_fails_first_is_called_again(service):
    with Receiver([500, (302, {}), 503]) as receiver:
        taken = ask(service, v1(receiver.url)).json
        told = receiver.wait(4)
        hook = hook_of(service, taken["id"], "delivered")
    assert hook["attempts"] == 4 and "last_error" not in hook and "next_attempt_at" not in hook
    times = [call["at"] for call in receiver.calls]
    waits = [after - before for before, after in zip(times, times[1:])]
    assert waits[0] >= 0.9 and waits[1] >= 1.8 and waits[2] >= 3.6, waits
    assert all(list(body) == ["url"] for body in told)
    assert {call["headers"]["webhook-id"] for call in receiver.calls} == {taken["id"]}


def test_a_hook_outlives_the_process(data, tmp_path):
    copy = make(tmp_path, PROFILES, EVENTS)
    with Receiver([500]) as receiver:
        with Service(copy, env=QUICK | {"WAYFARE_HOOK_RETRY_SECONDS": "3"}) as running:
            taken = ask(running, v1(receiver.url)).json
            receiver.wait()
            waiting = hook_of(running, taken["id"], "waiting")
            while waiting["attempts"] == 0:
                waiting = hook_of(running, taken["id"], "waiting")
            assert "500" in waiting["last_error"]
            running.kill()
        with Service(copy, env=QUICK) as running:
            receiver.wait(2)
            assert hook_of(running, taken["id"], "delivered")["attempts"] == 2


def test_a_hook_that_hangs_holds_up_nothing(service):
    with Receiver([lambda: time.sleep(20) or 200]) as slow, Receiver() as quick:
        ask(service, v1(slow.url))
        slow.wait()
        start = time.monotonic()
        ask(service, v1(quick.url))
        quick.wait()
        assert time.monotonic() - start < 10


def test_redirects(service):
    with Receiver() as last, Receiver([(307, {"Location": f"{last.url}/there"})]) as first:
        taken = ask(service, v1(first.url)).json
        assert list(last.wait()[0]) == ["url"] and last.calls[0]["path"] == "/there"
        assert hook_of(service, taken["id"], "delivered")["attempts"] == 1


def test_private_addresses_are_refused(tmp_path):
    with Receiver() as receiver, Service(make(tmp_path, PROFILES, EVENTS)) as service:
        port = receiver.server.server_port
        for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "10.1.2.3", "169.254.169.254"]:
            error = ask(service, v1(f"http://{host}:{port}/"), status=400).json["error"]
            assert error.startswith("hook: ") and "private" in error and error.endswith(": bad request")
        values = [{"key": "pid", "operator": "eq", "values_url": f"{receiver.url}/values.csv"}]
        body = v1("https://client.example/")
        body["events"]["wanted"][1]["filters"] = values
        assert "private" in ask(service, body, status=400).json["error"]
        # A name is looked at when it is called: this machine's own leads to an address that is not public.
        try:
            socket.getaddrinfo(socket.gethostname(), port)
        except OSError:
            pytest.skip("this machine's name leads nowhere")
        taken = ask(service, v1(f"http://{socket.gethostname()}:{port}/")).json
        end = time.monotonic() + 60
        hook = hook_of(service, taken["id"], "waiting")
        while hook["attempts"] == 0 and time.monotonic() < end:
            time.sleep(0.05)
            hook = hook_of(service, taken["id"], "waiting")
        assert "private" in hook["last_error"], hook
        assert not receiver.calls


def test_one_a_day(tmp_path):
    with Receiver() as receiver, Service(make(tmp_path, PROFILES, EVENTS), env=QUICK | {"WAYFARE_RAW_EXPORTS_A_DAY": "1"}) as service:
        ask(service, v1(receiver.url, attributes=["nothing"]), status=400)
        ask(service, v1(receiver.url))
        answer = ask(service, v1(receiver.url), status=429)
        assert answer.body == b'{"error":"rejected: too many requests"}'
        assert 0 < int(answer.headers["retry-after"]) <= 86_400


def test_accounts_and_tokens(tmp_path):
    secrets = {"WAYFARE_PASSWORD": "a long password", "WAYFARE_API_KEY": "0123456789abcdef", "WAYFARE_PARTNER_NAME": "mybrand"}
    with Service(make(tmp_path, PROFILES, EVENTS), env=secrets | QUICK) as service:
        name, token = {"X-PARTNER-NAME": "mybrand"}, {"X-REQUEST-TOKEN": "0123456789abcdef"}
        for headers, status, error in [
            (token, 400, "empty partner: bad request"),
            (name, 400, "empty token: bad request"),
            ({"X-PARTNER-NAME": "Mybrand"} | token, 400, "partner name must be lower case: bad request"),
            ({"X-PARTNER-NAME": "other"} | token, 403, "authentication failed: forbidden"),
            (name | {"X-REQUEST-TOKEN": "x"}, 403, "authentication failed: forbidden"),
        ]:
            assert ask(service, v1("https://x.example"), status=status, headers=headers).json == {"error": error}
        ask(service, v1("https://x.example"), headers=name | token)
        assert ask(service, v1("xyz.test.com"), status=400, headers=name | token).json == {"error": "invalid hook: bad request"}


def rows_of(service, receiver, body):
    before = len(receiver.calls)
    ask(service, body)
    url = receiver.wait(before + 1)[-1]["url"]
    return read_v1(url, download(service, url))[1]


def test_values_of_a_file(service):
    with Receiver(files={"/values.csv": b"p1\r\np3\r\n"}) as receiver:
        body = v1(receiver.url)
        filters = [{"key": "pid", "operator": "eq", "values_url": f"{receiver.url}/values.csv"}]
        body["events"]["wanted"] = [{"event_name": "purchase", "params": ["pid"], "filters": filters}]
        assert [row["e_product_id"] for row in rows_of(service, receiver, body)] == ["p1"]
        filters[0]["values_url"] = f"{receiver.url}/missing.csv"
        assert "404" in ask(service, body, status=400).json["error"]


def test_the_old_tree(service):
    def tree(*attrs, condition="and"):
        groups = [{"condition": condition, "attr_filters": [{"attrs": [attr]} for attr in attrs]}]
        return {"sources": ["last"], "main_group": {"condition": "and", "filter_groups": groups}}

    def attr(key, operator, *values):
        return {"key": key, "operator": operator, "values": list(values)}

    with Receiver() as receiver:
        for people, rows in [
            (tree(attr("iid", "ne", "any")), 5),
            (tree(attr("ci", "eq", "Izmir")), 3),
            (tree(attr("c_shoe_size", "gt", 41)), 3),
            (tree(attr("c_shoe_size", "lteq", 41), attr("city", "eq", "Bursa"), condition="or"), 1),
            (tree(attr("city", "ne", "Izmir"), attr("city", "ne", "Bursa")), 1),
        ]:
            assert len(rows_of(service, receiver, v1(receiver.url, vertical=people))) == rows, people
        assert "give one of them" in ask(service, v1(receiver.url, vertical=tree(), segment={"segment_id": 1}), status=400).json["error"]


V2 = {
    "version": 2,
    "events_query": {"from": "2026-09-01T00:00:00Z", "wanted": [{"event_name": "purchase"}]},
    "attributes": ["city", "custom.shoe_size"],
    "events": {"from": "2026-09-01T00:00:00Z", "to": END, "wanted": [
        {"event_name": "journey_entered", "params": ["journey_id", "name"]},
        {"event_name": "purchase", "params": ["product_id", "custom.amount"], "filters": [{"key": "product_id", "operator": "ne", "values": ["p2"]}]}]},
}  # fmt: skip


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_version_2_round_trip(service, tmp_path, format):
    with Receiver() as receiver:
        body = {name: value for name, value in V2.items() if name != "version"} | {"format": format, "webhook": receiver.url}
        taken = ask(service, body, "/api/raw/v2/export", 202).json
        assert set(taken) == {"export_id", "status"}
        (told,) = receiver.wait()
    assert (told["export_id"], told["status"], told["rows"], told["files"]) == (taken["export_id"], "complete", 4, 2)
    status = service.request("GET", f"/api/raw/v2/export/{taken['export_id']}", headers=HEADERS).expect().json
    assert (status["status"], status["progress"]["percent"]) == ("complete", 100)
    names = [f"attributes/part-00001.{format}", f"events/part-00001.{format}"]
    assert [file["file"] for file in status["files"]] == names
    for file in status["files"]:
        path = tmp_path / file["file"]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(download(service, file["url"]))
    (tmp_path / "manifest.json").write_bytes(download(service, told["manifest"]))
    assert wayfare("verify", tmp_path, "--json").expect().json["ok"]
    people, events = (read_table(tmp_path / name) for name in names)
    assert list(people[0]) == ["insider_id", "city", "custom.shoe_size"]
    assert list(events[0]) == ["event_id", "event_name", "timestamp", "insider_id", "journey_id", "name", "product_id", "custom.amount"]
    cities = {row["insider_id"]: row["city"] for row in people}
    joined = [(row["event_name"], row["product_id"], cities[row["insider_id"]]) for row in events]
    assert joined == [("journey_entered", None, "Izmir"), ("purchase", "p1", "Izmir")]


def read_table(path):
    if path.suffix == ".parquet":
        return parquet.read_table(path).to_pylist()
    with open(path, newline="", encoding="utf-8") as lines:
        return [{key: None if cell == "\\N" else cell for key, cell in row.items()} for row in csv.DictReader(lines)]


def test_version_2_on_the_command_line(data, tmp_path):
    copy = make(tmp_path, PROFILES, EVENTS)
    request = tmp_path / "request.json"
    request.write_text(json.dumps(V2 | {"format": "csv", "webhook": "https://ignored.example"}))
    for out in ("one", "two"):
        wayfare("export", "events", "--data", copy, "--request", request, "--output", tmp_path / out, "--max-rows", "1").expect()
        wayfare("verify", tmp_path / out).expect()
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("part-*"))
    assert [str(path) for path in files] == [f"{table}/part-0000{part}.csv" for table in ("attributes", "events") for part in (1, 2)]
    assert all((tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes() for path in files)
    manifest = json.loads((tmp_path / "one/manifest.json").read_text())
    assert [(table["folder"], table["kind"], table["rows"]) for table in manifest["tables"]] == [("attributes", "profiles", 2), ("events", "events", 2)]
    assert "ignored.example" not in json.dumps(manifest)
    (tmp_path / "one/events/part-00002.csv").unlink()
    assert "events/part-00002.csv: is missing" in wayfare("verify", tmp_path / "one").expect(1).out
    (tmp_path / "two/events/part-00009.csv").write_text("x")
    assert "events/part-00009.csv: is not in the manifest" in wayfare("verify", tmp_path / "two").expect(1).out
    refused = json.loads(wayfare("export", "events", "--data", copy, "--request", "-", "--output", tmp_path / "three", "--json",
                                 stdin=json.dumps(V2 | {"format": "csv", "attributes": ["city", "c_shoe_size"]})).expect(2).out)  # fmt: skip
    assert refused["error"]["path"] == "attributes[1]" and '"c_shoe_size"' in refused["error"]["message"]


def test_a_hook_of_the_native_surface(service, tmp_path):
    with Receiver() as receiver:
        body = {"kind": "profiles", "attributes": ["city"], "format": "csv", "hook": receiver.url}
        job = service.post("/api/v1/exports", body).expect(202).json
        (told,) = receiver.wait()
    assert (told["id"], told["status"], told["rows"], told["files"]) == (job["id"], "complete", 3, 1)
    assert download(service, told["url"]).startswith(b"profile_id,city\n")
    assert json.loads(download(service, told["manifest"]))["id"] == job["id"]


def test_names_for_a_request(service):
    events = ask(service, {"table": "events"}, "/api/user/v3/metadata/columns").json
    purchase = next(event for event in events if event["key"] == "purchase")
    assert {"product_id", "name", "c_colour", "c_amount", "timestamp"} <= {param["key"] for param in purchase["params"]}
    contacts = {column["key"]: column["type"] for column in ask(service, {"table": "contacts"}, "/api/user/v3/metadata/columns").json}
    assert contacts["c_shoe_size"] == "number" and contacts["city"] == "string"
