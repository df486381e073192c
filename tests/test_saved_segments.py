"""Saved segments and lists over their lives, by HTTP and on the command line, and what is kept of them."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest

from product import Service, wayfare
from small import happened, known, make
from test_service import SECRETS, problem

TURKISH = {"attribute": "country", "operator": "equals", "value": "TR"}
GERMAN = {"attribute": "country", "operator": "equals", "value": "DE"}
BOUGHT = {"event": "buy"}


@pytest.fixture
def data(tmp_path):
    profiles = [known(user, country=country) for user, country in zip("abcd", ["TR", "TR", "DE", "DE"], strict=True)]
    return make(tmp_path, profiles, [happened(user, "buy", "2026-08-31T10:00:00Z") for user in "ac"])


@pytest.fixture
def service(data):
    with Service(data) as running:
        yield running


def save(service, name="Turkish", definition=TURKISH):
    return service.post("/api/v1/segments", {"name": name, "definition": definition}).expect(201).json


def change(service, id, version, name="Changed", definition=GERMAN):
    body = {"name": name, "definition": definition, "version": version}
    return service.request("PUT", f"/api/v1/segments/{id}", body)


def remove(service, path):
    return service.request("DELETE", f"/api/v1/{path}")


def counted(service, definition):
    return service.post("/api/v1/segments/count", {"definition": definition}).expect().json["count"]


def cli(data, *arguments, code=0, stdin=None):
    """A command with `--json`; gives what it says."""
    run = wayfare(*arguments, "--data", data, "--json", stdin=None if stdin is None else json.dumps(stdin)).expect(code)
    return json.loads(run.out) if run.out else None


def just_now(text):
    return abs(datetime.now(UTC) - datetime.fromisoformat(text)) < timedelta(minutes=2)


def test_a_segment_over_its_life(service):
    first = save(service, name="  Turkish ")
    id = first["id"]
    assert re.fullmatch(r"seg_[0-9a-z]+", id)
    assert (first["name"], first["version"], first["definition"], first["used_by"]) == ("Turkish", 1, TURKISH, [])
    assert first["words"] and first["changed_by"] and just_now(first["changed_at"])
    assert service.get(f"/api/v1/segments/{id}").expect().json == first

    second = change(service, id, 1, "German").expect().json
    assert (second["id"], second["name"], second["version"], second["definition"]) == (id, "German", 2, GERMAN)
    assert second["words"] != first["words"] and second["changed_at"] >= first["changed_at"]
    versions = service.get(f"/api/v1/segments/{id}/versions").expect().json["versions"]
    assert [(of["version"], of["name"], of["definition"]) for of in versions] == [(2, "German", GERMAN), (1, "Turkish", TURKISH)]
    assert versions[1]["changed_at"] == first["changed_at"], "when and by whom stays with each version"
    assert all(of["changed_by"] for of in versions)

    assert remove(service, f"segments/{id}").status == 204
    problem(service.get(f"/api/v1/segments/{id}"), 404)
    problem(change(service, id, 2), 404)
    problem(remove(service, f"segments/{id}"), 404)
    assert service.get("/api/v1/segments").expect().json["segments"] == []
    assert {of["version"] for of in service.get(f"/api/v1/segments/{id}/versions").expect().json["versions"]} >= {1, 2}
    refused = problem(service.post("/api/v1/segments/count", {"definition": {"segment": id}}), 422)
    assert refused["path"] == "segment"


def test_who_was_first(service):
    id = save(service)["id"]
    change(service, id, 1, "First").expect()
    late = problem(change(service, id, 1, "Late"), 409)
    assert late["code"] == "conflict" and "2" in late["detail"]
    problem(change(service, id, 7, "From the future"), 409)
    kept = service.get(f"/api/v1/segments/{id}").expect().json
    assert (kept["version"], kept["name"]) == (2, "First")


def test_many_change_at_once(service):
    """Of those who start from one version exactly one gets through."""
    id, statuses = save(service)["id"], []
    for version in range(1, 6):
        together = threading.Barrier(8)

        def one(number, version=version, together=together):
            together.wait()
            statuses.append((version, change(service, id, version, f"By {number}").status))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for version in range(1, 6):
        assert sorted(status for of, status in statuses if of == version) == [200] + [409] * 7
    assert len(service.get(f"/api/v1/segments/{id}/versions").expect().json["versions"]) == 6


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "   "}, {"name": "x" * 201}, {"name": None}, {"name": 5}, {"nam": "x"}])
def test_what_a_name_must_be(service, body):
    answer = service.post("/api/v1/segments", {"name": "x", "definition": TURKISH} | body if body else {"definition": TURKISH})
    assert answer.status in (400, 422) and answer.json["code"] in ("invalid_request", "unreadable_json"), answer
    assert service.get("/api/v1/segments").expect().json["segments"] == []


def test_names_that_are_awkward(service):
    names = ["ü" * 200, "'; DROP TABLE segments; --", "<script>", "same", "same", "😀"]
    ids = [save(service, name)["id"] for name in names]
    assert len(set(ids)) == len(names)
    shown = service.get("/api/v1/segments").expect().json["segments"]
    assert sorted(of["name"] for of in shown) == sorted(names)


def test_used_by_others(service):
    inner = save(service)["id"]
    outer = save(service, "Not Turkish", {"not": {"segment": inner}})["id"]
    twice = save(service, "Twice", {"any": [{"segment": inner}, {"all": [{"segment": inner}]}]})["id"]
    assert counted(service, {"segment": outer}) == 2
    assert sorted(service.get(f"/api/v1/segments/{inner}").expect().json["used_by"]) == sorted([outer, twice])
    kept = problem(remove(service, f"segments/{inner}"), 409)
    assert outer in kept["detail"] and twice in kept["detail"]
    assert service.get(f"/api/v1/segments/{inner}").expect().json["version"] == 1
    # The newest version of a reference counts, and older versions use nothing.
    change(service, outer, 1, definition=BOUGHT).expect()
    assert service.get(f"/api/v1/segments/{inner}").expect().json["used_by"] == [twice]
    assert remove(service, f"segments/{twice}").status == 204
    assert remove(service, f"segments/{inner}").status == 204


def test_a_list_of_ids(service):
    made = service.post("/api/v1/lists", {"name": "Some", "user_ids": ["a", "a", "c", "A", "nobody"]}).expect(201).json
    assert (made["size"], made["unknown"], made["name"]) == (2, 2, "Some")
    assert re.fullmatch(r"lst_[0-9a-z]+", made["id"]) and made["made_by"] and just_now(made["made_at"])
    assert counted(service, {"list": made["id"]}) == 2
    service.post("/api/v1/profiles", [{"user_id": "nobody", "attributes": {"country": "FR"}}]).expect()
    assert counted(service, {"list": made["id"]}) == 2, "it was written down once"
    empty = service.post("/api/v1/lists", {"name": "None", "user_ids": []}).expect(201).json
    assert counted(service, {"list": empty["id"]}) == 0


def test_a_list_of_whom_a_definition_means(service):
    inner = save(service)["id"]
    made = service.post("/api/v1/lists", {"name": "Turkish", "definition": {"segment": inner}}).expect(201).json
    assert made["size"] == 2 and made["made_from"]
    service.post("/api/v1/profiles", [{"user_id": "e", "attributes": {"country": "TR"}}]).expect()
    change(service, inner, 1).expect()
    assert counted(service, {"segment": inner}) == 2
    assert counted(service, {"all": [{"list": made["id"]}, TURKISH]}) == 2
    assert counted(service, {"all": [{"not": {"list": made["id"]}}, TURKISH]}) == 1
    assert remove(service, f"segments/{inner}").status == 204, "a list needs no segment any more"
    assert counted(service, {"list": made["id"]}) == 2


def test_a_list_that_is_used(service):
    made = service.post("/api/v1/lists", {"name": "Some", "user_ids": ["a"]}).expect(201).json
    user = save(service, "On it", {"not": {"list": made["id"]}})["id"]
    kept = problem(remove(service, f"lists/{made['id']}"), 409)
    assert user in kept["detail"]
    remove(service, f"segments/{user}").expect(204)
    remove(service, f"lists/{made['id']}").expect(204)
    problem(remove(service, f"lists/{made['id']}"), 404)
    assert service.get("/api/v1/lists").expect().json["lists"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "x", "user_ids": ["a"], "definition": {"all": []}},
        {"name": "", "user_ids": ["a"]},
        {"name": "x", "user_ids": "a"},
        {"name": "x", "user_ids": [1]},
        {"name": "x", "user_ids": [None]},
        {"name": "x", "definition": []},
    ],
)
def test_lists_that_are_none(service, body):
    answer = service.post("/api/v1/lists", body)
    assert answer.status in (400, 422) and answer.json["detail"], answer
    assert service.get("/api/v1/lists").expect().json["lists"] == []


def test_on_the_command_line(data):
    """The same life, by commands."""
    first = cli(data, "segment", "save", "--name", "Turkish", "--definition", "-", stdin=TURKISH)
    id = first["id"]
    assert (first["version"], first["changed_by"], first["definition"]) == (1, "command line", TURKISH)
    outer = cli(data, "segment", "save", "--name", "Outer", "--definition", "-", stdin={"not": {"segment": id}})["id"]
    changing = ["segment", "save", "--name", "German", "--definition", "-", "--id", id, "--version", "1"]
    assert cli(data, *changing, stdin=GERMAN)["version"] == 2
    assert cli(data, *changing, code=2, stdin=TURKISH)["error"]["message"]
    assert cli(data, "segment", "save", "--name", "x", "--definition", "-", "--id", "seg_1", "--version", "1", code=2, stdin=TURKISH)["error"]
    assert cli(data, "segment", "show", id)["used_by"] == [outer]
    assert [of["version"] for of in cli(data, "segment", "versions", id)["versions"]] == [2, 1]
    assert {of["id"] for of in cli(data, "segment", "list")["segments"]} == {id, outer}
    assert cli(data, "segment", "count", "--definition", "-", stdin={"segment": outer})["count"] == 2
    assert outer in cli(data, "segment", "remove", id, code=2)["error"]["message"]
    circle = ["segment", "save", "--name", "x", "--definition", "-", "--id", id, "--version", "2"]
    assert cli(data, *circle, code=2, stdin={"any": [BOUGHT, {"segment": outer}]})["error"]["path"] == "any[1].segment"
    cli(data, "segment", "remove", outer)
    cli(data, "segment", "remove", id)
    assert cli(data, "segment", "list")["segments"] == []
    cli(data, "segment", "show", id, code=2)


def test_lists_on_the_command_line(data, tmp_path):
    csv = tmp_path / "winners.csv"
    csv.write_bytes('﻿place,customer\r\n1,"a"\r\n2,c\r\n3,c\r\n4,\r\n5,"no,body"\r\n'.encode())
    made = cli(data, "list", "create", "--name", "Winners", "--csv", csv, "--column", "customer")
    assert (made["size"], made["unknown"]) == (2, 1), made
    assert cli(data, "segment", "count", "--definition", "-", stdin={"list": made["id"]})["count"] == 2
    other = cli(data, "list", "create", "--name", "Turkish", "--definition", "-", stdin=TURKISH)
    assert other["size"] == 2
    assert [of["name"] for of in cli(data, "list", "list")["lists"]] == ["Turkish", "Winners"]
    user = cli(data, "segment", "save", "--name", "On it", "--definition", "-", stdin={"list": made["id"]})["id"]
    assert user in cli(data, "list", "remove", made["id"], code=2)["error"]["message"]
    cli(data, "segment", "remove", user)
    cli(data, "list", "remove", made["id"])
    cli(data, "list", "remove", made["id"], code=2)


@pytest.mark.parametrize("text", ["", "user_id\n", "id\na\n", "user_id\n\x00\n", None])
def test_csv_files_of_lists(data, tmp_path, text):
    """A file that is missing or lacks the column is refused; one without ids makes an empty list or is refused."""
    path = tmp_path / "ids.csv"
    if text is not None:
        path.write_text(text)
    run = wayfare("list", "create", "--data", data, "--name", "x", "--csv", path)
    assert "panicked" not in run.err
    if text in ("user_id\n", "user_id\n\x00\n") and run.code == 0:
        assert [of["size"] for of in cli(data, "list", "list")["lists"]] == [0]
    else:
        assert run.code in (1, 2) and run.err, run
        assert cli(data, "list", "list")["lists"] == []


def test_a_csv_file_with_the_column_twice(data, tmp_path):
    """Which one is meant is anybody's guess, so nothing is guessed; imports refuse such a file too."""
    path = tmp_path / "ids.csv"
    path.write_text("user_id,user_id\na,b\n")
    assert "user_id" in cli(data, "list", "create", "--name", "x", "--csv", path, code=2)["error"]["message"]
    assert cli(data, "list", "list")["lists"] == []


