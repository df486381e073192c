"""Rows made up for a test, and a plain model of what they mean."""

import gzip
import json

FIRST = "2026-08-01T00:00:00Z"
EVENTS = ["journey_enter", "journey_exit", "journey_product_action", "purchase"]


def read_ndjson_gz(path):
    """All rows of a file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_ndjson(path, rows):
    """Writes rows; gives the path."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def timestamp(seconds):
    """An instant so many seconds into 1 August 2026 and the days after it."""
    day, rest = divmod(seconds, 86_400)
    return f"2026-08-{1 + day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


def some_profile(draw, users):
    """A state of one of the users: some attributes, another mix each time."""
    user = draw.randrange(users)
    attributes = {
        "country": draw.choice(["TR", "DE", "FR", "US"]),
        "age": draw.randrange(18, 90),
        "premium": draw.random() < 0.3,
    }
    kept = {name: value for name, value in attributes.items() if draw.random() < 0.8}
    row = {"user_id": f"u{user}", "attributes": kept}
    if draw.random() < 0.5:
        row["identifiers"] = {"email": f"u{user}@example.com"}
    return row


def some_event(draw, users, number):
    """An event of one of the users; `number` makes its id."""
    row = {
        "event_id": f"e{number}",
        "user_id": f"u{draw.randrange(users)}",
        "event": draw.choice(EVENTS),
        "timestamp": timestamp(draw.randrange(28 * 86_400)),
    }
    journey = {"journey_id": draw.randrange(1, 6), "journey_name": "Welcome"}
    row["params"] = {
        "journey_enter": lambda: journey | {"enter_reason": "signup"},
        "journey_exit": lambda: journey | {"exit_reason": draw.choice(["goal_reached", "timeout"])},
        "journey_product_action": lambda: journey
        | {"campaign_id": draw.randrange(100, 104), "channel_code": draw.choice(["EM", "SMS"]), "action_code": draw.choice([1, 2, 4])},
        "purchase": lambda: {"amount": draw.randrange(4, 400) / 4, "currency": "EUR"},
    }[row["event"]]()
    return row


class Model:
    """What the accepted rows mean, written as plainly as can be: first event id wins, later attributes win."""

    def __init__(self):
        self.attributes = {}
        self.events = {}

    def profile(self, row):
        """Takes a profile's row."""
        self.attributes.setdefault(row["user_id"], {}).update(row["attributes"])

    def event(self, row):
        """Takes an event's row; says whether it was new."""
        if row["event_id"] in self.events:
            return False
        self.events[row["event_id"]] = row
        self.attributes.setdefault(row["user_id"], {})
        return True

    def users_with(self, event, **params):
        """Users with such an event."""
        return {
            row["user_id"]
            for row in self.events.values()
            if row["event"] == event and all(row["params"].get(name) == value for name, value in params.items())
        }
