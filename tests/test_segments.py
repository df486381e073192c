"""Every kind of node over data small enough to know each answer by heart, over both surfaces."""

import pytest

from questions import parameter
from small import World, happened, known

BERLIN = "Europe/Berlin"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """People with attributes of every type, and what they bought."""
    profiles = [
        known("ada", country="TR", age=36, vip=True, born="1990-02-28", seen="2026-08-20T10:00:00Z", tags=["a", "b"], note="Straße"),
        known("bob", country="tr", age=40, vip=False, born="1992-02-29", seen="2026-08-31T23:59:59.999999Z", tags=["b"], note="STRASSE"),
        known("cem", country="DE", age=40.5, born="2000-09-03", tags=[], note="ΣΑΣ"),
        known("dan", note="", seen="2026-09-02T00:00:00Z"),
        {"user_id": "eva", "identifiers": {"email": "Eva@Example.com", "phone_number": "+491"}, "attributes": {"note": "σας"}},
    ]
    events = [
        happened("ada", "buy", "2026-08-30T10:00:00Z", amount=60, item="x"),
        happened("ada", "buy", "2026-08-31T10:00:00Z", amount=40, item="y"),
        happened("bob", "buy", "2026-08-31T12:00:00Z", amount=99.5, item="x"),
        happened("bob", "buy", "2026-08-31T12:00:00Z", item="x"),
        happened("cem", "buy", "2026-07-01T00:00:00Z", item="z"),
        happened("fay", "buy", "2026-09-01T00:00:00Z", amount=500, item="x"),
        happened("dan", "look", "2026-08-31T00:00:00Z", page="/"),
        happened("dan", "look", "2026-08-31T00:00:01Z", page="/sale", is_dry_run=True),
        happened("eva", "look", "2026-08-31T00:00:01Z", page="/sale", is_dry_run=1),
    ]
    with World(tmp_path_factory.mktemp("shop"), profiles, events) as world:
        yield world


EVERYONE = "ada bob cem dan eva fay"


def attribute(name, operator, **more):
    return {"attribute": name, "operator": operator} | more


@pytest.mark.parametrize(
    ("definition", "who"),
    [
        ({"all": []}, EVERYONE),
        ({"any": []}, ""),
        ({"not": {"all": []}}, ""),
        ({"all": [{"any": [{"event": "buy"}, {"event": "look"}]}, {"not": {"event": "look"}}]}, "ada bob cem"),
        (attribute("country", "equals", value="TR"), "ada"),
        (attribute("country", "equals", value="TR", case_insensitive=True), "ada bob"),
        (attribute("country", "not_equals", value="TR"), "bob cem dan eva fay"),
        (attribute("country", "in", values=["TR", "DE"]), "ada cem"),
        (attribute("country", "in", values=[]), ""),
        (attribute("country", "not_in", values=[]), EVERYONE),
        (attribute("country", "contains", value="t", case_insensitive=True), "ada bob"),
        (attribute("country", "starts_with", value="T"), "ada"),
        (attribute("country", "ends_with", value="r"), "bob"),
        (attribute("country", "greater_than", value="TR"), "bob"),
        (attribute("country", "between", **{"from": "DE", "to": "TR"}), "ada cem"),
        (attribute("note", "exists"), "ada bob cem dan eva"),
        (attribute("note", "not_exists"), "fay"),
        (attribute("note", "equals", value=""), "dan"),
        (attribute("age", "at_least", value=40), "bob cem"),
        (attribute("age", "greater_than", value="40"), "cem"),
        (attribute("age", "at_most", value=40), "ada bob"),
        (attribute("age", "between", **{"from": 36, "to": 40}), "ada bob"),
        (attribute("age", "between", **{"from": 40, "to": 36}), ""),
        (attribute("vip", "equals", value=True), "ada"),
        (attribute("vip", "not_equals", value=True), "bob cem dan eva fay"),
        (attribute("tags", "contains", value="b"), "ada bob"),
        (attribute("tags", "not_contains", value="b"), "cem dan eva fay"),
        (attribute("tags", "contains_any", values=["a", "z"]), "ada"),
        (attribute("tags", "contains_all", values=["a", "b"]), "ada"),
        (attribute("tags", "exists"), "ada bob cem"),
        (attribute("email", "exists"), "eva"),
        (attribute("email", "equals", value="eva@example.com", case_insensitive=True), "eva"),
        (attribute("phone_number", "starts_with", value="+49"), "eva"),
        (attribute("user_id", "in", values=["ada", "nobody"]), "ada"),
    ],
)
def test_attributes(shop, definition, who):
    assert shop.who(definition) == who


