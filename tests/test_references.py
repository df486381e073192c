"""Segments and lists inside of definitions: what they mean, what may not refer to what, and how deep."""

import pytest

from small import World, happened, known

TURKISH = {"attribute": "country", "operator": "equals", "value": "TR"}
BOUGHT = {"event": "buy", "time_range": {"operator": "in_last", "value": 1, "unit": "day"}}


@pytest.fixture
def world(tmp_path):
    profiles = [known(user, country=country) for user, country in zip("abcd", ["TR", "TR", "DE", "DE"], strict=True)]
    events = [happened(user, "buy", "2026-08-31T10:00:00Z", amount=1) for user in "ac"]
    with World(tmp_path, profiles, events) as running:
        yield running


def test_a_segment_of_segments(world):
    turkish, bought = world.save(TURKISH), world.save(BOUGHT)
    both = world.save({"all": [{"segment": turkish}, {"segment": bought}]})
    assert world.who({"segment": turkish}) == "a b"
    assert world.who({"segment": bought}) == "a c"
    assert world.who({"segment": both}) == "a"
    assert world.who({"not": {"segment": both}}) == "b c d"
    # as_of is that of the question, all the way down.
    assert world.who({"segment": both}, as_of="2026-09-01T10:00:00.000001Z") == ""
    change = {"name": "A segment", "definition": {"not": TURKISH}, "version": 1}
    world.service.request("PUT", f"/api/v1/segments/{turkish}", change).expect()
    assert world.who({"segment": both}) == "c"


def test_a_list(world):
    made = world.service.post("/api/v1/lists", {"name": "Two", "user_ids": ["a", "d", "nobody"]}).expect(201).json
    assert (made["size"], made["unknown"]) == (2, 1)
    assert world.who({"list": made["id"]}) == "a d"
    assert world.who({"all": [{"not": {"list": made["id"]}}, TURKISH]}) == "b"


def test_what_is_not_there(world):
    assert world.refused({"all": [{"segment": "seg_1"}]})[0] == "all[0].segment"
    assert world.refused({"not": {"list": "lst_1"}})[0] == "not.list"
    id = world.save(TURKISH)
    # One letter of it is wrong.
    wrong = id[:-1] + ("0" if id[-1] != "0" else "1")
    path, nearest = world.refused({"segment": wrong})
    assert path == "segment" and nearest in (None, id)
    made = world.service.post("/api/v1/lists", {"name": "Two", "user_ids": ["a"]}).expect(201).json
    assert world.refused({"list": id})[0] == "list"
    assert world.refused({"segment": made["id"]})[0] == "segment"
    assert world.refused({"segment": 1})[0] == "segment"


def test_a_cycle_is_refused_where_it_closes(world):
    first = world.save(TURKISH)
    second = world.save({"not": {"segment": first}})
    third = world.save({"all": [BOUGHT, {"segment": second}]})
    for inner, path in [(first, "any[1].segment"), (second, "any[1].segment"), (third, "any[1].segment")]:
        change = {"name": "A segment", "definition": {"any": [BOUGHT, {"segment": inner}]}, "version": 1}
        problem = world.service.request("PUT", f"/api/v1/segments/{first}", change).expect(422).json
        assert (problem["code"], problem.get("path")) == ("refused_definition", path), problem
        assert problem["message"]
    assert world.service.get(f"/api/v1/segments/{first}").expect().json["version"] == 1
    assert world.who({"segment": third}) == "c", "nothing changed"


def test_a_long_chain(world):
    """Each segment refers to the one before it: it is evaluated, or refused with a reason where it is saved."""
    id, length = world.save(TURKISH), 1
    while length < 300:
        body = {"name": f"Link {length}", "definition": {"not": {"segment": id}}}
        answer = world.service.post("/api/v1/segments", body)
        if answer.status == 422:
            assert answer.json["code"] == "refused_definition" and answer.json["message"] and length >= 19
            break
        id, length = answer.expect(201).json["id"], length + 1
        if length in (2, 19, 20, 50, 299):
            assert world.who({"segment": id}) == ("a b" if length % 2 else "c d"), length
    world.service.get("/health/ready").expect()


def test_what_doubles_with_every_segment(world):
    """Each segment names the one before it twice: 2 to the power of the length, written out."""
    id = world.save(TURKISH)
    for _ in range(40):
        body = {"name": "Twice", "definition": {"any": [{"segment": id}, {"all": [{"segment": id}]}]}}
        answer = world.service.post("/api/v1/segments", body)
        if answer.status == 422:
            assert answer.json["message"]
            break
        id = answer.expect(201).json["id"]
    definition = world.service.get(f"/api/v1/segments/{id}").expect().json["definition"]
    assert world.who(definition) == "a b"


def test_an_error_inside_of_a_reference_names_the_reference(world):
    """A sum of numbers is saved; then the parameter becomes one of strings, which have no sum."""
    definition = {"event": "buy", "aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": 1}}
    inner = world.save(definition)
    outer = {"all": [TURKISH, {"segment": inner}]}
    assert world.who(outer) == "a"
    world.service.post("/api/v1/events", happened("a", "buy", "2026-08-30T00:00:00Z", amount="many")).expect()
    assert world.refused(definition)[0] == "aggregate.function"
    assert world.refused(outer)[0] == "all[1].segment"
    assert inner in world.message(outer)
    assert world.refused({"segment": inner})[0] == "segment"
