"""What a definition may not say: refused at its exact place, with the nearest name, alike over both surfaces."""

import json

import pytest

from product import wayfare
from questions import parameter
from small import World, happened, known, segment


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    profiles = [known("ada", country="TR", age=36, vip=True, born="1990-02-28", seen="2026-08-20T10:00:00Z", tags=["a"], sizes=[1])]
    events = [
        happened("ada", "buy", "2026-08-30T10:00:00Z", amount=60, item="x", gift=True, on="2026-08-30", by="2026-08-30T10:00:00Z"),
        happened("ada", "look", "2026-08-31T10:00:00Z", page="/"),
        happened("ada", "journey_enter", "2026-08-31T10:00:00Z", journey_id=1),
    ]
    with World(tmp_path_factory.mktemp("refusals"), profiles, events) as running:
        yield running


def attribute(name, operator, **more):
    return {"attribute": name, "operator": operator} | more


def buy(**more):
    return {"event": "buy"} | more


def mail(**more):
    return {"channel_interaction": {"product": "architect"} | more}


def within(value, unit, **more):
    return buy(time_range={"operator": "in_last", "value": value, "unit": unit} | more)


BUY = {"event": "buy"}
LAST_DAY = {"operator": "in_last", "value": 1, "unit": "day"}


@pytest.mark.parametrize(
    ("definition", "path", "nearest"),
    [
        # Names, with the nearest one.
        ({"evnt": "buy"}, "evnt", "event"),
        ({"event": "by"}, "event", "buy"),
        ({"event": "BUY"}, "event", "buy"),
        ({"all": [{"any": [{"not": {"event": "lok"}}]}]}, "all[0].any[0].not.event", "look"),
        (attribute("contry", "exists"), "attribute", "country"),
        (attribute("emial", "exists"), "attribute", "email"),
        (attribute("country", "start_with", value="T"), "operator", "starts_with"),
        (buy(where=parameter("amont", 1)), "where.parameter", "amount"),
        (buy(where={"all": [parameter("amount", 1), {"not": parameter("itm", "x")}]}), "where.all[1].not.parameter", "item"),
        (buy(aggregate={"function": "summ", "parameter": "amount", "operator": "exactly", "value": 1}), "aggregate.function", "sum"),
        (buy(aggregate={"function": "sum", "parameter": "amonut", "operator": "exactly", "value": 1}), "aggregate.parameter", "amount"),
        (buy(time_ranges=LAST_DAY), "time_ranges", "time_range"),
        (within(1, "dy"), "time_range.unit", "day"),
        ({"journey": {"id": 1, "state": "actve"}}, "journey.state", "active"),
        ({"sequence": [BUY, {"event": "lok"}]}, "sequence[1].event", "look"),
        # A parameter belongs to its own event, and the envelope is no parameter.
        (buy(where=parameter("page", "/")), "where.parameter", None),
        ({"event": "look", "where": parameter("amount", 1)}, "where.parameter", None),
        (buy(where={"parameter": "timestamp", "operator": "exists"}), "where.parameter", None),
        (buy(where={"parameter": "event_id", "operator": "exists"}), "where.parameter", None),
    ],
)
def test_unknown_names(world, definition, path, nearest):
    assert world.refused(definition) == (path, nearest)


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        # Sequences.
        ({"sequence": []}, "sequence"),
        ({"sequence": [buy(times={"operator": "at_least", "value": 2})]}, "sequence[0].times"),
        ({"sequence": [BUY, buy(aggregate={"function": "sum", "parameter": "amount", "operator": "exactly", "value": 1})]}, "sequence[1].aggregate"),
        ({"sequence": [BUY, {"all": []}]}, "sequence[1]"),
        ({"sequence": [{"sequence": [BUY]}]}, "sequence[0]"),
        ({"sequence": [{"not": BUY}]}, "sequence[0]"),
        ({"sequence": [BUY], "within": {"value": 0, "unit": "day"}}, "within.value"),
        ({"sequence": [BUY], "within": {"value": 1.5, "unit": "day"}}, "within.value"),
        ({"sequence": [BUY], "within": {"value": 1}}, "within.unit"),
        ({"sequence": [BUY], "within": 7}, "within"),
        # Calendars and time ranges.
        (within(1, "minute", calendar=True), "time_range.unit"),
        (within(1, "hour", calendar=True), "time_range.unit"),
        (within(1, "day", calendar=1), "time_range.calendar"),
        (within(0, "day"), "time_range.value"),
        (within(-1, "day"), "time_range.value"),
        (within(1.5, "day"), "time_range.value"),
        (within(None, "day"), "time_range.value"),
        (within("x", "day"), "time_range.value"),
        (buy(time_range={"operator": "in_next", "value": 1, "unit": "day"}), "time_range.operator"),
        (buy(time_range={"operator": "before", "value": "2026-09-01"}), "time_range.value"),
        (buy(time_range={"operator": "before", "value": "2026-09-01T00:00:00"}), "time_range.value"),
        (buy(time_range={"operator": "between", "from": "2026-09-01T00:00:00Z"}), "time_range.to"),
        # Values against types.
        (attribute("age", "equals", value=None), "value"),
        (attribute("age", "equals", value=2**53 + 1), "value"),
        (attribute("age", "equals", value=str(2**53 + 1)), "value"),
        (attribute("age", "in", values=[1, 2**53 + 1]), "values[1]"),
        (attribute("age", "in", values=[1, None]), "values[1]"),
        (attribute("age", "equals", value="many"), "value"),
        (attribute("age", "equals", value=True), "value"),
        (attribute("age", "between", **{"from": 1, "to": None}), "to"),
        (attribute("vip", "equals", value="maybe"), "value"),
        (attribute("vip", "greater_than", value=True), "operator"),
        (attribute("vip", "between", **{"from": False, "to": True}), "operator"),
        (attribute("age", "contains", value="3"), "operator"),
        (attribute("age", "in_last", value=1, unit="day"), "operator"),
        (attribute("country", "before", value="TR"), "operator"),
        (attribute("country", "contains_any", values=["TR"]), "operator"),
        (attribute("tags", "equals", value="a"), "operator"),
        (attribute("tags", "starts_with", value="a"), "operator"),
        (attribute("tags", "greater_than", value="a"), "operator"),
        (attribute("sizes", "contains", value="x"), "value"),
        (attribute("born", "equals", value="1990-02-28T00:00:00Z"), "value"),
        (attribute("born", "equals", value="1990-02-30"), "value"),
        (attribute("seen", "equals", value="2026-08-20"), "value"),
        (attribute("born", "in_last", value=1, unit="hour"), "unit"),
        (attribute("born", "in_next", value=1, unit="minute"), "unit"),
        (attribute("born", "in_last", value=0, unit="day"), "value"),
        (attribute("seen", "in_last", value=0, unit="day"), "value"),
        (attribute("age", "equals", value=36, case_insensitive=True), "case_insensitive"),
        (attribute("vip", "equals", value=True, case_insensitive=True), "case_insensitive"),
        (attribute("born", "equals", value="1990-02-28", case_insensitive=True), "case_insensitive"),
        (attribute("country", "equals", values=["TR"]), "values"),
        (attribute("country", "equals"), "value"),
        (attribute("country", "exists", value=1), "value"),
        (buy(where=parameter("gift", "perhaps")), "where.value"),
        (buy(where={"parameter": "gift", "operator": "at_least", "value": True}), "where.operator"),
        (buy(where=parameter("on", "2026-08-30T10:00:00Z")), "where.value"),
        (buy(where=parameter("amount", None)), "where.value"),
        # Times and aggregates.
        (buy(times={"operator": "exactly", "value": -1}), "times.value"),
        (buy(times={"operator": "exactly", "value": 0.5}), "times.value"),
        (buy(times={"operator": "equals", "value": 1}), "times.operator"),
        (buy(times={"operator": "between", "from": 1}), "times.to"),
        (buy(aggregate={"function": "sum", "parameter": "item", "operator": "exactly", "value": 1}), "aggregate.function"),
        (buy(aggregate={"function": "average", "parameter": "by", "operator": "exactly", "value": 1}), "aggregate.function"),
        (buy(aggregate={"function": "sum", "operator": "exactly", "value": 1}), "aggregate.parameter"),
        (buy(aggregate={"function": "first", "parameter": "item", "operator": "starts_with", "value": "x"}), "aggregate.operator"),
        (buy(aggregate={"function": "first", "parameter": "amount", "operator": "exactly", "value": "x"}), "aggregate.value"),
        # Channels.
        (mail(channel="PIGEON"), "channel_interaction.channel"),
        (mail(action="OPEN"), "channel_interaction.action"),
        (mail(channel="SMS", action="OPEN"), "channel_interaction.action"),
        (mail(action=9999), "channel_interaction.action"),
        (mail(product="mail"), "channel_interaction.product"),
        ({"channel_interaction": {"channel": "EM"}}, "channel_interaction.product"),
        (mail(journey_id="x"), "channel_interaction.journey_id"),
        # Forms.
        ({"journey": {"id": 1}}, "journey.state"),
        ({"journey": {"state": "active"}}, "journey.id"),
        ({"journey": {"id": "x", "state": "active"}}, "journey.id"),
        ({}, ""),
        ({"all": {}}, "all"),
        ({"all": [], "any": []}, "any"),
        ({"all": [[]]}, "all[0]"),
        ({"not": []}, "not"),
        ({"event": "buy", "where": []}, "where"),
        ({"all": [], "comment": "x"}, "comment"),
        (buy(value=1), "value"),
    ],
)  # fmt: skip
def test_refused_at(world, definition, path):
    assert world.refused(definition)[0] == path


