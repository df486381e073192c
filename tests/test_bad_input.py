"""Input that people and programs really send: each with a clear message and its exit code."""

import gzip
import json
import subprocess

import pytest

from product import count, load, wayfare
from rows import write_ndjson

GOOD = {"event_id": "good", "user_id": "u1", "event": "purchase", "timestamp": "2026-08-01T00:00:00Z", "params": {"amount": 1}}


def row(**changes):
    return json.dumps(GOOD | changes)


def refused(run, *words, code=2):
    """Ends with `code`, says all the words, and shows no insides."""
    run.expect(code)
    said = (run.err + run.out).lower()
    for word in words:
        assert word.lower() in said, f"{word!r} is missing in: {said}"
    assert "panicked" not in said and "stack backtrace" not in said
    return run


def rejected_rows(summary):
    return [json.loads(line) for line in open(summary["rejects_file"], encoding="utf-8")]


def check_row(tmp_path, line, *words, accepted=0):
    """One bad line between good ones: exit code 3, the rest kept, the reason in the rejects file."""
    path = tmp_path / "events.ndjson"
    line = line.encode() if isinstance(line, str) else line
    path.write_bytes(row().encode() + b"\n" + line + b"\n" + row(event_id="after").encode() + b"\n")
    summary = load(tmp_path / "data", events=[path], code=3)
    assert summary["events"] == {"read": 3, "accepted": 2 + accepted, "duplicate": 0, "rejected": 1 - accepted}
    found = rejected_rows(summary)
    assert [(entry["line"], entry["file"].endswith("events.ndjson")) for entry in found] == [(2, True)]
    for word in words:
        assert word in found[0]["reason"], found[0]["reason"]
    return found[0]


def test_missing_file(tmp_path):
    refused(wayfare("import", "--data", tmp_path / "d", "--events", tmp_path / "none.ndjson"), "none.ndjson")
    assert not (tmp_path / "d" / "rejects").exists() or not list((tmp_path / "d" / "rejects").iterdir())


def test_a_directory(tmp_path):
    refused(wayfare("import", "--data", tmp_path / "d", "--profiles", tmp_path), "directory")


def test_unknown_format(tmp_path):
    (tmp_path / "events.xlsx").write_bytes(b"PK\3\4")
    refused(wayfare("import", "--data", tmp_path / "d", "--events", tmp_path / "events.xlsx"), "events.xlsx", "csv")


def test_binary_garbage(tmp_path, draw):
    path = tmp_path / "events.ndjson"
    path.write_bytes(draw.randbytes(200_000))
    summary = load(tmp_path / "d", events=[path], code=3)
    assert summary["events"]["accepted"] == 0 and summary["events"]["rejected"] > 0
    assert all(entry["reason"] for entry in rejected_rows(summary))


@pytest.mark.parametrize("name", ["events.parquet", "events.ndjson.gz", "events.csv.zst"])
def test_garbage_under_a_good_name(tmp_path, draw, name):
    (tmp_path / name).write_bytes(draw.randbytes(20_000))
    run = wayfare("import", "--data", tmp_path / "d", "--events", tmp_path / name)
    assert run.code in (1, 2) and name in run.err and "panicked" not in run.err, run


def test_truncated_gzip(tmp_path):
    whole = gzip.compress("".join(row(event_id=f"e{n}") + "\n" for n in range(20_000)).encode())
    path = tmp_path / "events.ndjson.gz"
    path.write_bytes(whole[: len(whole) // 2])
    run = wayfare("import", "--data", tmp_path / "d", "--events", path, "--json")
    refused(run, "events.ndjson.gz", code=1)
    kept = count(tmp_path / "d", {"event": "purchase"})
    assert kept["count"] == 1, "rows before the break are kept"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (json.dumps([GOOD]), ["this line starts an array"]),
        (json.dumps([GOOD], indent=1), ["this line starts an array", "does not hold a whole object"]),
        (json.dumps(GOOD, indent=1), ["this line does not hold a whole object"]),
    ],
)
def test_json_that_is_not_one_object_a_line(tmp_path, text, words):
    (tmp_path / "events.json").write_text(text)
    summary = load(tmp_path / "d", events=[tmp_path / "events.json"], code=3)
    assert summary["events"]["accepted"] == 0
    reasons = [entry["reason"] for entry in rejected_rows(summary)]
    assert all("one object a line is expected" in reason and "line 1" not in reason for reason in reasons)
    for word in words:
        assert any(word in reason for reason in reasons), reasons