def test_a_csv_file_with_an_open_quote(data, tmp_path):
    """A quote that is never closed swallows all rows after it: no list is made of what is left."""
    path = tmp_path / "ids.csv"
    path.write_text('user_id\na\n"b\nc\nd\n')
    assert cli(data, "list", "create", "--name", "x", "--csv", path, code=2)["error"]["message"]
    assert cli(data, "list", "list")["lists"] == []


def test_beside_a_service(data, service):
    id = save(service)["id"]
    made = service.post("/api/v1/lists", {"name": "Some", "user_ids": ["a"]}).expect(201).json["id"]
    service.post("/api/v1/profiles", [{"user_id": "e", "attributes": {"country": "TR"}}]).expect()
    assert cli(data, "segment", "count", "--definition", "-", stdin={"segment": id})["count"] == 3
    assert cli(data, "segment", "show", id)["name"] == "Turkish"
    assert [of["id"] for of in cli(data, "list", "list")["lists"]] == [made]
    assert cli(data, "segment", "validate", "--definition", "-", stdin={"list": made})["valid"] is True
    for command in [
        ["segment", "save", "--name", "x", "--definition", "-"],
        ["segment", "remove", id],
        ["list", "create", "--name", "x", "--definition", "-"],
        ["list", "remove", made],
    ]:
        assert "in use" in cli(data, *command, code=2, stdin=TURKISH)["error"]["message"], command
    assert len(service.get("/api/v1/segments").expect().json["segments"]) == 1


