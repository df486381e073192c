"""Why somebody is meant or not: node by node, with what decided, the same by HTTP and on the command line."""

import json

import pytest

from product import AS_OF, Service, members, wayfare
from questions import parameter
from small import World, happened, known, segment

TURKISH = {"attribute": "country", "operator": "equals", "value": "TR"}
BUY, LOOK = {"event": "buy"}, {"event": "look"}
DAY = {"operator": "in_last", "value": 1, "unit": "day"}
DAY_WORDS = {"from": "2026-08-31T00:00:00Z", "until": "2026-09-01T00:00:00Z"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    def journey(what, hour, **params):
        return happened("ada", f"journey_{what}", f"2026-08-20T{hour:02}:00:00Z", journey_id=7, pass_id="p", **params)

    profiles = [known("ada", country="TR", tags=["a", "b"]), known("bob", country="DE"), known("cem")]
    events = [
        happened("ada", "buy", "2026-08-30T10:00:00Z", amount=60, item="x"),
        happened("ada", "buy", "2026-08-31T10:00:00Z", amount=40.5, item="y"),
        happened("ada", "look", "2026-08-31T09:00:00Z"),
        happened("bob", "look", "2026-08-01T09:00:00Z"),
        happened("bob", "buy", "2026-09-01T00:00:00Z", amount=1000),
        journey("enter", 1),
        journey("product_action", 2, channel_code="EM", action_code=1),
        journey("exit", 3, exit_reason="goal"),
    ]
    with World(tmp_path_factory.mktemp("explain"), profiles, events) as running:
        yield running


def explained(world, definition, user):
    """The explanation of a definition for a user; both surfaces must agree, and with who is meant."""
    body = {"definition": definition, "profile_id": world.profile_id(user), "as_of": world.as_of}
    answer = world.service.post("/api/v1/segments/explain", body).expect().json
    assert answer["as_of"] == world.as_of and isinstance(answer["position"], int)
    run = segment("explain", world.data, definition, "--user-id", user, "--json", as_of=world.as_of).expect()
    assert run.json == answer | {"profile_id": body["profile_id"]}
    root = answer["explanation"]
    check_shape(root)
    ids = segment("members", world.data, definition, "--id", "user_id", as_of=world.as_of).expect().out.split()
    assert root["holds"] == (user in ids), root
    return root


def check_shape(node):
    """Every node has its place, its words, whether it holds and what decided."""
    assert set(node) - {"parts"} == {"path", "words", "holds", "because"}
    assert isinstance(node["path"], str) and node["words"] and node["holds"] in (True, False) and node["because"]["kind"]
    for part in node.get("parts", []):
        check_shape(part)


def test_parts(world):
    root = explained(world, {"all": [{"any": [TURKISH, BUY]}, {"not": LOOK}]}, "ada")
    assert (root["path"], root["holds"]) == ("", False)
    assert [(part["path"], part["holds"]) for part in root["parts"]] == [("all[0]", True), ("all[1]", False)]
    assert [(part["path"], part["holds"]) for part in root["parts"][0]["parts"]] == [("all[0].any[0]", True), ("all[0].any[1]", True)]
    assert [(part["path"], part["holds"]) for part in root["parts"][1]["parts"]] == [("all[1].not", True)]
    assert explained(world, {"all": []}, "cem")["holds"] is True
    assert explained(world, {"any": []}, "cem")["holds"] is False


@pytest.mark.parametrize(
    ("definition", "user", "holds", "value"),
    [
        (TURKISH, "ada", True, "TR"),
        (TURKISH, "bob", False, "DE"),
        (TURKISH, "cem", False, None),
        ({"attribute": "country", "operator": "not_equals", "value": "TR"}, "cem", True, None),
        ({"attribute": "country", "operator": "not_exists"}, "bob", False, "DE"),
        ({"attribute": "user_id", "operator": "equals", "value": "bob"}, "bob", True, "bob"),
        ({"attribute": "email", "operator": "exists"}, "bob", False, None),
    ],
)
def test_attributes(world, definition, user, holds, value):
    root = explained(world, definition, user)
    assert (root["holds"], root["because"]) == (holds, {"kind": "value", "value": value})


def test_an_array(world):
    root = explained(world, {"attribute": "tags", "operator": "contains", "value": "b"}, "ada")
    assert root["holds"] and "a" in root["because"]["value"] and "b" in root["because"]["value"]


@pytest.mark.parametrize(
    ("definition", "user", "holds", "times"),
    [
        (BUY, "ada", True, ["2026-08-31T10:00:00Z", "2026-08-30T10:00:00Z"]),
        (BUY, "bob", False, []),
        (BUY | {"time_range": DAY}, "ada", True, ["2026-08-31T10:00:00Z"]),
        (BUY | {"where": parameter("item", "x")}, "ada", True, ["2026-08-30T10:00:00Z"]),
        (BUY | {"where": parameter("item", "z")}, "ada", False, []),
        (BUY | {"times": {"operator": "exactly", "value": 0}}, "cem", True, []),
        (BUY | {"times": {"operator": "at_most", "value": 1}}, "ada", False, ["2026-08-31T10:00:00Z", "2026-08-30T10:00:00Z"]),
        ({"channel_interaction": {"product": "architect", "channel": "EM", "action": "SEND"}}, "ada", True, ["2026-08-20T02:00:00Z"]),
        ({"channel_interaction": {"product": "architect", "channel": "EM", "action": "VIEW"}}, "ada", False, []),
    ],
)
def test_events(world, definition, user, holds, times):
    """How many there are, and the events themselves, the newest first."""
    because = (root := explained(world, definition, user))["because"]
    assert (root["holds"], because["kind"], because["found"]) == (holds, "events", len(times))
    assert [event["timestamp"] for event in because["newest"]] == times
    assert because["until"] == world.as_of


def test_the_parameters_of_an_event(world):
    shown = explained(world, BUY, "ada")["because"]["newest"][0]
    assert dict(shown["params"]) == {"amount": "40.5", "item": "y"} and shown["position"] >= 0


def test_absence_has_a_range(world):
    """Nothing was found, and it is said from when until when was looked."""
    never = explained(world, {"not": LOOK | {"time_range": DAY}}, "bob")
    assert never["holds"] is True
    because = never["parts"][0]["because"]
    assert because == {"kind": "events", "found": 0, "newest": []} | DAY_WORDS
    none = explained(world, LOOK | {"time_range": DAY, "times": {"operator": "exactly", "value": 0}}, "bob")
    assert none["holds"] is True and none["because"] == because
    ever = explained(world, LOOK | {"times": {"operator": "exactly", "value": 0}}, "cem")
    assert ever["because"] == {"kind": "events", "found": 0, "newest": [], "from": None, "until": world.as_of}
    between = {"operator": "between", "from": "2026-08-02T00:00:00Z", "to": "2026-08-03T00:00:00Z"}
    bounded = explained(world, LOOK | {"time_range": between}, "bob")["because"]
    assert (bounded["from"], bounded["until"]) == (between["from"], between["to"])
    said = segment("explain", world.data, LOOK | {"time_range": DAY}, "--user-id", "bob", as_of=world.as_of).expect().out
    assert DAY_WORDS["from"] in said and DAY_WORDS["until"] in said


@pytest.mark.parametrize("user", ["ada", "cem"])
def test_aggregates(world, user):
    """The value that was held against the bound decided; where there is none, nothing did."""
    node = BUY | {"aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": 100}}
    root = explained(world, node, user)
    assert (root["holds"], root["because"]["found"]) == ((True, 2) if user == "ada" else (False, 0))
    assert ("100.5" in str(root["because"])) == (user == "ada"), "the sum is told"