def test_ints_up_to_two_to_the_53(world):
    for value in (2**53, str(2**53), -(2**53)):
        assert world.who(attribute("age", "less_than", value=value)) in ("ada", "")
    assert world.who(attribute("age", "equals", value="36")) == "ada"
    assert world.who(attribute("age", "equals", value=36.0)) == "ada"
    assert world.who(attribute("country", "not_equals", value=42)) == "ada"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "01", "+1", ".5", "0x10"])
def test_numbers_that_json_has_not(world, number):
    text = f'{{"attribute": "age", "operator": "at_least", "value": {number}}}'
    error = segment("count", world.data, text, "--json").expect(2).json["error"]
    assert error["message"]
    answer = world.service.request("POST", "/api/v1/segments/count", f'{{"definition": {text}}}', {"Content-Type": "application/json"})
    assert answer.status in (400, 422) and answer.json["code"] in ("unreadable_json", "refused_definition"), answer


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-inf", "1e999", "", " 1", "1_000", "0x10", "١"])
def test_numbers_as_text(world, number):
    assert world.refused(attribute("age", "at_least", value=number))[0] == "value"
    assert world.refused(buy(where=parameter("amount", number)))[0] == "where.value"
    assert world.refused(buy(aggregate={"function": "sum", "parameter": "amount", "operator": "at_least", "value": number}))[0] == "aggregate.value"