@pytest.mark.parametrize(
    ("definition", "who"),
    [
        # Simple folding: ß is not ss, ẞ is ß, the final sigma is a sigma.
        (attribute("note", "equals", value="STRAẞE", case_insensitive=True), "ada"),
        (attribute("note", "equals", value="strasse", case_insensitive=True), "bob"),
        (attribute("note", "starts_with", value="strA", case_insensitive=True), "ada bob"),
        (attribute("note", "contains", value="σΑς", case_insensitive=True), "cem eva"),
        (attribute("note", "ends_with", value="Σ", case_insensitive=True), "cem eva"),
        (attribute("note", "in", values=["ςας", "sTRASSE"], case_insensitive=True), "bob cem eva"),
        (attribute("note", "not_in", values=["ςας", "sTRASSE"], case_insensitive=True), "ada dan fay"),
        (attribute("note", "equals", value="ΣΑΣ"), "cem"),
        (attribute("country", "between", case_insensitive=True, **{"from": "de", "to": "TR"}), "ada bob cem"),
        (attribute("country", "greater_than", case_insensitive=True, value="DF"), "ada bob"),
    ],
)
def test_folding(shop, definition, who):
    assert shop.who(definition) == who


@pytest.mark.parametrize(
    ("definition", "who"),
    [
        (attribute("born", "equals", value="1990-02-28"), "ada"),
        (attribute("born", "before", value="1992-02-29"), "ada"),
        (attribute("born", "after", value="1992-02-29"), "bob cem"),
        (attribute("born", "greater_than", value="1992-02-29"), "cem"),
        (attribute("seen", "equals", value="2026-08-20T12:00:00+02:00"), "ada"),
        (attribute("seen", "before", value="2026-09-01T00:00:00Z"), "ada bob"),
        (attribute("seen", "after", value="2026-09-02T00:00:00Z"), "dan"),
        (attribute("seen", "in_last", value=12, unit="day"), "ada bob"),
        (attribute("seen", "in_last", value=1, unit="minute"), "bob"),
        (attribute("seen", "in_next", value=24, unit="hour"), ""),
        (attribute("seen", "in_next", value=25, unit="hour"), "dan"),
        # On dates: today and the days around it, in local days. 1 September 2026, so 1, 2, 3 are three days.
        (attribute("born", "anniversary_in_next", value=3, unit="day"), "cem"),
        (attribute("born", "anniversary_in_next", value=2, unit="day"), ""),
    ],
)
def test_dates(shop, definition, who):
    assert shop.who(definition) == who


def test_anniversaries(shop):
    soon = attribute("born", "anniversary_in_next", value=1, unit="day")
    for day, who in [("2026-02-27", ""), ("2026-02-28", "ada bob"), ("2026-03-01", ""), ("2028-02-28", "ada"), ("2028-02-29", "bob")]:
        assert shop.who(soon, as_of=f"{day}T12:00:00Z") == who, day
    # The 28th begins at 23:00 UTC of the 27th in Berlin; nobody has an anniversary in the year of the date itself.
    assert shop.who(soon, as_of="2026-02-27T23:00:00Z", timezone=BERLIN) == "ada bob"
    assert shop.who(soon, as_of="2000-09-03T12:00:00Z") == ""
    assert shop.who(soon, as_of="2001-09-03T12:00:00Z") == "cem"


def summed(function, operator, value, parameter="amount", **more):
    return {"event": "buy", "aggregate": {"function": function, "parameter": parameter, "operator": operator, "value": value}} | more


X = parameter("item", "x")


