"""Files in: every format says the same, a second load adds nothing, a stopped load goes on where it was."""

import csv
import gzip
import json
import signal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import questions
from product import count, load, members, wayfare
from rows import some_event, some_profile, write_ndjson

FLAT_EVENT = ["event_id", "user_id", "event", "timestamp"]


def flat(row):
    """A row with flat column names."""
    out = {name: value for name, value in row.items() if name not in ("params", "attributes", "identifiers")}
    for under in ("params", "attributes", "identifiers"):
        out |= {f"{under}.{name}": value for name, value in row.get(under, {}).items()}
    return out


def write_csv(path, rows, opened=open):
    """Flat columns; what is missing is an empty cell."""
    rows = [flat(row) for row in rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with opened(path, "wt", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for row in rows:
            writer.writerow({name: str(value).lower() if isinstance(value, bool) else value for name, value in row.items()})
    return path


def write_parquet(path, rows, instants=False):
    """Flat columns with Parquet's own types; times as text or as timestamps."""
    rows = [flat(row) for row in rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = pa.table({name: [row.get(name) for row in rows] for name in columns})
    if instants:
        at = table.column_names.index("timestamp")
        times = pc.cast(pc.strptime(table["timestamp"], "%Y-%m-%dT%H:%M:%SZ", "us"), pa.timestamp("us", "UTC"))
        table = table.set_column(at, "timestamp", times)
    pq.write_table(table, path)
    return path


def compressed(path, how):
    """The same file, packed beside it."""
    target = path.with_name(path.name + (".gz" if how == "gzip" else ".zst"))
    if how == "gzip":
        target.write_bytes(gzip.compress(path.read_bytes()))
    else:
        with pa.CompressedOutputStream(str(target), "zstd") as out:
            out.write(path.read_bytes())
    return target


@pytest.fixture(scope="module")
def rows():
    import random

    draw = random.Random(11)
    return [some_profile(draw, 500) for _ in range(900)], [some_event(draw, 600, number) for number in range(6_000)]


@pytest.fixture(scope="module")
def truth(rows, tmp_path_factory):
    """What plain NDJSON gives."""
    folder = tmp_path_factory.mktemp("truth")
    profiles, events = rows
    load(folder / "data", [write_ndjson(folder / "p.ndjson", profiles)], [write_ndjson(folder / "e.ndjson", events)])
    return everything(folder / "data")


def everything(data):
    return {name: members(data, definition, id="user_id") for name, definition in questions.ALL.items()}


@pytest.mark.parametrize("form", ["ndjson.gz", "ndjson.zst", "csv", "csv.gz", "csv.zst", "parquet", "parquet with instants"])
def test_every_format_says_the_same(tmp_path, rows, truth, form):
    files = []
    for name, some in zip(("p", "e"), rows, strict=True):
        if form.startswith("parquet"):
            files.append(write_parquet(tmp_path / f"{name}.parquet", some, instants="instants" in form and name == "e"))
            continue
        kind, _, how = form.partition(".")
        write = write_csv if kind == "csv" else write_ndjson
        path = write(tmp_path / f"{name}.{kind}", some)
        files.append(compressed(path, {"gz": "gzip", "zst": "zstd"}[how]) if how else path)
    summary = load(tmp_path / "data", files[:1], files[1:])
    assert summary["events"] == {"read": 6000, "accepted": 6000, "duplicate": 0, "rejected": 0}
    assert (summary["values_rejected"], summary["rejects_file"]) == (0, None)
    assert everything(tmp_path / "data") == truth


def test_gzip_of_several_members(tmp_path, rows):
    lines = [(json.dumps(row) + "\n").encode() for row in rows[1]]
    path = tmp_path / "e.ndjson.gz"
    path.write_bytes(b"".join(gzip.compress(b"".join(lines[at : at + 500])) for at in range(0, len(lines), 500)))
    assert load(tmp_path / "data", events=[path])["events"]["accepted"] == 6000


def test_a_second_load_adds_nothing(tmp_path, rows):
    events = [{name: value for name, value in row.items() if name != "event_id"} for row in rows[1]]
    for name, path in [("ids", write_ndjson(tmp_path / "e.ndjson", rows[1])), ("none", write_ndjson(tmp_path / "n.ndjson", events))]:
        data = tmp_path / name
        first = load(data, events=[path])
        assert first["events"] == {"read": 6000, "accepted": 6000, "duplicate": 0, "rejected": 0}
        before = count(data, questions.BOUGHT_100)
        again = load(data, events=[path])
        assert again["events"] == {"read": 6000, "accepted": 0, "duplicate": 6000, "rejected": 0}
        copy = tmp_path / f"copy of {path.name}"
        copy.write_bytes(path.read_bytes())
        assert load(data, events=[copy])["events"]["accepted"] == 0, "content and line make the id, not the name"
        wayfare("flush", "--data", data).expect()
        assert load(data, events=[path])["events"]["accepted"] == 0, "also after a flush"
        assert count(data, questions.BOUGHT_100) | {"took_ms": 0} == before | {"took_ms": 0}


def test_interrupted_goes_on(tmp_path, draw, rows):
    events = [dict(row, event_id=f"{row['event_id']}-{copy}") for copy in range(6) for row in rows[1]]
    path = compressed(write_ndjson(tmp_path / "e.ndjson", events), "gzip")
    data, interrupted = tmp_path / "data", 0
    for _ in range(12):
        run = wayfare("import", "--data", data, "--events", path, "--json", kill_after=draw.uniform(0.1, 0.5))
        interrupted += run.code == -signal.SIGKILL
        if run.told:
            break
    last = run if run.told else wayfare("import", "--data", data, "--events", path, "--json").expect()
    assert last.json["events"] == {"read": 36_000, "accepted": 36_000, "duplicate": 0, "rejected": 0}, interrupted


def test_ctrl_c_stops_cleanly(tmp_path, rows):
    import subprocess
    import time

    from product import BINARY, environment

    events = [dict(row, event_id=f"{row['event_id']}-{copy}") for copy in range(30) for row in rows[1]]
    path = write_ndjson(tmp_path / "e.ndjson", events)
    command = [str(BINARY), "import", "--data", str(tmp_path / "data"), "--events", str(path), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True)
    time.sleep(0.4)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert "panicked" not in said
    if process.returncode != 0:
        assert process.returncode > 0, "it ends by itself, not by the signal"
    whole = load(tmp_path / "data", events=[path])
    assert whole["events"] == {"read": 180_000, "accepted": 180_000, "duplicate": 0, "rejected": 0}


def test_rejects_file(tmp_path):
    good = {"event_id": "a", "user_id": "u", "event": "x", "timestamp": "2026-08-01T00:00:00Z", "params": {"n": 1}}
    lines = [json.dumps(good).encode(), b"nonsense", json.dumps(good | {"event_id": "b", "params": {"n": {}}}).encode(), b"\xff\xfe"]
    path = tmp_path / "e.ndjson"
    path.write_bytes(b"\n".join(lines) + b"\n")
    rejects = tmp_path / "rejects.ndjson"
    summary = load(tmp_path / "data", events=[path], rejects=rejects, code=3)
    assert summary["events"] == {"read": 4, "accepted": 2, "duplicate": 0, "rejected": 2}
    assert (summary["values_rejected"], summary["rejects_file"]) == (1, str(rejects))
    found = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [entry["line"] for entry in found] == [2, 3, 4]
    assert found[0]["row"] == "nonsense" and "row_base64" in found[2] and "row" not in found[2]
    assert "params.n" in found[1]["reason"]


def test_rejects_never_replace_a_file(tmp_path):
    (tmp_path / "e.ndjson").write_text("nonsense\n")
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    arguments = ["import", "--data", tmp_path / "data", "--events", tmp_path / "e.ndjson", "--rejects"]
    run = wayfare(*arguments, mine).expect(2)
    assert "mine.txt" in run.err and "name another file" in run.err and mine.read_text() == "mine"
    wayfare(*arguments, tmp_path / "new.ndjson").expect(3)
    for inside in ["wayfare.db", "lake.db", "lock", "lake/rejects.ndjson", "rejects", "rejects/../index/x.ndjson"]:
        before = sorted((tmp_path / "data").rglob("*"))
        assert "data directory" in wayfare(*arguments, tmp_path / "data" / inside).expect(2).err, inside
        assert sorted((tmp_path / "data").rglob("*")) == before
    wayfare(*arguments, tmp_path / "data" / "rejects" / "mine.ndjson").expect(3)


def test_default_rejects_are_in_the_data_directory(tmp_path):
    (tmp_path / "e.ndjson").write_text("nonsense\n")
    summary = load(tmp_path / "data", events=[tmp_path / "e.ndjson"], code=3)
    assert summary["rejects_file"].startswith(str(tmp_path / "data" / "rejects"))


def test_types_are_learned_from_csv(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("user_id,attributes.zip,attributes.age,attributes.vip\nu1,0123,41,true\nu2,99999,7,false\nu3,,,\n")
    load(tmp_path / "data", [path])
    ask = lambda name, value: count(tmp_path / "data", {"attribute": name, "operator": "equals", "value": value})["count"]
    assert (ask("zip", "0123"), ask("age", 41), ask("vip", True)) == (1, 1, 1)
    missing = {"attribute": "age", "operator": "not_exists"}
    assert count(tmp_path / "data", missing)["count"] == 1


def test_identifiers(tmp_path):
    profiles = [
        {"user_id": "u1", "identifiers": {"email": "Ada@Example.com"}, "attributes": {"a": 1}},
        {"identifiers": {"phone_number": "+49123", "custom": {"card": "77"}}, "attributes": {"a": 2}},
    ]
    event = {"event": "x", "timestamp": "2026-08-01T00:00:00Z", "params": {}}
    events = [
        event | {"event_id": "1", "identifiers": {"email": " ada@example.com "}},
        event | {"event_id": "2", "identifiers": {"phone_number": "+49123"}},
        event | {"event_id": "3", "identifiers": {"custom": {"card": "77"}}},
        event | {"event_id": "4", "user_id": "new", "identifiers": {"email": "ada@example.com"}},
    ]
    data = tmp_path / "data"
    load(data, [write_ndjson(tmp_path / "p.ndjson", profiles)], [write_ndjson(tmp_path / "e.ndjson", events)])
    assert count(data, {"event": "x"}) | {"took_ms": 0, "position": 0} == {
        "count": 3, "population": 3, "as_of": "2026-09-02T07:00:00Z", "took_ms": 0, "position": 0,
    }  # fmt: skip
    run = wayfare("segment", "members", "--data", data, "--definition", "-", "--id", "user_id", "--json", stdin='{"event": "x"}')
    assert run.expect().out.split() == ["new", "u1"]
    told = json.loads(run.err.strip().splitlines()[-1])
    assert (told["count"], told["without_id"]) == (3, 1)


def test_profiles_merge_key_by_key(tmp_path):
    rows = [
        {"user_id": "u", "attributes": {"a": 1, "b": 1}},
        {"user_id": "u", "attributes": {"b": 2, "c": "x"}},
        {"user_id": "u", "attributes": {"c": None}},
    ]
    load(tmp_path / "data", [write_ndjson(tmp_path / "p.ndjson", rows)])
    wanted = {"all": [{"attribute": "a", "operator": "equals", "value": 1}, {"attribute": "b", "operator": "equals", "value": 2}, {"attribute": "c", "operator": "not_exists"}]}
    assert count(tmp_path / "data", wanted)["count"] == 1
    wayfare("flush", "--data", tmp_path / "data").expect()
    assert count(tmp_path / "data", wanted)["count"] == 1
