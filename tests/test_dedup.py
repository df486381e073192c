"""A repeated event id counts once, whenever it comes, with ten times more ids than memory holds."""

from product import count, load, wayfare
from rows import write_ndjson

# Ids stay in memory until they are flushed, and no filter is kept for flushed ones: all but a tenth is on disk.
TINY = {"WAYFARE_FLUSH_RECORDS": "4000", "WAYFARE_ID_FILTER_BYTES": "4096"}
IDS = 40_000


def events(numbers, amount):
    return [
        {"event_id": f"id-{number}", "user_id": f"u{number % 997}", "event": "purchase", "timestamp": "2026-08-01T00:00:00Z", "params": {"amount": amount}}
        for number in numbers
    ]


def test_ten_times_more_ids_than_fit(tmp_path, draw):
    data = tmp_path / "data"
    numbers = list(range(IDS))
    draw.shuffle(numbers)
    first = load(data, events=[write_ndjson(tmp_path / "a.ndjson", events(numbers, 1))], env=TINY)
    assert first["events"]["accepted"] == IDS
    draw.shuffle(numbers)
    # The second arrivals differ; the first one wins.
    repeats = numbers[: IDS // 2] + list(range(IDS, IDS + 100))
    draw.shuffle(repeats)
    second = load(data, events=[write_ndjson(tmp_path / "b.ndjson", events(repeats, 1_000_000))], env=TINY)
    assert second["events"] == {"read": IDS // 2 + 100, "accepted": 100, "duplicate": IDS // 2, "rejected": 0}
    wayfare("flush", "--data", data, env=TINY).expect()
    third = load(data, events=[write_ndjson(tmp_path / "c.ndjson", events(repeats, 5))], env=TINY)
    assert third["events"]["accepted"] == 0
    million = {"event": "purchase", "where": {"parameter": "amount", "operator": "equals", "value": 1_000_000}}
    assert count(data, million)["count"] == 100
    once = {"event": "purchase", "times": {"operator": "at_least", "value": 1}}
    assert count(data, once)["count"] == 997


def test_repeats_within_one_file(tmp_path):
    rows = events([1, 2, 1, 1, 3, 2], 1)
    summary = load(tmp_path / "data", events=[write_ndjson(tmp_path / "a.ndjson", rows)])
    assert summary["events"] == {"read": 6, "accepted": 3, "duplicate": 3, "rejected": 0}


def test_index_that_was_lost(tmp_path):
    """What is derived may be deleted at any time: repeats are still found."""
    import shutil

    data = tmp_path / "data"
    path = write_ndjson(tmp_path / "a.ndjson", events(range(5_000), 1))
    load(data, events=[path], env=TINY)
    wayfare("flush", "--data", data).expect()
    shutil.rmtree(data / "index")
    assert load(data, events=[path])["events"] == {"read": 5000, "accepted": 0, "duplicate": 5000, "rejected": 0}