@pytest.mark.parametrize(
    ("definition", "who"),
    [
        ({"event": "buy"}, "ada bob cem"),
        ({"event": "buy", "times": {"operator": "at_least", "value": 2}}, "ada bob"),
        ({"event": "buy", "times": {"operator": "exactly", "value": 0}}, "dan eva fay"),
        ({"event": "buy", "times": {"operator": "at_most", "value": 1}}, "cem dan eva fay"),
        ({"event": "buy", "times": {"operator": "between", "from": 0, "to": 1}}, "cem dan eva fay"),
        ({"event": "buy", "times": {"operator": "between", "from": 2, "to": 1}}, ""),
        ({"event": "buy", "where": X}, "ada bob"),
        ({"event": "buy", "where": X, "times": {"operator": "exactly", "value": 1}}, "ada"),
        ({"event": "buy", "where": {"not": X}}, "ada cem"),
        ({"event": "buy", "where": {"any": [X, parameter("item", "z")]}}, "ada bob cem"),
        ({"event": "buy", "where": {"all": [X, {"parameter": "amount", "operator": "not_exists"}]}}, "bob"),
        ({"event": "buy", "where": {"parameter": "amount", "operator": "not_equals", "value": 60}}, "ada bob cem"),
        (summed("sum", "at_least", 100), "ada"),
        (summed("sum", "exactly", 99.5), "bob"),
        (summed("sum", "at_most", 1000), "ada bob"),
        (summed("average", "exactly", 50), "ada"),
        (summed("minimum", "at_most", 40), "ada"),
        (summed("maximum", "at_least", 99.5), "bob"),
        (summed("distinct_count", "exactly", 1, "item"), "bob cem"),
        (summed("distinct_count", "exactly", 0, "item"), ""),
        (summed("first", "exactly", 60), "ada"),
        (summed("last", "exactly", "y", "item"), "ada"),
        (summed("last", "exactly", 99.5), "bob"),
        (summed("sum", "at_least", 1, where=X), "ada bob"),
        (summed("sum", "at_least", 1, times={"operator": "exactly", "value": 2}, where=X), "bob"),
    ],
)
def test_events(shop, definition, who):
    assert shop.who(definition) == who


@pytest.mark.parametrize(
    ("range", "who"),
    [
        ({"operator": "all_time"}, "ada bob cem"),
        ({"operator": "in_last", "value": 12, "unit": "hour"}, "bob"),
        ({"operator": "in_last", "value": 14, "unit": "hour"}, "ada bob"),
        ({"operator": "in_last", "value": 8, "unit": "week"}, "ada bob"),
        ({"operator": "in_last", "value": 2, "unit": "month"}, "ada bob cem"),
        ({"operator": "before", "value": "2026-07-01T00:00:00Z"}, ""),
        ({"operator": "before", "value": "2026-07-01T00:00:00.000001Z"}, "cem"),
        ({"operator": "after", "value": "2026-08-31T12:00:00Z"}, "bob"),
        ({"operator": "between", "from": "2026-08-30T12:00:00+02:00", "to": "2026-08-31T12:00:00Z"}, "ada"),
        ({"operator": "between", "from": "2026-08-31T12:00:00Z", "to": "2026-08-31T12:00:00Z"}, ""),
        ({"operator": "between", "from": "2026-09-01T00:00:00Z", "to": "2026-06-01T00:00:00Z"}, ""),
    ],
)
def test_time_ranges(shop, range, who):
    assert shop.who({"event": "buy", "time_range": range}) == who


@pytest.mark.parametrize(
    ("as_of", "who"),
    [
        ("0001-01-01T00:00:00Z", ""),
        ("2026-07-01T00:00:00Z", ""),
        ("2026-07-01T00:00:00.000001Z", "cem"),
        ("2026-08-31T12:00:00Z", "ada cem"),
        ("2026-09-01T00:00:00.000001Z", "ada bob cem fay"),
        ("9999-12-31T23:59:59Z", "ada bob cem fay"),
    ],
)
def test_as_of(shop, as_of, who):
    """No event at or after it is seen; attributes are the current ones, and everyone is there."""
    assert shop.who({"event": "buy"}, as_of=as_of) == who
    assert shop.who({"all": []}, as_of=as_of) == EVERYONE
    assert shop.who(attribute("age", "exists"), as_of=as_of) == "ada bob cem"
    asked = {"definition": {"all": []}, "as_of": as_of.replace("Z", "+00:00")}
    assert shop.service.post("/api/v1/segments/count", asked).expect().json["as_of"] == as_of