def test_a_restart_keeps_all(data):
    def everything(service):
        kept = {path: service.get(f"/api/v1/{path}").expect().json for path in ("segments", "lists")}
        ids = [of["id"] for of in kept["segments"]["segments"]]
        kept["versions"] = [service.get(f"/api/v1/segments/{id}/versions").expect().json for id in ids]
        kept["counts"] = [counted(service, {"segment": id}) for id in ids]
        kept["on lists"] = [counted(service, {"list": of["id"]}) for of in kept["lists"]["lists"]]
        return kept

    first = Service(data)
    id = save(first)["id"]
    change(first, id, 1).expect()
    save(first, "Outer", {"not": {"segment": id}})
    gone = save(first, "Gone")["id"]
    remove(first, f"segments/{gone}").expect(204)
    first.post("/api/v1/lists", {"name": "Some", "user_ids": ["a", "b", "c"]}).expect(201)
    before = everything(first)
    first.kill()  # Not asked, but killed: what was answered is kept.
    with Service(data) as again:
        assert everything(again) == before
        assert before["counts"] == [2, 2] and before["on lists"] == [3]


def test_who_changed_it_is_told(data):
    """With sign-in there are two who may write: the key and the password."""
    with Service(data, env=SECRETS) as service:
        key = {"Authorization": f"Bearer {SECRETS['WAYFARE_API_KEY']}"}
        problem(service.post("/api/v1/segments", {"name": "x", "definition": TURKISH}), 401)
        by_key = service.post("/api/v1/segments", {"name": "x", "definition": TURKISH}, **key).expect(201).json
        session = service.post("/api/v1/sign-in", {"password": SECRETS["WAYFARE_PASSWORD"]}).headers["set-cookie"].split(";")[0]
        body = {"name": "x", "definition": GERMAN, "version": 1}
        by_person = service.request("PUT", f"/api/v1/segments/{by_key['id']}", body, {"Cookie": session}).expect().json
        assert by_key["changed_by"] and by_person["changed_by"] and by_key["changed_by"] != by_person["changed_by"]