def test_line_of_100_megabytes(tmp_path):
    path = tmp_path / "events.ndjson"
    with open(path, "wb") as file:
        file.write(row(event_id="before").encode() + b"\n" + b'{"event_id":"')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n' + row(event_id="after").encode() + b"\n")
    run = wayfare("import", "--data", tmp_path / "d", "--events", path, "--json").expect(3)
    assert run.json["events"] == {"read": 3, "accepted": 2, "duplicate": 0, "rejected": 1}
    assert run.peak_bytes < 400 << 20, f"{run.peak_bytes >> 20} MB at its peak"
    entry = rejected_rows(run.json)[0]
    assert entry["line"] == 2 and "long" in entry["reason"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"\x00\x00\x00", []),
        (row(event="a\x00b"), ["control"]),
        (row(user_id="a\x00b"), ["NUL"]),
        (row().encode().replace(b'"u1"', b'"\xff\xfe"'), ["UTF-8"]),
        (row(timestamp="2026-08-01T00:00:00"), ["time zone"]),
        (row(timestamp="10000-01-01T00:00:00Z"), ["9999"]),
        (row(timestamp="2026-02-30T00:00:00Z"), ["timestamp"]),
        (row(timestamp=1785542400), ["timestamp"]),
        ('{"event_id": "x"', []),
        ("[]", ["event"]),
        ("42", []),
        (row(event=""), ["empty"]),
        (row(event="x" * 201), ["200"]),
        (json.dumps({k: v for k, v in GOOD.items() if k != "user_id"}), ["user_id"]),
        (json.dumps(GOOD | {"event": "journey_product_action", "params": {"channel_code": "EM"}}), ["journey_id"]),
    ],
)
def test_bad_rows(tmp_path, line, words):
    check_row(tmp_path, line, *words)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"basket": {"a": 1}}, ["params.basket", "nested"]),
        ({"list": [[1]]}, ["params.list"]),
        ({"half": "\ud800"}, ["params.half", "not valid Unicode"]),
    ],
)
def test_nested_values_are_set_aside(tmp_path, params, words):
    check_row(tmp_path, row(event_id="n", params=params | {"amount": 2}), *words, accepted=1)
    bought = {"event": "purchase", "where": {"parameter": "amount", "operator": "equals", "value": 2}}
    assert count(tmp_path / "data", bought)["count"] == 1, "the rest of the event is kept"


def test_value_that_does_not_fit_its_declared_type(tmp_path):
    bad = row(event_id="d", event="journey_enter", params={"journey_id": "twelve", "pass_id": "p"})
    check_row(tmp_path, bad, "params.journey_id", "integer", accepted=1)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('event_id,user_id,event,timestamp\n"a,u1,purchase,2026-08-01T00:00:00Z\nb,u2,purchase,2026-08-01T00:00:00Z\n', 3, []),
        ("event_id,user_id,event,timestamp\na,u1,purchase\n", 3, []),
        ("event_id,user_id,event,timestamp,event\na,u1,purchase,2026-08-01T00:00:00Z,x\n", 2, ["event"]),
        ("event_id,user_id,event,timestamp,params.a,params.a\na,u1,p,2026-08-01T00:00:00Z,1,2\n", 2, ["params.a"]),
    ],
)
def test_bad_csv(tmp_path, text, code, words):
    path = tmp_path / "events.csv"
    path.write_text(text)
    refused(wayfare("import", "--data", tmp_path / "d", "--events", path, "--json"), *words, code=code)