def test_a_saved_definition_is_refused_alike(world):
    for command in (["segment", "save"], ["list", "create"]):
        run = wayfare(*command, "--data", world.data, "--name", "x", "--definition", "-", "--json", stdin=json.dumps({"event": "by"})).expect(2)
        assert run.json["error"]["message"]
    for path in ("/api/v1/segments", "/api/v1/lists"):
        problem = world.service.post(path, {"name": "x", "definition": {"any": [{"event": "by"}]}}).expect(422).json
        assert (problem["path"], problem["nearest"]) == ("any[0].event", "buy"), path
    for path in ("members", "explain", "plan", "breakdown"):
        more = {"explain": {"profile_id": world.profile_id("ada")}, "breakdown": {"by": {"attribute": "country"}}}.get(path, {})
        body = {"definition": {"any": [{"event": "by"}]}} | more
        problem = world.service.post(f"/api/v1/segments/{path}", body).expect(422).json
        assert (problem["code"], problem["path"], problem["nearest"]) == ("refused_definition", "any[0].event", "buy"), path


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"as_of": "yesterday"}, "as_of"),
        ({"as_of": "2026-09-01T00:00:00"}, "as_of"),
        ({"as_of": 5}, "as_of"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"as_off": None}, "as_off"),
        ({"conditions": "yes"}, "conditions"),
    ],
)
def test_requests_around_a_definition(world, more, path):
    answer = world.service.post("/api/v1/segments/count", {"definition": {"all": []}} | more)
    assert answer.status in (400, 422) and answer.json["path"] == path, answer
