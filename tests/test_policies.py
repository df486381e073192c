"""API keys and their policies from outside: what two keys see in every format, what they are refused, what is written down."""

import json
import re
import signal
import sqlite3
import time

import pytest

from product import Service, wayfare
from readers import openpyxl_xlsx, pyarrow_arrow, pyarrow_parquet, python_csv, python_json
from rows import write_ndjson
from small import happened, make

SECRETS = {"WAYFARE_API_KEY": "a key of this test", "WAYFARE_PASSWORD": "a password of this test"}
FULL = {"Authorization": f"Bearer {SECRETS['WAYFARE_API_KEY']}"}
READERS = {"csv": python_csv, "ndjson": python_json, "parquet": pyarrow_parquet, "arrow": pyarrow_arrow, "xlsx": openpyxl_xlsx}
PEOPLE = 40
CITIES = ["Ankara"] * 25 + ["Bursa"] * 10 + [f"Hamlet{number}" for number in range(5)]

POLICY = {
    "rules": [
        {"column": "email", "do": "hash"},
        {"column": "phone_number", "do": "mask", "keep_last": 2},
        {"column": "birthday", "do": "coarsen", "to": "month"},
        {"column": "postcode", "do": "coarsen", "to": "district"},
        {"column": "income", "do": "coarsen", "to": 1000},
        {"column": "city", "do": "group", "of": 11},
        {"column": "purchase.amount", "do": "drop"},
        {"column": "*.ip", "do": "drop"},
        {"column": "tags", "do": "hash"},
        {"column": "*.pass_id", "do": "hash"},
        {"column": "*.message_id", "do": "hash"},
    ],
    "minimum_group": 3,
}  # fmt: skip


def person(number):
    """One of the people; what of them is nobody else's has their number in it."""
    return {
        "user_id": f"u{number}",
        "identifiers": {"email": f"ann{number:03}@mail.example", "phone_number": f"+9055500{number:03}"},
        "attributes": {
            "birthday": f"19{40 + number}-05-{2 + number % 20:02}", "postcode": f"SW{number:02}A 1AA", "income": 5_000_000_007 + number * 10,
            "city": CITIES[number], "tags": [f"tag{number:03}x", "all"], "gender": "F" if number % 4 else "M",
        },
    }  # fmt: skip


def events():
    """What everybody did."""
    for number in range(PEOPLE):
        user = f"u{number}"
        yield happened(user, "purchase", "2026-08-01T10:00:00Z", amount=9000.25 + number, ip=f"10.9.8.{number}", item="tea")
        passing = {"journey_id": 1004, "journey_name": "Welcome", "pass_id": f"pass{number:03}x"}
        yield happened(user, "journey_enter", "2026-08-02T10:00:00Z", **passing)
        action = {"campaign_id": 1, "channel_code": "EM", "action_code": 1, "message_id": f"message{number:03}x"}
        yield happened(user, "journey_product_action", "2026-08-02T11:00:00Z", **passing, **action)


def secrets(number):
    """What must stand in no file of a key with the policy."""
    row = person(number)
    attributes = row["attributes"]
    return [
        *row["identifiers"].values(), attributes["birthday"], attributes["postcode"], str(attributes["income"]),
        attributes["tags"][0], f"{9000.25 + number}", f"10.9.8.{number}", f"pass{number:03}x", f"message{number:03}x",
    ]  # fmt: skip