@pytest.mark.parametrize(("first", "then", "holds"), [("look", "buy", True), ("buy", "look", True), ("look", "look", False)])
def test_sequences(world, first, then, holds):
    root = explained(world, {"sequence": [{"event": first}, {"event": then}]}, "ada")
    numbers = {"buy": 2, "look": 1}
    assert (root["holds"], root["because"]["kind"], root["because"]["found"]) == (holds, "steps", [numbers[first], numbers[then]])


def test_the_events_of_a_sequence(world):
    """The events that decided: look at 9 and buy at 10 on the 31st."""
    root = explained(world, {"sequence": [LOOK, BUY], "within": {"value": 2, "unit": "hour"}}, "ada")
    assert root["holds"] and all(f"2026-08-31T{hour}:00:00Z" in str(root) for hour in ("09", "10")), root


@pytest.mark.parametrize(("user", "state"), [("ada", "completed"), ("bob", "never_entered")])
def test_journeys(world, user, state):
    for asked in ("active", "completed", "exited", "never_entered"):
        root = explained(world, {"journey": {"id": 7, "state": asked}}, user)
        assert (root["holds"], root["because"]["kind"], root["because"]["state"]) == (asked == state, "journey", state)


def test_the_events_of_a_journey(world):
    """The exit that decided."""
    root = explained(world, {"journey": {"id": 7, "state": "completed"}}, "ada")
    assert "2026-08-20T03:00:00Z" in str(root), root