@pytest.mark.parametrize(
    ("definition", "path", "nearest"),
    [
        ({"event": "journey_entr"}, "event", "journey_enter"),
        ({"all": [{"attribute": "gendr", "operator": "equals", "value": "F"}]}, "all[0].attribute", "gender"),
        ({"attribute": "gender", "operator": "equal", "value": "F"}, "operator", "equals"),
        ({"all": [{"not": {"event": "purchase", "where": {"parameter": "amont", "operator": "exists"}}}]}, "all[0].not.where.parameter", "amount"),
        ({"attribute": "gender", "operator": "equals", "value": "F", "values": ["M"]}, None, None),
        ({"event": "purchase", "tims": {}}, "tims", "times"),
        ({"attribute": "income", "operator": "starts_with", "value": "8"}, "operator", None),
        ({"attribute": "income", "operator": "equals", "value": "much"}, "value", None),
        ({"attribute": "income", "operator": "equals", "value": None}, "value", None),
        ({"attribute": "income", "operator": "equals", "value": 2**53 + 1}, "value", None),
        ({"event": "purchase", "time_range": {"operator": "in_last", "value": 3, "unit": "hour", "calendar": True}}, "time_range.unit", None),
        ({"sequence": []}, "sequence", None),
        ({"segment": "seg_1"}, "segment", None),
        ([], "", None),
    ],
)  # fmt: skip
def test_bad_definitions(demo_data, definition, path, nearest):
    error = count(demo_data, definition, code=2)["error"]
    assert set(error) == {"path", "message", "nearest"} and error["message"]
    if path is not None:
        assert (error["path"], error["nearest"]) == (path, nearest)


@pytest.mark.parametrize("text", ["", "{", "\x00", '{"all": []} x', '{"all": [], "all": []}'])
def test_definitions_that_are_no_json(demo_data, text):
    assert count(demo_data, text, code=2)["error"]["message"]


def test_a_definition_is_named_by_its_file(demo_data, tmp_path):
    path = tmp_path / "segment.json"
    arguments = ["segment", "count", "--data", demo_data, "--definition", path]
    for definition, place in [({"all": [{"evnt": "purchase"}]}, "all[0].evnt"), ({"event": "purchas"}, "event")]:
        path.write_text(json.dumps(definition))
        refused(wayfare(*arguments), f"{path}: {place}: ")
        error = wayfare(*arguments, "--json").expect(2).json["error"]
        assert error["path"] == place and str(path) not in error["message"]


def test_a_definition_with_a_byte_order_mark(demo_data, tmp_path):
    path = tmp_path / "segment.json"
    path.write_text('{"all": []}', encoding="utf-8-sig")
    wayfare("segment", "count", "--data", demo_data, "--definition", path).expect()


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_depth(demo_data, depth):
    deep = '{"not":' * depth + '{"all":[]}' + "}" * depth
    assert "100" in count(demo_data, deep, code=2)["error"]["message"]


def test_ten_thousand_nodes(demo_data):
    many = {"any": [{"event": "purchase"}] * 10_001}
    assert "10" in count(demo_data, many, code=2)["error"]["message"]


def test_names_that_are_awkward_in_a_lake(tmp_path):
    names = ["a/b", "..", "../../etc/passwd", "profiles", "purchase", "Purchase", "dictionary", 'quo"te', "ünïcode 😀", "CON"]
    params = {"timestamp": "x", "Timestamp": "y", "position": 1, "..": "dots", "a/b": "slash", "profile_id": "p"}
    rows = [
        {"event_id": f"{name}-{number}", "user_id": f"u{number}", "event": name, "timestamp": "2026-08-01T00:00:00Z", "params": params}
        for number, name in enumerate(names)
    ]
    data = tmp_path / "data"
    load(data, events=[write_ndjson(tmp_path / "events.ndjson", rows)])
    wayfare("flush", "--data", data).expect()
    for name in names:
        assert count(data, {"event": name})["count"] == 1, name
        for parameter, value in params.items():
            where = {"parameter": parameter, "operator": "equals", "value": value}
            assert count(data, {"event": name, "where": where})["count"] == 1, (name, parameter)
        outside = [path for path in tmp_path.iterdir() if path.name not in ("data", "events.ndjson")]
        assert not outside, "nothing is written outside the data directory"
    assert count(data, {"event": "PURCHASE"}, code=2)["error"]["nearest"] in ("purchase", "Purchase")


