"""The five questions over the bundled data: numbers known beforehand, and computed again from the files."""

from collections import defaultdict

import pytest

from product import AS_OF, DEMO, count, members
from questions import parameter
from rows import read_ndjson_gz

EM_1007 = {"product": "architect", "channel": "EM", "journey_id": 1007}
FOUR = ["journey_enter", "journey_exit", "journey_product_action", "purchase"]

QUESTIONS = {
    "entered journey 1004": (1245, {"event": "journey_enter", "where": parameter("journey_id", 1004)}),
    "got the e-mail of 1007, never opened it": (
        345,
        {
            "all": [
                {"channel_interaction": EM_1007 | {"action": "SEND"}},
                {"not": {"channel_interaction": EM_1007 | {"action": "VIEW"}}},
            ]
        },
    ),
    "reached the goal, F, income from 80000": (
        296,
        {
            "all": [
                {"event": "journey_exit", "where": parameter("exit_reason", "goal_reached")},
                {"attribute": "gender", "operator": "equals", "value": "F"},
                {"attribute": "income", "operator": "at_least", "value": 80000},
            ]
        },
    ),
    "purchases of 100 or more": (
        22,
        {
            "event": "purchase",
            "aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": 100},
        },
    ),
    "none of the four events": (3732, {"not": {"any": [{"event": name} for name in FOUR]}}),
}

SAME_IN_OTHER_WORDS = {
    "entered journey 1004": {
        "event": "journey_entered",
        "times": {"operator": "at_least", "value": 1},
        "time_range": {"operator": "between", "from": "2026-09-01T00:00:00Z", "to": AS_OF},
        "where": {"all": [{"parameter": "journey_id", "operator": "in", "values": ["1004"]}]},
    },
    "got the e-mail of 1007, never opened it": {
        "all": [
            {
                "event": "journey_product_action",
                "where": {"all": [parameter("journey_id", 1007), parameter("channel_code", "EM"), parameter("action_code", 1)]},
            },
            {
                "channel_interaction": {"product": "architect", "channel": "e-mail", "action": "OPEN", "journey_id": 1007},
                "times": {"operator": "exactly", "value": 0},
            },
        ]
    },
    "none of the four events": {"all": [{"event": name, "times": {"operator": "at_most", "value": 0}} for name in FOUR]},
}


@pytest.fixture(scope="module")
def expected():
    """The same questions answered by a few lines of Python over the files: user ids."""
    profiles = {row["user_id"]: row.get("attributes", {}) for row in read_ndjson_gz(DEMO / "profiles.ndjson.gz")}
    events = list({row["event_id"]: row for row in reversed(read_ndjson_gz(DEMO / "events.ndjson.gz"))}.values())

    def users(name, **params):
        return {
            row["user_id"]
            for row in events
            if row["event"] == name
            and row["timestamp"] < AS_OF
            and all(row["params"].get(key) == value for key, value in params.items())
        }

    mail = {"journey_id": 1007, "channel_code": "EM"}
    spent = defaultdict(float)
    for row in events:
        if row["event"] == "purchase":
            spent[row["user_id"]] += row["params"]["amount"]
    women = {user for user, kept in profiles.items() if kept.get("gender") == "F" and kept.get("income", 0) >= 80000}
    everyone = set(profiles) | {row["user_id"] for row in events}
    return everyone, {
        "entered journey 1004": users("journey_enter", journey_id=1004),
        "got the e-mail of 1007, never opened it": users("journey_product_action", action_code=1, **mail)
        - users("journey_product_action", action_code=4, **mail),
        "reached the goal, F, income from 80000": users("journey_exit", exit_reason="goal_reached") & women,
        "purchases of 100 or more": {user for user, amount in spent.items() if amount >= 100},
        "none of the four events": everyone - {row["user_id"] for row in events},
    }


@pytest.mark.parametrize("question", QUESTIONS)
def test_known_numbers(demo_data, question):
    number, definition = QUESTIONS[question]
    answer = count(demo_data, definition)
    assert (answer["count"], answer["population"], answer["as_of"]) == (number, 17000, AS_OF)
    assert set(answer) >= {"count", "population", "position", "as_of", "took_ms"}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_very_users(demo_data, expected, question):
    everyone, answers = expected
    number, definition = QUESTIONS[question]
    ids = members(demo_data, definition, id="user_id")
    assert ids == sorted(answers[question]) and len(ids) == number
    assert len(everyone) == 17000


@pytest.mark.parametrize("question", SAME_IN_OTHER_WORDS)
def test_the_same_in_other_words(demo_data, question):
    assert count(demo_data, SAME_IN_OTHER_WORDS[question])["count"] == QUESTIONS[question][0]


@pytest.mark.parametrize("question", QUESTIONS)
def test_not_is_the_complement(demo_data, question):
    number, definition = QUESTIONS[question]
    assert count(demo_data, {"not": definition})["count"] == 17000 - number


def test_profile_ids_are_in_byte_order_and_stable(demo_data):
    ids = members(demo_data, QUESTIONS["purchases of 100 or more"][1])
    assert ids == sorted(ids) and len(set(ids)) == 22 and all(id.startswith("pro_") for id in ids)
    by_id = {"attribute": "profile_id", "operator": "in", "values": ids[:5]}
    assert members(demo_data, by_id) == ids[:5]


def test_nothing_happened_before_the_first_event(demo_data):
    answer = count(demo_data, QUESTIONS["entered journey 1004"][1], as_of="2026-09-01T00:00:00Z")
    assert (answer["count"], answer["population"]) == (0, 17000)