BODIES = {
    "people": {"kind": "profiles", "attributes": ["*"]},
    "purchases": {"kind": "events", "attributes": ["email", "city"], "events": {"wanted": [{"event_name": "purchase", "params": ["amount", "ip", "item"]}]}},
    "passes": {"kind": "passes", "attributes": ["email"]},
    "messages": {"kind": "messages", "attributes": ["email", "income"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "vault"
    wayfare("vault", "new", file).expect()
    return file


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make(tmp_path_factory.mktemp("policies"), map(person, range(PEOPLE)), events())


@pytest.fixture(scope="module")
def env(vault):
    return SECRETS | {"WAYFARE_VAULT_KEYS": str(vault)}


@pytest.fixture(scope="module")
def service(data, env):
    with Service(data, env=env) as running:
        yield running


class Key:
    """An API key, by which a service is asked."""

    def __init__(self, service, name, policy=None, headers=FULL):
        body = {"name": name} | ({"policy": policy} if policy else {})
        self.made = service.post("/api/v1/keys", body, **headers).expect(201).json
        self.service, self.id, self.secret = service, self.made["id"], self.made["secret"]

    def request(self, method, path, body=None, **headers):
        return self.service.request(method, path, body, {"Authorization": f"Bearer {self.secret}"} | headers)

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body=None):
        return self.request("POST", path, body)

    def export(self, body):
        """A job of its own, once it is over."""
        return self.finished(self.post("/api/v1/exports", body).expect(202).json["id"])

    def finished(self, id):
        """A job, once it is over."""
        end = time.monotonic() + 120
        while (job := self.get(f"/api/v1/exports/{id}").expect().json)["status"] in ("queued", "running"):
            assert time.monotonic() < end, job
            time.sleep(0.05)
        return job

    def files(self, job, folder):
        """Brings all files of a job; gives the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        names = ["manifest.json", "dictionary.json"] + [part["file"] for part in job["parts"]]
        for name in names:
            (folder / name).write_bytes(self.get(f"/api/v1/exports/{job['id']}/files/{name}").expect().body)
        return folder


@pytest.fixture(scope="module")
def agency(service):
    return Key(service, "Agency", POLICY)


@pytest.fixture(scope="module")
def partner(service):
    return Key(service, "Partner", POLICY)


def everything(folder):
    """All cells of all files as text, and the texts beside them."""
    said = []
    for path in folder.rglob("*"):
        reader = READERS.get(path.suffix[1:])
        if reader:
            said += [json.dumps(row, default=str) for row in reader(path)]
        if path.suffix in (".json", ".csv", ".ndjson"):
            said.append(path.read_text())
    return "\n".join(said)


@pytest.mark.parametrize("format", READERS)
@pytest.mark.parametrize("name", BODIES)
def test_what_is_hidden_stands_in_no_file(agency, tmp_path, name, format):
    job = agency.export(BODIES[name] | {"format": format})
    assert job["status"] == "complete", job
    folder = agency.files(job, tmp_path / "out")
    said = everything(folder)
    found = [secret for number in range(PEOPLE) for secret in secrets(number) if secret in said]
    assert not found, found
    assert "Welcome" in said or "tea" in said or "Ankara" in said, "the rest is there"
    wayfare("verify", folder).expect()


def test_cells_are_what_the_policy_says(agency, tmp_path):
    names = ["user_id", "email", "phone_number", "birthday", "postcode", "income", "city", "gender"]
    job = agency.export({"kind": "profiles", "attributes": names, "format": "ndjson"})
    rows = {row["user_id"]: row for row in python_json(agency.files(job, tmp_path / "out") / "part-00001.ndjson")}
    assert len(rows) == PEOPLE and len({row["email"] for row in rows.values()}) == PEOPLE
    for number in range(PEOPLE):
        known, row = person(number), rows[f"u{number}"]
        assert re.fullmatch("[0-9a-f]{64}", row["email"])
        assert row["phone_number"] == "+" + "*" * 8 + known["identifiers"]["phone_number"][-2:]
        assert row["birthday"] == known["attributes"]["birthday"][:8] + "01"
        assert row["postcode"] == known["attributes"]["postcode"].split()[0]
        assert row["income"] == known["attributes"]["income"] // 1000 * 1000
        assert row["city"] == ("Ankara" if number < 25 else None), "the others are fewer than eleven"
        assert row["gender"] == known["attributes"]["gender"]


def test_hashes_are_those_of_their_key(agency, partner, service, tmp_path):
    body = {"kind": "profiles", "attributes": ["user_id", "email"], "columns": ["user_id", "email"], "format": "csv"}

    def hashes(key, folder, body=body):
        rows = python_csv(next(key.files(key.export(body), tmp_path / folder).glob("part-*")))
        return [row["email"] for row in rows]

    first = hashes(agency, "a")
    assert hashes(agency, "b") == first, "the same value is the same hash"
    theirs = hashes(partner, "c")
    assert len(theirs) == len(first) and not set(theirs) & set(first), "another key has hashes of its own"
    preview = agency.post("/api/v1/exports/preview", body).expect().json
    assert [row[1] for row in preview["sample"]] == first[:20]
    of_events = BODIES["purchases"] | {"format": "csv", "columns": ["email"]}
    assert set(hashes(agency, "d", of_events)) == set(first), "on other rows, too"
    agency.service.post(f"/api/v1/keys/{agency.id}/rotate-secret", None, **FULL)
    agency.get("/api/v1/exports").expect(401)
    renewed = service.post(f"/api/v1/keys/{agency.id}/rotate-secret", None, **FULL).expect().json
    assert renewed["id"] == agency.id and renewed["hint"] == renewed["secret"][:8] + "…"
    agency.secret = renewed["secret"]
    assert hashes(agency, "e") == first, "another secret, the same hashes"


def test_preview_manifest_and_job_tell_of_it(agency, tmp_path):
    body = BODIES["purchases"] | {"format": "csv"}
    preview = agency.post("/api/v1/exports/preview", body).expect().json
    names = [column["name"] for column in preview["columns"]]
    assert names == ["event_id", "event", "timestamp", "profile_id", "position", "item", "email", "city"]
    assert not any(secret in json.dumps(preview) for number in range(PEOPLE) for secret in secrets(number))
    left_out = [f"column `{name}` is left out: the policy of the API key says so" for name in ("amount", "ip")]
    assert [told for told in preview["warnings"] if "left out" in told] == left_out
    job = agency.export(body)
    assert [told for told in job["warnings"] if "left out" in told] == left_out
    assert job["requested_by"] == f"API key Agency ({agency.id})"
    folder = agency.files(job, tmp_path / "out")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["policy"] == {
        "key": agency.id, "name": "Agency", "otherwise": "keep", "minimum_group": 3,
        "columns": [
            {"column": "purchase.amount", "do": "drop"}, {"column": "purchase.ip", "do": "drop"},
            {"column": "email", "do": "hash"}, {"column": "city", "do": "group", "of": 11},
        ],
    }  # fmt: skip
    assert manifest["request"]["policy"]["rules"] == POLICY["rules"]
    dictionary = json.loads((folder / "dictionary.json").read_text())
    assert [column["name"] for column in dictionary["columns"]] == names
    described = {column["name"]: column["description"] for column in dictionary["columns"]}
    assert "hashed" in described["email"] and "fewer than 11" in described["city"]


def test_too_few_people(agency, service):
    def of(count):
        any_of = [{"attribute": "user_id", "operator": "equals", "value": f"u{number}"} for number in range(count)]
        return {"any": any_of}

    for count, is_shown in [(0, False), (2, False), (3, True)]:
        answer = agency.post("/api/v1/segments/count", {"definition": of(count)})
        assert (answer.status == 200) == is_shown, answer.body
        for body in BODIES.values():
            asked = body | {"format": "csv", "definition": of(count)}
            answer = agency.post("/api/v1/exports/preview", asked)
            assert (answer.status == 200) == is_shown, answer.body
            if not is_shown:
                assert answer.status == 422 and answer.json["message"].startswith("fewer than 3 people")
                job = agency.export(asked)
                assert job["status"] == "failed" and job["error"].startswith("fewer than 3 people"), job
                assert "rows_expected" not in job["progress"], job
    service.post("/api/v1/segments/count", {"definition": of(2)}, **FULL).expect()
    # Whom it does not mean, an answer tells with how many there are in all.
    for count, is_shown in [(2, False), (3, True)]:
        answer = agency.post("/api/v1/segments/count", {"definition": {"not": of(count)}})
        assert (answer.status == 200) == is_shown, answer.body


def test_questions_that_would_tell(agency, service):
    saved = {"name": "Late", "definition": {"attribute": "birthday", "operator": "after", "value": "1970-01-01"}}
    saved = service.post("/api/v1/segments", saved, **FULL).expect(201).json["id"]
    listed = service.post("/api/v1/lists", {"name": "Some", "user_ids": ["u1", "u2", "u3"]}, **FULL).expect(201).json["id"]
    shown = {"attribute": "gender", "operator": "equals", "value": "M"}
    agency.post("/api/v1/segments/count", {"definition": shown}).expect()
    for definition, path in [
        ({"attribute": "email", "operator": "starts_with", "value": "a"}, "attribute"),
        ({"all": [shown, {"not": {"attribute": "city", "operator": "exists"}}]}, "all[1].not.attribute"),
        ({"any": [{"segment": saved}]}, "any[0].segment"),
        ({"list": listed}, "list"),
        ({"event": "purchase", "where": {"parameter": "amount", "operator": "at_least", "value": 1}}, "where.parameter"),
        ({"event": "purchase", "aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": 1}}, "aggregate.parameter"),
    ]:  # fmt: skip
        for address, body in [
            ("/api/v1/segments/count", {}), ("/api/v1/exports", {"kind": "profiles", "format": "csv"}),
            ("/api/v1/exports/preview", {"kind": "profiles", "format": "csv"}),
        ]:  # fmt: skip
            problem = agency.post(address, body | {"definition": definition}).expect(422).json
            assert (problem["code"], problem["path"]) == ("refused_definition", path), problem
    wanted = {"event_name": "purchase", "filters": [{"key": "ip", "operator": "eq", "values": ["10.9.8.1"]}]}
    body = {"kind": "events", "format": "csv", "events": {"wanted": [wanted]}}
    assert agency.post("/api/v1/exports", body).expect(422).json["path"] == "events.wanted[0].filters[0].key"
    computed = {"name": "spent", "event": "purchase", "measure": "sum", "parameter": "amount"}
    body = {"kind": "profiles", "format": "csv", "computed": [computed]}
    assert agency.post("/api/v1/exports", body).expect(422).json["path"] == "computed[0].parameter"
    assert agency.post("/api/v1/exports", body | {"computed": [], "policy": {}}).expect(422).json["path"] == "policy"


def test_what_is_dropped_is_not_suggested(service):
    policy = {"rules": [{"column": "income", "do": "drop"}, {"column": "*.amount", "do": "drop"}]}
    key = Key(service, "Curious", policy)
    misspelled = {"attribute": "incomme", "operator": "exists"}
    bought = {"event": "purchase", "where": {"parameter": "amuont", "operator": "exists"}}
    profiles = {"kind": "profiles", "format": "csv"}
    wanted = {"kind": "events", "format": "csv", "events": {"wanted": [{"event_name": "purchase", "params": ["amuont"]}]}}
    for address, body in [
        ("/api/v1/segments/count", {"definition": misspelled}), ("/api/v1/segments/count", {"definition": bought}),
        ("/api/v1/exports", profiles | {"definition": misspelled}), ("/api/v1/exports", profiles | {"attributes": ["incomme"]}),
        ("/api/v1/exports/preview", wanted),
    ]:  # fmt: skip
        hidden = key.post(address, body).expect(422)
        assert b"did you mean" not in hidden.body and hidden.json.get("nearest") is None, hidden.body
        assert service.post(address, body, **FULL).expect(422).json["nearest"] in ("income", "amount")


#: All that a key with a policy may ask for of the native API, beside what everybody may.
ALLOWED = {
    "GET /api/v1/about", "POST /api/v1/exports", "GET /api/v1/exports", "POST /api/v1/exports/preview",
    "GET /api/v1/exports/{id}", "POST /api/v1/exports/{id}/cancel", "POST /api/v1/exports/{id}/retry",
    "POST /api/v1/exports/{id}/link", "POST /api/v1/exports/{id}/revoke-links", "GET /api/v1/exports/{id}/manifest",
    "GET /api/v1/exports/{id}/files/{file}", "POST /api/v1/exports/{id}/verify", "GET /api/v1/exports/{id}/dictionary",
    "GET /api/v1/dictionary", "POST /api/v1/segments/count", "GET /api/v1/journeys",
}  # fmt: skip


def test_every_other_address_is_forbidden(agency, service):
    document = service.get("/api/openapi.json").expect().json
    walked = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            name = f"{method.upper()} {path}"
            # What asks for nothing is everybody's; the raw surfaces have headers of their own.
            if operation.get("security") == [{}] or path.startswith(("/api/raw/", "/api/user/")):
                continue
            body = {} if "requestBody" in operation else None
            answer = agency.request(method.upper(), path.replace("{", "x").replace("}", "x"), body)
            if name in ALLOWED:
                assert answer.status not in (401, 403), f"{name}: {answer.body}"
            else:
                assert (answer.status, answer.json["code"]) == (403, "forbidden"), f"{name}: {answer.body}"
                walked += 1
    assert walked > 50, walked


def test_jobs_of_others_are_not_there(agency, partner, service):
    body = {"kind": "profiles", "format": "csv"}
    mine, theirs = agency.export(body)["id"], partner.export(body)["id"]
    listed = [job["id"] for job in agency.get("/api/v1/exports?limit=500").expect().json["exports"]]
    assert mine in listed and theirs not in listed
    first = agency.get("/api/v1/exports?limit=1").expect().json
    more = agency.get(f"/api/v1/exports?limit=500&cursor={first['next_cursor']}").expect().json["exports"]
    assert [first["exports"][0]["id"]] + [job["id"] for job in more] == listed
    for method, rest in [
        ("GET", ""), ("POST", "/cancel"), ("POST", "/retry"), ("POST", "/link"), ("POST", "/revoke-links"), ("GET", "/manifest"),
        ("GET", "/files/part-00001.csv"), ("POST", "/verify"), ("GET", "/dictionary"),
    ]:  # fmt: skip
        agency.request(method, f"/api/v1/exports/{theirs}{rest}").expect(404)
    assert agency.post(f"/api/v1/exports/{mine}/verify").expect().json["ok"]
    both = {job["id"] for job in service.get("/api/v1/exports?limit=500", **FULL).expect().json["exports"]}
    assert {mine, theirs} <= both


def test_raw_exports(agency, service, tmp_path):
    headers = {"X-PARTNER-NAME": "mybrand", "X-REQUEST-TOKEN": agency.secret}
    body = {
        "attributes": ["email", "custom.income", "insider_id"], "format": "csv",
        "events": {
            "from": "2026-08-01T00:00:00Z", "to": "2026-09-01T00:00:00Z",
            "wanted": [{"event_name": "purchase", "params": ["custom.amount", "custom.item"]}],
        },
    }  # fmt: skip
    id = service.post("/api/raw/v2/export", body, **headers).expect(202).json["export_id"]
    job = agency.finished(id)
    assert job["status"] == "complete", job
    assert service.get(f"/api/raw/v2/export/{id}", **headers).expect().json["status"] == "complete"
    texts = [agency.get(f"/api/v1/exports/{id}/files/{part['file'].replace('/', '%2F')}").expect().body.decode() for part in job["parts"]]
    assert [text.splitlines()[0] for text in texts] == ["insider_id,email,custom.income", "event_id,event_name,timestamp,insider_id,custom.item"]
    assert not any(secret in text for text in texts for number in range(PEOPLE) for secret in secrets(number))
    assert service.get(f"/api/raw/v2/export/{id}", **headers | {"X-REQUEST-TOKEN": "wfk_x"}).status == 403
    columns = service.post("/api/user/v3/metadata/columns", {"table": "events"}, **headers).expect().json
    purchase = next(event for event in columns if event["key"] == "purchase")
    assert {column["key"] for column in purchase["params"]} == {"timestamp", "c_item"}


def test_a_chain_of_what_is_new(service, tmp_path):
    policy = {"rules": [{"column": "source_user_id", "do": "hash"}, {"column": "profile_id", "do": "drop"}]}
    key = Key(service, "Chained", policy)
    wanted = {"wanted": [{"event_name": "purchase", "params": ["item"]}]}
    body = {"kind": "events", "format": "csv", "events": wanted}
    folders, after = [], {"from": 0, "to": 60}
    for name in ["first", "second"]:
        job = key.export(body | {"positions": after})
        assert job["status"] == "complete", job
        folders.append(key.files(job, tmp_path / name))
        after = {"after": job["id"]}
    rows = [row for folder in folders for row in python_csv(folder / "part-00001.csv")]
    assert len(rows) == PEOPLE and set(rows[0]) == {"event_id", "event", "timestamp", "position", "source_user_id", "item"}
    assert all(re.fullmatch("[0-9a-f]{64}", row["source_user_id"]) for row in rows)
    wayfare("verify", *folders).expect()
    hidden = Key(service, "Without positions", {"rules": [{"column": "position", "do": "drop"}]})
    problem = hidden.post("/api/v1/exports", body | {"positions": {"from": 0}}).expect(422).json
    assert problem["path"] == "positions"


def test_through_a_crash_and_against_the_data(env, tmp_path):
    own = make(tmp_path, map(person, range(PEOPLE)), events())
    with Service(own, env=env) as service:
        key = Key(service, "Agency", POLICY)
        job = key.export({"kind": "profiles", "attributes": ["*"], "format": "csv"})
        expected = key.files(job, tmp_path / "out")
        waiting = key.post("/api/v1/exports", BODIES["purchases"] | {"format": "csv", "max_rows": 7}).expect(202).json["id"]
        service.kill(signal.SIGKILL)
    with Service(own, env=env) as service:
        key.service = service
        # The policy is looser by now; what was asked for before is not.
        loose = {"name": "Agency", "policy": {"rules": [{"column": "gender", "do": "hash"}]}, "revision": 1}
        service.request("PUT", f"/api/v1/keys/{key.id}", loose, FULL).expect()
        job = key.finished(waiting)
        assert job["status"] == "complete" and len(job["parts"]) == 6, job
        purchases = key.files(job, tmp_path / "purchases")
        said = everything(purchases)
        assert not any(secret in said for number in range(PEOPLE) for secret in secrets(number))
        wayfare("verify", expected, purchases, "--against", own, env=env).expect()
        run = wayfare("verify", expected, "--against", own).expect(1)
        assert "hashed columns cannot be made again" in run.out
    kept = sqlite3.connect(own / "wayfare.db")
    assert key.secret not in "\n".join(kept.iterdump())
    # Another key of the vault opens the same.
    vault = tmp_path / "vault"
    vault.write_bytes(open(env["WAYFARE_VAULT_KEYS"], "rb").read())
    moved = env | {"WAYFARE_VAULT_KEYS": str(vault)}
    with Service(own, env=moved) as service:
        endpoint = service.post("/api/v1/webhooks/endpoints", {"url": "https://x.example/in"}, **FULL).expect(201).json
    told = wayfare("vault", "rotate", vault, "--data", own, "--json", env=moved).expect().json
    assert told["sealed"] == 2, "the key of hashes and the secret of the endpoint"
    assert vault.read_text().count("wayfare-vault-") == 1
    wayfare("verify", expected, "--against", own, env=moved).expect()
    with Service(own, env=moved) as service:
        assert "cannot be opened" not in service.said()
        path = f"/api/v1/webhooks/endpoints/{endpoint['endpoint']['id']}/rotate-secret"
        service.post(path, {}, **FULL).expect()
        # Without its key nothing more is hashed.
        key.service = service
        change = {"name": "Agency", "policy": POLICY, "revision": 2}
        service.request("PUT", f"/api/v1/keys/{key.id}", change, FULL).expect()
        again = key.export({"kind": "profiles", "attributes": ["*"], "format": "csv"})
        assert key.files(again, tmp_path / "again").joinpath("part-00001.csv").read_bytes() == (expected / "part-00001.csv").read_bytes()
        service.request("DELETE", f"/api/v1/keys/{key.id}", headers=FULL).expect(204)
        key.get("/api/v1/exports").expect(401)
    run = wayfare("verify", expected, "--against", own, env=moved).expect(1)
    assert key.id in run.out


def test_the_audit_tells_of_keys(service):
    key = Key(service, "Audited", POLICY)
    # Left out, a policy does not go away.
    refused = service.request("PUT", f"/api/v1/keys/{key.id}", {"name": "Renamed", "revision": 1}, FULL).expect(422)
    assert "policy" in refused.json["detail"]
    service.request("PUT", f"/api/v1/keys/{key.id}", {"name": "Renamed", "policy": None, "disabled": True, "revision": 1}, FULL).expect()
    key.get("/api/v1/exports").expect(401)
    service.request("PUT", f"/api/v1/keys/{key.id}", {"name": "Renamed", "policy": None, "revision": 1}, FULL).expect(409)
    service.request("PUT", f"/api/v1/keys/{key.id}", {"name": "Renamed", "policy": POLICY, "revision": 2}, FULL).expect()
    job = key.export({"kind": "profiles", "format": "csv"})
    key.get(f"/api/v1/exports/{job['id']}/files/part-00001.csv").expect()
    service.post(f"/api/v1/keys/{key.id}/rotate-secret", None, **FULL).expect()
    service.request("DELETE", f"/api/v1/keys/{key.id}", headers=FULL).expect(204)
    entries = service.get(f"/api/v1/audit?subject={key.id}", **FULL).expect().json["entries"]
    assert [entry["deed"] for entry in entries] == [
        "key.removed", "key.secret_rotated", "key.changed", "key.changed", "key.created",
    ]  # fmt: skip
    assert entries[-1]["detail"]["policy"]["rules"] == POLICY["rules"] and key.secret not in json.dumps(entries)
    of_job = service.get(f"/api/v1/audit?subject={job['id']}", **FULL).expect().json["entries"]
    sent = next(entry for entry in of_job if entry["deed"] == "file.downloaded")
    assert sent["who"] == f"API key Renamed ({key.id})"
    service.get("/api/v1/audit?deed=key.created", **FULL).expect()


def test_on_the_command_line(service, env, tmp_path):
    at = ["--server", f"http://{service.host}:{service.port}"]
    as_admin = {"WAYFARE_API_KEY": SECRETS["WAYFARE_API_KEY"]}
    policy = write_ndjson(tmp_path / "policy.json", [POLICY])
    made = wayfare("key", "create", "From the shell", "--policy", policy, "--json", *at, env=as_admin).expect().json
    lines = wayfare("key", "show", made["id"], *at, env=as_admin).expect().out.splitlines()
    assert "phone_number: mask but the last 2" in lines and "city: group of 11 people" in lines
    assert "rows are of 3 people at the least" in lines and made["secret"] not in "".join(lines)
    listed = wayfare("key", "list", *at, env=as_admin).expect().out
    assert f"{made['id']}  {made['hint']}  From the shell, with a policy" in listed
    out = tmp_path / "out"
    wayfare("export", "profiles", "--attributes", "email,gender", "--output", out, *at, env={"WAYFARE_API_KEY": made["secret"]}).expect()
    assert "mail.example" not in everything(out)
    wayfare("verify", out).expect()
    refused = wayfare("key", "list", *at, env={"WAYFARE_API_KEY": made["secret"]}).expect(2)
    assert "managed by people" in refused.err
    renamed = wayfare("key", "change", made["id"], "--name", "Renamed", "--disable", "--json", *at, env=as_admin).expect().json
    assert (renamed["name"], renamed["disabled"], renamed["policy"]) == ("Renamed", True, made["policy"])
    wayfare("key", "change", made["id"], "--enable", "--no-policy", *at, env=as_admin).expect()
    rotated = wayfare("key", "rotate-secret", made["id"], "--json", *at, env=as_admin).expect().json
    assert rotated["secret"] != made["secret"] and "policy" not in rotated
    wayfare("key", "remove", made["id"], *at, env=as_admin).expect()
    assert "There is no API key" in wayfare("key", "show", made["id"], *at, env=as_admin).expect(2).err
    bad = tmp_path / "bad.json"
    bad.write_text('{"rules": [{"column": "email", "do": "guess"}]}')
    told = wayfare("key", "create", "x", "--policy", bad, *at, env=as_admin).expect(2).err
    assert "policy.rules[0].do" in told


def test_hashes_take_a_vault(tmp_path):
    with Service(make(tmp_path, map(person, range(3)), [])) as service:
        body = {"name": "x", "policy": {"rules": [{"column": "email", "do": "hash"}]}}
        problem = service.post("/api/v1/keys", body).expect(409).json
        assert "wayfare vault new" in problem["detail"]
        masked = {"name": "x", "policy": {"rules": [{"column": "email", "do": "mask"}]}}
        key = service.post("/api/v1/keys", masked).expect(201).json
        # Where nobody signs in, a request with a named key is that key.
        service.get("/api/v1/segments", Authorization=f"Bearer {key['secret']}").expect(403)
        service.get("/api/v1/segments", Authorization="Bearer anything").expect()
        raw = {"X-PARTNER-NAME": "mybrand", "X-REQUEST-TOKEN": key["secret"]}
        columns = service.post("/api/user/v3/metadata/columns", {"table": "contacts"}, **raw).expect().json
        assert "email" in {column["key"] for column in columns}, "masked is shown"

