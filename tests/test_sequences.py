"""Sequences and journey states: who did what in which order, and who is where, reasoned by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from questions import parameter
from small import World, happened

START = datetime(2026, 8, 1, tzinfo=UTC)


def at(hours, micros=0):
    """So many hours into 1 August 2026."""
    return (START + timedelta(hours=hours, microseconds=micros)).isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
def walks(tmp_path_factory):
    """People named after what they did; hours after midnight."""

    def walk(user, *steps):
        return [happened(user, name, at(*(hours if isinstance(hours, tuple) else (hours,))), item="x") for name, hours in steps]

    events = [
        *walk("straight", ("view", 1), ("cart", 2), ("buy", 3)),
        *walk("backwards", ("buy", 1), ("cart", 2), ("view", 3)),
        *walk("at-once", ("view", 1), ("cart", 1), ("buy", 1)),
        *walk("tie-then-buy", ("view", 1), ("cart", 1), ("cart", 2), ("buy", 3)),
        *walk("one-day", ("view", 0), ("cart", 12), ("buy", 24)),
        *walk("day-and-a-bit", ("view", 0), ("cart", 12), ("buy", (24, 1))),
        # Only from the second view on is all within a day; the first cart belongs to the first view.
        *walk("second-view", ("view", 0), ("cart", 1), ("view", 100), ("cart", 101), ("buy", 102)),
        # Within a day of the second view alone: the first is too early, the third has no cart after it.
        *walk("middle-view", ("view", 0), ("view", 50), ("cart", 55), ("view", 60), ("buy", 74)),
        *walk("far-buy", ("view", 0), ("cart", 1), ("view", 2), ("buy", 90)),
        *walk("two-views", ("view", 1), ("view", 2)),
        *walk("views-at-once", ("view", 1), ("view", 1)),
        # Records arrive in another order than they happened in.
        *reversed(walk("late-records", ("view", 1), ("cart", 2), ("buy", 3))),
        happened("another-item", "view", at(1), item="y"),
        happened("another-item", "cart", at(2), item="x"),
        happened("dry", "view", at(1), is_dry_run=True),
        happened("dry", "cart", at(2), item="x"),
        happened("mailed", "journey_product_action", at(1), journey_id=7, channel_code="EM", action_code=1),
        happened("mailed", "cart", at(2), item="x"),
    ]
    with World(tmp_path_factory.mktemp("walks"), events=events) as world:
        yield world


def sequence(*names, within=None):
    steps = [{"event": name} if isinstance(name, str) else name for name in names]
    return {"sequence": steps} | ({"within": {"value": within[0], "unit": within[1]}} if within else {})


WHOLE = "day-and-a-bit far-buy late-records middle-view one-day second-view straight tie-then-buy"


@pytest.mark.parametrize(
    ("definition", "who"),
    [
        (sequence("view", "cart", "buy"), WHOLE),
        (sequence("view", "cart", "buy", within=(1, "day")), "late-records middle-view one-day second-view straight tie-then-buy"),
        (sequence("view", "cart", "buy", within=(24, "hour")), "late-records middle-view one-day second-view straight tie-then-buy"),
        (sequence("view", "cart", "buy", within=(1439, "minute")), "late-records second-view straight tie-then-buy"),
        (sequence("view", "cart", "buy", within=(2, "hour")), "late-records second-view straight tie-then-buy"),
        (sequence("view", "cart", "buy", within=(119, "minute")), ""),
        (sequence("buy", "cart", "view"), "backwards"),
        (sequence("view", "view"), "far-buy middle-view second-view two-views"),
        (sequence("view", "view", "view"), "middle-view"),
        (sequence("view", "view", within=(10, "hour")), "far-buy middle-view two-views"),
        (sequence("buy"), f"at-once backwards {WHOLE}"),
        (sequence({"event": "view", "where": parameter("item", "y")}, "cart"), "another-item"),
        (sequence({"event": "view", "where": parameter("item", "x")}, "cart"), WHOLE),
        (sequence({"channel_interaction": {"product": "architect", "channel": "EM", "action": "SEND"}}, "cart"), "mailed"),
        (sequence("cart", {"event": "buy", "time_range": {"operator": "after", "value": at(74)}}), "far-buy middle-view second-view"),
        (sequence("journey_product_action", "cart", within=(1, "hour")), "mailed"),
    ],
)  # fmt: skip
def test_sequences(walks, definition, who):
    assert walks.who(definition).split() == sorted(who.split())


def test_a_dry_run_is_no_step_unless_named(walks):
    named = {"event": "view", "where": parameter("is_dry_run", True)}
    assert walks.who(sequence(named, "cart")) == "dry"


def test_as_of_cuts_a_sequence_off(walks):
    definition = sequence("view", "cart", "buy", within=(1, "week"))
    assert "one-day" not in walks.who(definition, as_of=at(24)).split()
    assert "one-day" in walks.who(definition, as_of=at(24, 1)).split()


def test_a_month_within_ends_on_its_last_day(tmp_path):
    events = [happened(user, "a", "2026-01-31T10:00:00Z") for user in ("on-it", "after-it")]
    events += [happened("on-it", "b", "2026-02-28T10:00:00Z"), happened("after-it", "b", "2026-02-28T10:00:00.000001Z")]
    with World(tmp_path, events=events) as world:
        assert world.who(sequence("a", "b", within=(1, "month"))) == "on-it"


@pytest.fixture(scope="module")
def journeys(tmp_path_factory):
    """People named after what journey 7 should say of them."""

    def step(user, what, hours, pass_id=None, **params):
        given = {"journey_id": 7} | ({"pass_id": pass_id} if pass_id else {}) | params
        return happened(user, f"journey_{what}", at(hours), **given)

    events = [
        step("active", "enter", 1, "p"),
        step("active-again", "enter", 1, "p"),
        step("active-again", "exit", 2, "p", exit_reason="completed"),
        step("active-again", "enter", 3, "q"),
        # The older pass is the one that is still open.
        step("active-in-the-first", "enter", 1, "p"),
        step("active-in-the-first", "enter", 2, "q"),
        step("active-in-the-first", "exit", 3, "q", exit_reason="completed"),
        step("active-without-ids", "exit", 1, exit_reason="completed"),
        step("active-without-ids", "enter", 2),
        *[step(f"completed-{reason}", "enter", 1, "p") for reason in ("completed", "goal", "goal_reached")],
        *[step(f"completed-{reason}", "exit", 2, "p", exit_reason=reason) for reason in ("completed", "goal", "goal_reached")],
        step("completed-last", "enter", 1, "p"),
        step("completed-last", "exit", 4, "q", exit_reason="goal"),
        step("completed-last", "exit", 2, "p", exit_reason="timeout"),
        step("completed-last", "enter", 3, "q"),
        step("completed-unentered", "exit", 2, exit_reason="completed"),
        step("completed-in-old-words", "entered", 1, "p"),
        step("completed-in-old-words", "exited", 2, "p", reason="goal"),
        step("exited", "enter", 1, "p"),
        step("exited", "exit", 2, "p", exit_reason="timeout"),
        step("exited-no-reason", "enter", 1, "p"),
        step("exited-no-reason", "exit", 2, "p"),
        step("exited-last", "enter", 1, "p"),
        step("exited-last", "exit", 2, "p", exit_reason="completed"),
        step("exited-last", "exit", 3, "q", exit_reason="timeout"),
        step("exited-at-once", "enter", 1),
        step("exited-at-once", "exit", 1, exit_reason="timeout"),
        step("exited-unentered", "exit", 1, "p", exit_reason="Completed"),
        step("never-but-elsewhere", "enter", 1, "p", journey_id=8),
        step("never-but-dry", "enter", 1, "p", is_dry_run=True),
        happened("never-but-mailed", "journey_product_action", at(1), journey_id=7, channel_code="EM", action_code=1),
    ]
    with World(tmp_path_factory.mktemp("journeys"), events=events) as world:
        yield world


@pytest.mark.parametrize("state", ["active", "completed", "exited", "never_entered"])
def test_journey_states(journeys, state):
    everyone = journeys.who({"all": []}).split()
    meant = [user for user in everyone if user.startswith(state.removesuffix("_entered"))]
    assert journeys.who({"journey": {"id": 7, "state": state}}).split() == meant and len(meant) >= 3


def test_states_as_of(journeys):
    """Of the passes that are known by then."""
    state = {name: {"journey": {"id": 7, "state": name}} for name in ("active", "completed", "exited", "never_entered")}
    assert journeys.who(state["never_entered"], as_of=at(1)) == journeys.who({"all": []})
    assert journeys.who(state["completed"], as_of=at(1, 1)) == "active-without-ids"
    assert "completed-goal" in journeys.who(state["active"], as_of=at(2)).split()
    assert "active-again" in journeys.who(state["completed"], as_of=at(3)).split()
    assert "exited-last" in journeys.who(state["completed"], as_of=at(3)).split()
    for as_of in (at(1, 1), at(2, 1), at(3, 1), at(9)):
        found = [user for definition in state.values() for user in journeys.who(definition, as_of=as_of).split()]
        assert sorted(found) == journeys.who({"all": []}).split(), f"each has one state at {as_of}"


def test_a_journey_nobody_knows(journeys):
    everyone = journeys.who({"all": []})
    assert journeys.who({"journey": {"id": 999, "state": "never_entered"}}) == everyone
    assert journeys.who({"journey": {"id": 999, "state": "active"}}) == ""