def test_references(world):
    inner = world.save({"all": [TURKISH, BUY]})
    made = world.service.post("/api/v1/lists", {"name": "Some", "user_ids": ["ada"]}).expect(201).json["id"]
    for user, holds in [("ada", True), ("bob", False)]:
        root = explained(world, {"any": [{"segment": inner}, {"list": made}]}, user)
        of_segment, of_list = root["parts"]
        assert (of_segment["holds"], of_segment["because"]["kind"]) == (holds, "segment")
        assert [part["holds"] for part in of_segment["parts"][0]["parts"]] == [holds, holds], "inside of it too"
        assert (of_list["holds"], of_list["because"]["kind"]) == (holds, "list")


def test_whom_nobody_knows(world):
    for flag, value in [("--user-id", "ADA"), ("--profile-id", "pro_0000000zzzzzz"), ("--email", "x@example.com"), ("--phone-number", "1")]:
        assert segment("explain", world.data, BUY, flag, value, "--json").expect(2).json["error"]["message"]
    for id in ("pro_0000000zzzzzz", "ada", ""):
        assert world.service.post("/api/v1/segments/explain", {"definition": BUY, "profile_id": id}).status in (404, 422)
    segment("explain", world.data, BUY).expect(2)


DEMO = {
    "all of three": {
        "all": [
            {"attribute": "gender", "operator": "equals", "value": "F"},
            {"attribute": "member_since", "operator": "after", "value": "2017-01-01"},
            {"event": "purchase", "times": {"operator": "at_least", "value": 2}},
        ]
    },
    "spent 20 in a day": {
        "event": "purchase",
        "time_range": {"operator": "in_last", "value": 1, "unit": "day", "calendar": True},
        "aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": 20},
    },
    "entered, then bought": {"sequence": [{"event": "journey_enter"}, {"event": "purchase"}], "within": {"value": 12, "unit": "hour"}},
    "active in 1004": {"journey": {"id": 1004, "state": "active"}},
    "sent, not seen": {
        "all": [
            {"channel_interaction": {"product": "architect", "action": "SEND"}},
            {"not": {"channel_interaction": {"product": "architect", "action": "VIEW"}, "time_range": DAY}},
        ]
    },
    "no income": {"attribute": "income", "operator": "not_exists"},
}


def test_agrees_with_who_is_meant(demo_copy, draw):
    """For some of those who are meant and some who are not, by every definition; all definitions in one question."""
    meant = {name: set(members(demo_copy, definition)) for name, definition in DEMO.items()}
    everyone = members(demo_copy, {"all": []})
    asked = set(draw.sample(everyone, 20))
    for ids in meant.values():
        assert 10 < len(ids) < len(everyone)
        asked |= set(draw.sample(sorted(ids), 10)) | set(draw.sample(sorted(set(everyone) - ids), 10))
    with Service(demo_copy) as service:
        for id in sorted(asked):
            body = {"definition": {"any": list(DEMO.values())}, "profile_id": id, "as_of": AS_OF}
            parts = service.post("/api/v1/segments/explain", body).expect().json["explanation"]["parts"]
            assert [part["holds"] for part in parts] == [id in ids for ids in meant.values()], id


def test_the_two_evaluators_agree(demo_data, tmp_path):
    """The one that explains against the one that counts, over profiles taken at random."""
    arguments = ["segment", "check", "--data", demo_data, "--sample", 100, "--as-of", AS_OF, "--json"]
    for number, definition in enumerate(DEMO.values()):
        from_file = tmp_path / f"{number}.json"
        from_file.write_text(json.dumps(definition))
        arguments += ["--definition", from_file]
    told = wayfare(*arguments).expect().json
    assert told["agree"] is True and told["comparisons"] == 100 * len(DEMO) and told["differences"] == []
