"""Small data that a test writes itself, asked over the command line and over HTTP alike."""

import json
from itertools import count as counter

from product import Service, load, wayfare
from rows import write_ndjson

NUMBERS = counter()


def happened(user, event, timestamp, **params):
    """An event's row with an id of its own."""
    row = {"event_id": f"e{next(NUMBERS)}", "user_id": user, "event": event, "timestamp": timestamp}
    return row | ({"params": params} if params else {})


def known(user, **attributes):
    """A profile's row."""
    return {"user_id": user, "attributes": attributes}


def make(folder, profiles=(), events=(), name="data"):
    """A data directory with these rows, some of them flushed, some not: first the profiles and half of the events."""
    data = folder / name
    profiles, events = list(profiles), list(events)
    half = len(events) // 2
    first = [write_ndjson(folder / f"{name}-profiles.ndjson", profiles)] if profiles else []
    load(data, first, [write_ndjson(folder / f"{name}-a.ndjson", events[:half])])
    wayfare("flush", "--data", data).expect()
    load(data, [], [write_ndjson(folder / f"{name}-b.ndjson", events[half:])])
    return data


def segment(command, data, definition, *more, as_of=None, timezone=None):
    """One command of `segment` over a definition."""
    arguments = ["segment", command, "--data", data, "--definition", "-", *more]
    arguments += ["--as-of", as_of] if as_of else []
    arguments += ["--timezone", timezone] if timezone else []
    text = definition if isinstance(definition, (str, bytes)) else json.dumps(definition)
    return wayfare(*arguments, stdin=text)


class World:
    """A running service over small data."""

    def __init__(self, folder, profiles=(), events=(), as_of="2026-09-01T00:00:00Z"):
        self.as_of = as_of
        self.data = make(folder, profiles, events)
        self.service = Service(self.data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.service.__exit__()

    def who(self, definition, as_of=None, timezone=None):
        """The user ids that a definition means, in one string; all ways of asking must agree."""
        when = {"as_of": as_of or self.as_of} | ({"timezone": timezone} if timezone else {})
        ids = segment("members", self.data, definition, "--id", "user_id", **when).expect().out.split()
        counted = segment("count", self.data, definition, "--json", **when).expect().json
        answer = self.service.post("/api/v1/segments/count", {"definition": definition} | when).expect().json
        assert len(ids) == counted["count"] == answer["count"], (ids, counted, answer)
        assert counted["population"] == answer["population"] and counted["position"] == answer["position"]
        other = self.service.post("/api/v1/segments/count", {"definition": {"not": definition}} | when).expect().json
        assert answer["count"] + other["count"] == answer["population"], "`not` is the complement"
        return " ".join(ids)

    def refused(self, definition):
        """Where a definition is refused, and the nearest name; command line and HTTP must agree."""
        error = segment("count", self.data, definition, "--json").expect(2).json["error"]
        assert set(error) == {"path", "message", "nearest"} and error["message"]
        problem = self.service.post("/api/v1/segments/count", {"definition": definition}).expect(422).json
        assert problem["code"] == "refused_definition"
        assert {name: problem.get(name) for name in error} == error
        checked = segment("validate", self.data, definition, "--json").expect(2).json
        assert checked["error"] == error
        return error["path"], error["nearest"]

    def message(self, definition):
        """What a refusal says."""
        return self.service.post("/api/v1/segments/count", {"definition": definition}).expect(422).json["message"]

    def save(self, definition, name="A segment"):
        """Saves a segment; gives its id."""
        return self.service.post("/api/v1/segments", {"name": name, "definition": definition}).expect(201).json["id"]

    def profile_id(self, user):
        """The profile that a user id leads to."""
        found = self.service.post("/api/v1/profiles/search", {"query": user, "by": "user_id"}).expect().json
        return found["profiles"][0]["profile_id"]
