"""Definitions that several tests ask, each with what it means over a plain model of the rows."""


def parameter(name, value):
    """A condition that a parameter equals a value."""
    return {"parameter": name, "operator": "equals", "value": value}


ENTERED_3 = {"event": "journey_enter", "where": parameter("journey_id", 3)}
SENT_NOT_SEEN = {
    "all": [
        {"channel_interaction": {"product": "architect", "channel": "EM", "action": "SEND", "journey_id": 2}},
        {"not": {"channel_interaction": {"product": "architect", "channel": "EM", "action": "VIEW", "journey_id": 2}}},
    ]
}
BOUGHT_100 = {
    "event": "purchase",
    "aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": 100},
}
TURKISH_NOT_OLD = {
    "all": [
        {"attribute": "country", "operator": "equals", "value": "TR"},
        {"attribute": "age", "operator": "less_than", "value": 40},
    ]
}
NOTHING = {"not": {"any": [{"event": name} for name in ["journey_enter", "journey_exit", "journey_product_action", "purchase"]]}}
EVERYONE = {"all": []}
ALL = {
    "entered 3": ENTERED_3,
    "sent, not seen": SENT_NOT_SEEN,
    "bought for 100": BOUGHT_100,
    "Turkish, below 40": TURKISH_NOT_OLD,
    "no event": NOTHING,
    "everyone": EVERYONE,
}


def of_model(model):
    """The same answers from a plain model."""
    sums = {}
    for row in model.events.values():
        if row["event"] == "purchase":
            sums.setdefault(row["user_id"], []).append(row["params"]["amount"])
    action = {"journey_id": 2, "channel_code": "EM"}
    sent = model.users_with("journey_product_action", action_code=1, **action)
    seen = model.users_with("journey_product_action", action_code=4, **action)
    active = {row["user_id"] for row in model.events.values()}
    return {
        "entered 3": len(model.users_with("journey_enter", journey_id=3)),
        "sent, not seen": len(sent - seen),
        "bought for 100": sum(1 for amounts in sums.values() if sum(amounts) >= 100),
        "Turkish, below 40": sum(
            1 for kept in model.attributes.values() if kept.get("country") == "TR" and kept.get("age", 99) < 40
        ),
        "no event": len(set(model.attributes) - active),
        "everyone": len(model.attributes),
    }
