"""What was acknowledged before a count is asked is in it, every time, under a load of thousands of events a second."""

import http.client
import json
import threading
import time
from datetime import UTC, datetime, timedelta

from product import Service, count

START = datetime(2026, 1, 1, tzinfo=UTC)
# So many that nearly each batch brings new ones: what is lost shows.
USERS = 40_000
WRITERS = 4
SECONDS = 8
# All together about so many events a second, where the machine can.
RATE = 5_000
# Several flushes happen meanwhile.
OFTEN = {"WAYFARE_FLUSH_RECORDS": "6000", "WAYFARE_FLUSH_SECONDS": "1"}


class Connection:
    """A connection that is kept, as clients under load do."""

    def __init__(self, service):
        self.connection = http.client.HTTPConnection(service.host, service.port, timeout=60)

    def post(self, path, body):
        """POST of JSON; the answer as JSON."""
        self.connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        return answer


class Acknowledged:
    """What all writers know to be accepted, added to only after the answer came."""

    def __init__(self):
        self.lock = threading.Lock()
        self.events, self.users, self.position, self.batches = 0, set(), 0, 0

    def add(self, answer, users):
        with self.lock:
            self.events += len(users)
            self.users.update(users)
            self.position = max(self.position, answer["position"])
            self.batches += 1

    def now(self):
        with self.lock:
            return self.events, len(self.users), self.position


def batch(draw, writer, number):
    """100 to 500 events of anywhen in the past; each fourth has a value that none had before it."""
    size = draw.randrange(100, 501)
    rows = []
    for of in range(size):
        past = START + timedelta(seconds=draw.randrange(200 * 86_400), microseconds=draw.randrange(10**6))
        params = {"amount": draw.randrange(1, 100), "writer": writer} | ({"note": f"{writer}-{number}-{of}"} if of % 4 == 0 else {})
        row = {"event_id": f"{writer}-{number}-{of}", "user_id": f"u{draw.randrange(USERS)}", "event": "tick"}
        rows.append(row | {"timestamp": past.isoformat(), "params": params})
    return rows


def test_acknowledged_is_counted(tmp_path, draw):
    known, failures, stop = Acknowledged(), [], threading.Event()
    end = time.monotonic() + SECONDS
    batches = {writer: [batch(draw, writer, number) for number in range(RATE * SECONDS // WRITERS // 300)] for writer in range(WRITERS)}

    def guarded(work):
        def run(*arguments):
            try:
                work(*arguments)
            except Exception as error:  # noqa: BLE001: told by the test, not by a thread
                failures.append(repr(error))
                stop.set()

        return run

    @guarded
    def write(writer):
        connection, begun, written = Connection(service), time.monotonic(), 0
        for number, rows in enumerate(batches[writer]):
            if stop.is_set() or time.monotonic() > end:
                return
            answer = connection.post("/api/v1/events", rows)
            assert [result["status"] for result in answer["results"]] == ["accepted"] * len(rows)
            known.add(answer, [row["user_id"] for row in rows])
            # This writer's own next count has all of its own, by a value that was never seen before.
            written += len(rows)
            if number % 10 == 9:
                newest = rows[0]["params"]["note"]
                mine = {"event": "tick", "where": {"parameter": "note", "operator": "equals", "value": newest}}
                told = connection.post("/api/v1/segments/count", {"definition": mine})
                assert told["count"] == 1 and told["position"] >= answer["position"], (newest, told)
            time.sleep(max(0, begun + written / (RATE / WRITERS) - time.monotonic()))

    @guarded
    def ask(definition, reading):
        """`reading` says how many there must be at least of what was known before, and at most of what was after."""
        connection = Connection(service)
        while not stop.is_set() and time.monotonic() < end:
            before = known.now()
            if not before[0]:
                continue
            told = connection.post("/api/v1/segments/count", {"definition": definition})
            assert told["position"] >= before[2], (before, told)
            assert told["count"] >= reading(before) and told["count"] <= told["position"], (before, told)
            asked.append(told["position"])

    asked = []
    everyone = {"event": "tick"}
    bought = {"event": "tick", "time_range": {"operator": "after", "value": "2025-12-31T00:00:00Z"}, "aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": 1}}
    with Service(tmp_path / "data", env=OFTEN) as service:
        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
        askers = [(everyone, lambda before: before[1]), (bought, lambda before: before[1]), ({"all": []}, lambda before: before[1])]
        threads += [threading.Thread(target=ask, args=of) for of in askers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures
        events, users, position = known.now()
        assert known.batches > 10 and len(asked) > 10 and position == events
        assert service.count(everyone)["count"] == users
        one_each = {"event": "tick", "where": {"parameter": "note", "operator": "exists"}}
        assert service.count(one_each)["position"] == position
        print(f"{events} events, {len(asked)} counts")
    assert count(tmp_path / "data", everyone)["count"] == users


def test_each_batch_is_exactly_counted(tmp_path, draw):
    """One writer that counts after each batch: not at least, but exactly."""
    users, sums = set(), {}
    with Service(tmp_path / "data", env=OFTEN) as service:
        connection = Connection(service)
        for number in range(40):
            rows = batch(draw, 0, number)
            position = connection.post("/api/v1/events", rows)["position"]
            for row in rows:
                users.add(row["user_id"])
                sums[row["user_id"]] = sums.get(row["user_id"], 0) + row["params"]["amount"]
            rich = {"event": "tick", "aggregate": {"function": "sum", "parameter": "amount", "operator": "at_least", "value": 120}}
            for definition, expected in [
                ({"event": "tick"}, len(users)),
                ({"all": []}, len(users)),
                (rich, sum(1 for amount in sums.values() if amount >= 120)),
                ({"attribute": "user_id", "operator": "equals", "value": rows[-1]["user_id"]}, 1),
                ({"event": "tick", "where": {"parameter": "note", "operator": "equals", "value": rows[0]["params"]["note"]}}, 1),
            ]:
                told = connection.post("/api/v1/segments/count", {"definition": definition})
                assert (told["count"], told["position"]) == (expected, position), (number, definition)
