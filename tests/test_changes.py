"""The stream of changes: counts at once, counts and news as they happen, an end with the service, for all who listen."""

import http.client
import json
import signal
import socket
import time

import pytest

from product import Service
from small import happened, known, make
from test_service import SECRETS

TURKISH = {"attribute": "country", "operator": "equals", "value": "TR"}
PATH = "/api/v1/segments/changes"


class Listener:
    """Listens to the stream; reads one event at a time."""

    def __init__(self, service, **headers):
        self.connection = http.client.HTTPConnection(service.host, service.port, timeout=20)
        self.connection.request("GET", PATH, headers={"Accept": "text/event-stream"} | headers)
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()
        assert self.response.getheader("content-type").startswith("text/event-stream")

    def next(self):
        """The name and the data of the next event; none where the stream has ended. Comments are passed over."""
        name, data = None, []
        while True:
            line = self.response.readline().decode()
            if not line:
                return None
            line = line.rstrip("\r\n")
            if not line and data:
                return name, json.loads("\n".join(data))
            key, _, value = line.partition(":")
            if key == "event":
                name = value.strip()
            elif key == "data":
                data.append(value.removeprefix(" "))

    def until(self, wanted, what):
        """The first event for which `wanted` holds."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            event = self.next()
            assert event is not None, f"the stream ended before {what}"
            if wanted(*event):
                return event[1]
        raise AssertionError(f"no {what} came")

    def counts(self, position, number=None):
        """Counts that have seen a position, with so many segments."""
        data = self.until(
            lambda name, data: name == "counts" and data["position"] >= position and number in (None, len(data["counts"])),
            f"counts of {number} segments from position {position}",
        )
        assert set(data) == {"position", "as_of", "counts"}
        return {of["id"]: of for of in data["counts"]}

    def close(self):
        self.response.close()
        self.connection.close()


@pytest.fixture
def data(tmp_path):
    return make(tmp_path, [known("a", country="TR"), known("b", country="DE")], [happened("a", "buy", "2026-08-31T10:00:00Z")])


@pytest.fixture
def service(data):
    with Service(data) as running:
        yield running


def save(service, definition=TURKISH):
    return service.post("/api/v1/segments", {"name": "x", "definition": definition}).expect(201).json["id"]


def test_counts_at_once(service):
    listener = Listener(service)
    name, data = listener.next()
    assert (name, data["counts"]) == ("counts", []) and data["position"] == 3
    id = save(service)
    late = Listener(service)
    assert late.counts(3, 1)[id] == {"id": id, "version": 1, "count": 1, "population": 2}


def test_counts_after_records(service):
    id = save(service)
    listener = Listener(service)
    assert listener.counts(3, 1)[id]["count"] == 1
    for number in range(3):
        position = service.post("/api/v1/profiles", [known(f"new-{number}", country="TR")]).expect().json["position"]
        told = listener.counts(position, 1)[id]
        assert (told["count"], told["population"]) == (2 + number, 3 + number)
    position = service.post("/api/v1/events", [happened("another", "buy", "2026-08-31T10:00:00Z")]).expect().json["position"]
    assert listener.counts(position, 1)[id]["population"] == 6


def test_counts_after_changes(service):
    listener = Listener(service)
    listener.counts(0, 0)
    id = save(service)
    listener.until(lambda name, data: name == "segments" and data == {}, "news of a new segment")
    assert listener.counts(0, 1)[id]["count"] == 1
    outer = save(service, {"not": {"segment": id}})
    assert listener.counts(0, 2)[outer]["count"] == 1
    body = {"name": "x", "definition": {"all": []}, "version": 1}
    service.request("PUT", f"/api/v1/segments/{id}", body).expect()
    data = listener.until(lambda name, data: name == "counts" and any(of["version"] == 2 for of in data["counts"]), "the new version")
    assert {of["id"]: of["count"] for of in data["counts"]} == {id: 2, outer: 0}, "also of those that refer to it"
    service.request("DELETE", f"/api/v1/segments/{outer}").expect(204)
    assert set(listener.counts(0, 1)) == {id}


def test_one_that_cannot_be_evaluated(service):
    """A sum over what has become text: the segment is told with its error, the others with their counts."""
    service.post("/api/v1/events", [happened("a", "pay", "2026-08-31T10:00:00Z", amount=1)]).expect()
    summed = {"event": "pay", "aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": 1}}
    good, bad = save(service), save(service, summed)
    listener = Listener(service)
    assert listener.counts(0, 2)[bad]["count"] == 1
    position = service.post("/api/v1/events", [happened("b", "pay", "2026-08-31T10:00:00Z", amount="much")]).expect().json["position"]
    told = listener.counts(position, 2)
    assert told[bad]["error"] and "count" not in told[bad] and told[good]["count"] == 1


def test_several_listen(service):
    id = save(service)
    listeners = [Listener(service) for _ in range(10)]
    for listener in listeners:
        assert listener.counts(0, 1)[id]["count"] == 1
    # Some go, in good order or not; the others are told all the same.
    listeners.pop().close()
    listeners.pop().connection.sock.shutdown(socket.SHUT_RDWR)
    position = service.post("/api/v1/profiles", [known("c", country="TR")]).expect().json["position"]
    for listener in listeners:
        assert listener.counts(position, 1)[id]["count"] == 2
    for listener in listeners:
        listener.close()
    # Nobody listened for a while: whoever comes next is told what is, not what was.
    position = service.post("/api/v1/profiles", [known("d", country="TR")]).expect().json["position"]
    assert Listener(service).counts(position, 1)[id]["count"] == 3


def test_ends_with_the_service(data):
    service = Service(data)
    listeners = [Listener(service) for _ in range(3)]
    for listener in listeners:
        assert listener.next()[0] == "counts"
    assert service.kill(signal.SIGTERM, timeout=8) == 0
    for listener in listeners:
        assert listener.next() is None, "a whole end, not a broken connection"


def test_only_for_those_let_in(data):
    with Service(data, env=SECRETS) as service:
        assert service.get(PATH).status == 401
        listener = Listener(service, Authorization=f"Bearer {SECRETS['WAYFARE_API_KEY']}")
        assert listener.next()[0] == "counts"
    with Service(data) as service:
        assert service.get(PATH, Origin="https://evil.example").status == 403