def test_dry_runs(shop):
    assert shop.who({"event": "look"}) == "dan"
    assert shop.who({"event": "look", "where": parameter("page", "/sale")}) == ""
    assert shop.who({"event": "look", "times": {"operator": "exactly", "value": 1}}) == "dan"
    dry = {"parameter": "is_dry_run", "operator": "exists"}
    assert shop.who({"event": "look", "where": dry}) == "dan eva"
    assert shop.who({"event": "look", "where": {"not": dry}}) == "dan"
    named = {"any": [dry, parameter("page", "/sale"), parameter("page", "/")]}
    assert shop.who({"event": "look", "where": named, "times": {"operator": "exactly", "value": 2}}) == "dan"
    assert shop.who({"not": {"event": "look"}}) == "ada bob cem eva fay"


@pytest.fixture(scope="module")
def calendar(tmp_path_factory):
    """One event a person, each named after its instant in UTC."""
    instants = """2026-02-28T09:59 2026-02-28T10:00 2026-02-28T22:59 2026-02-28T23:00 2026-03-15T10:59 2026-03-15T11:00
        2026-03-22T22:59 2026-03-22T23:00 2026-03-28T22:59 2026-03-28T23:00 2026-03-29T21:59 2026-03-29T22:00
        2026-09-06T03:59 2026-09-06T04:00 2026-11-01T03:59 2026-11-01T04:00 2026-11-01T05:00""".split()
    events = [happened(instant, "tick", f"{instant}:00Z") for instant in instants]
    with World(tmp_path_factory.mktemp("calendar"), events=events) as world:
        yield world


@pytest.mark.parametrize(
    ("zone", "as_of", "value", "unit", "first"),
    [
        # Clocks go forward on 29 March: that day has 23 hours.
        (BERLIN, "2026-03-30T06:00", 1, "day", "2026-03-29T22:00"),
        (BERLIN, "2026-03-30T06:00", 2, "day", "2026-03-28T23:00"),
        # The week of Sunday 29 March begins on Monday the 23rd, that of Monday the 30th on the 30th.
        (BERLIN, "2026-03-29T21:59:59", 1, "week", "2026-03-22T23:00"),
        (BERLIN, "2026-03-29T22:00:01", 1, "week", "2026-03-29T22:00"),
        (BERLIN, "2026-03-29T22:00:01", 2, "week", "2026-03-22T23:00"),
        (BERLIN, "2026-03-30T06:00", 1, "month", "2026-02-28T23:00"),
        ("UTC", "2026-03-30T06:00", 1, "month", "2026-03-15T10:59"),
        # Midnight is skipped in Santiago: the day begins at 01:00. In Havana it comes twice: the first one counts.
        ("America/Santiago", "2026-09-06T12:00", 1, "day", "2026-09-06T04:00"),
        ("America/Havana", "2026-11-01T12:00", 1, "day", "2026-11-01T04:00"),
    ],
)
def test_calendar_ranges(calendar, zone, as_of, value, unit, first):
    as_of = as_of if as_of.count(":") == 2 else as_of + ":00"
    whole = {"operator": "in_last", "value": value, "unit": unit, "calendar": True}
    found = calendar.who({"event": "tick", "time_range": whole}, as_of=as_of + "Z", timezone=zone).split()
    everyone = calendar.who({"event": "tick"}, as_of=as_of + "Z").split()
    assert found == everyone[everyone.index(first) :]


@pytest.mark.parametrize(
    ("zone", "as_of", "value", "unit", "first"),
    [
        # Not of the calendar: a day is 24 hours, a week seven of them, whatever clocks do.
        (BERLIN, "2026-03-30T21:59:30Z", 1, "day", "2026-03-29T22:00"),
        (BERLIN, "2026-03-29T22:59:00Z", 1, "week", "2026-03-22T22:59"),
        # A month ago the 31st was the 28th; and 12:00 in summer was 12:00 in winter.
        ("UTC", "2026-03-31T10:00:00Z", 1, "month", "2026-02-28T10:00"),
        (BERLIN, "2026-04-15T10:00:00Z", 1, "month", "2026-03-15T11:00"),
    ],
)
def test_units(calendar, zone, as_of, value, unit, first):
    found = calendar.who({"event": "tick", "time_range": {"operator": "in_last", "value": value, "unit": unit}}, as_of=as_of, timezone=zone)
    assert found.split()[0] == first