def export(data, output):
    arguments = ["--definition", "-", "--attributes", "gender", "--format", "csv", "--output", output]
    return wayfare("export", "profiles", "--data", data, *arguments, stdin='{"all": []}')


def test_output_that_exists(demo_copy, tmp_path):
    (tmp_path / "out").mkdir()
    export(demo_copy, tmp_path / "out").expect()
    refused(export(demo_copy, tmp_path / "out"), "empty")


def test_output_of_an_export_that_was_killed(demo_copy, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".part-00001.csv.tmp").write_text("user_id")
    refused(export(demo_copy, tmp_path / "out"), "unfinished export", "remove")
    assert (tmp_path / "out" / ".part-00001.csv.tmp").exists()


@pytest.mark.parametrize("output", ["", "out", "exports/mine", "lake"])
def test_output_in_the_data_directory(demo_copy, tmp_path, output):
    (tmp_path / "link").symlink_to(demo_copy)
    before = sorted(demo_copy.rglob("*"))
    for data in (demo_copy, tmp_path / "link"):
        refused(export(demo_copy, data / output), "data directory")
    assert sorted(demo_copy.rglob("*")) == before


def test_output_that_is_a_file(demo_copy, tmp_path):
    (tmp_path / "out").write_text("mine")
    run = export(demo_copy, tmp_path / "out")
    assert run.code in (1, 2) and (tmp_path / "out").read_text() == "mine"


def test_read_only_output(demo_copy, tmp_path):
    # Root writes anywhere but on a file system that is read-only as a whole.
    place = tmp_path / "read-only"
    place.mkdir(mode=0o555)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", place], capture_output=True).returncode == 0
    try:
        refused(export(demo_copy, place if mounted else place / "out"), "read-only", code=1) if mounted else refused(
            export(demo_copy, place / "out"), "denied", code=1
        )
    finally:
        if mounted:
            subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["segment"],
        ["segment", "count", "--definition", "none.json"],
        ["import"],
        ["export", "profiles", "--format", "xml", "--definition", "-", "--output", "x"],
        ["export", "profiles", "--format", "parquet", "--formulas", "escape", "--output", "x"],
        ["export", "profiles", "--format", "ndjson", "--formulas", "refuse", "--output", "x"],
        ["nonsense"],
        ["segment", "count", "--definition", "-", "--as-of", "yesterday"],
        ["segment", "count", "--definition", "-", "--timezone", "Europe/Atlantis"],
        ["segment", "members", "--definition", "-", "--id", "shoe_size"],
    ],
)
def test_usage(demo_data, arguments):
    more = ["--data", demo_data] if arguments != ["nonsense"] else []
    refused(wayfare(*arguments, *more, stdin='{"all": []}'))


@pytest.mark.parametrize("flag", ["--max-rows", "--max-bytes"])
def test_parts_of_nothing(demo_data, tmp_path, flag):
    run = wayfare("export", "profiles", "--data", demo_data, "--output", tmp_path / "out", flag, "0")
    refused(run, flag, "must be at least 1")


def test_data_directory_that_is_none(tmp_path):
    run = wayfare("segment", "count", "--data", tmp_path / "none", "--definition", "-", stdin='{"all": []}')
    refused(run, "none")
    assert not (tmp_path / "none").exists(), "a question creates nothing"


