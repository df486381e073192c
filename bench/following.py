"""How soon counts know what a flush moved into the lake.

100,000 events come in over HTTP and wait for the flush that the service makes by the clock. From the moment that the
catalog holds them a count that needs events of every kind is asked without a pause. What the slowest of these took over
the median of those asked later is how long the index took to follow, as a caller sees it.
"""

import json
import shutil
import sqlite3
import sys
import time

import generate
import segment
from measure import median_ms, say
from service import Serving

EVENTS = 100_000
BATCH = 10_000
FLUSH_SECONDS = 20
PATIENCE = 120
WATCH_SECONDS = 2


def definition():
    """Who did anything in the last hour: that is where the new events lie, whatever their kind."""
    hour = {"operator": "in_last", "value": 1, "unit": "hour"}
    return {"any": [{"event": kind, "time_range": hour} for kind in generate.KINDS]}


def flushed_to(catalog):
    """The position before which everything is in the lake."""
    found = catalog.execute(
        "SELECT json_extract(commit_extra_info, '$.position') FROM ducklake_snapshot_changes "
        "WHERE commit_extra_info IS NOT NULL ORDER BY snapshot_id DESC LIMIT 1"
    ).fetchone()
    return found[0] if found else 0


def wait_for_flush(data, position):
    """Looks into the catalog until everything up to `position` is in the lake."""
    catalog = sqlite3.connect(f"file:{data / 'lake.db'}?mode=ro", uri=True)
    until = time.monotonic() + PATIENCE
    while flushed_to(catalog) < position:
        if time.monotonic() > until:
            sys.exit(f"no flush up to position {position} within {PATIENCE} s")
        time.sleep(0.002)
    catalog.close()


def slowest_ms(ask):
    """The first answer, and what the slowest took of those asked within the next seconds, in milliseconds."""
    answers, slowest, until = [], 0.0, time.perf_counter() + WATCH_SECONDS
    while not answers or time.perf_counter() < until:
        started = time.perf_counter()
        answers.append(ask())
        slowest = max(slowest, (time.perf_counter() - started) * 1000)
    return answers[0], slowest


def following(bench):
    """Works on a copy, so that a data directory that is kept still holds what was generated."""
    say("measuring how soon counts follow a flush")
    given = bench.given
    data = bench.home / "followed"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(bench.data, data)
    traffic = generate.Traffic(given.profiles, given.events, given.seed)
    starts = range(given.events, given.events + EVENTS, BATCH)
    bodies = ["".join(generate.json_lines(traffic.event_rows(start, start + BATCH)).to_pylist()) for start in starts]
    asked = definition()
    with Serving(given.binary, data, flush_seconds=FLUSH_SECONDS) as service:
        count = lambda: service.count(asked, segment.AS_OF)
        before, _ = median_ms(count, given.times)
        started = time.monotonic()
        for body in bodies:
            answer = service.events(body)
        ingest = time.monotonic() - started
        position = answer["position"]
        fresh, unflushed = median_ms(count, given.times)
        wait_for_flush(data, position)
        first, slowest = slowest_ms(count)
        after, warm = median_ms(count, given.times)
    if not before["count"] < fresh["count"] == first["count"] == after["count"]:
        sys.exit(f"counts around a flush: {[answer['count'] for answer in (before, fresh, first, after)]}")
    shutil.rmtree(data)
    bench.results["following"] = {
        "events": EVENTS,
        "ingest_rate": EVENTS / ingest,
        "unflushed": unflushed,
        "slowest": slowest,
        "warm": warm,
        "follows": max(slowest - warm, 0.0),
    }
    say(json.dumps(bench.results["following"]))
