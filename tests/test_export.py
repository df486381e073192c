"""Files out: read back by other programs, checked by their manifest, the same every time."""

import csv
import gzip
import hashlib
import io
import json
import shutil

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from product import AS_OF, DEMO, Service, members, wayfare
from rows import read_ndjson_gz, write_ndjson
from test_answers import QUESTIONS
from test_import import load

QUESTION = "reached the goal, F, income from 80000"
COLUMNS = ["profile_id", "user_id", "gender", "age", "income", "member_since"]


def profiles(data, output, *more, definition=None, attributes=",".join(COLUMNS[1:]), code=0):
    text = json.dumps(definition or QUESTIONS[QUESTION][1])
    arguments = ["--definition", "-", "--attributes", attributes, "--as-of", AS_OF, "--output", output, *more]
    return wayfare("export", "profiles", "--data", data, *arguments, "--json", stdin=text).expect(code)


def events(data, output, body, code=0):
    request = output.with_suffix(".request.json")
    request.write_text(json.dumps(body))
    return wayfare("export", "events", "--data", data, "--request", request, "--output", output, "--json").expect(code)


def read_back(folder):
    """All rows of an export as text, by code that is not ours; null is None."""
    rows = []
    for path in sorted(folder.rglob("part-*")):
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        if path.suffix == ".zst":
            data = pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
        if ".csv" in path.name:
            rows += [{k: v or None for k, v in row.items()} for row in csv.DictReader(io.StringIO(data.decode("utf-8")))]
        elif ".ndjson" in path.name:
            rows += [json.loads(line) for line in data.splitlines()]
        elif path.suffix == ".arrow":
            rows += pa.ipc.open_file(path).read_all().to_pylist()
        else:
            rows += pq.read_table(path).to_pylist()
    return [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]


@pytest.fixture(scope="module")
def truth():
    """The users of the question with their columns, from the bundled files."""
    kept = {row["user_id"]: row["attributes"] for row in read_ndjson_gz(DEMO / "profiles.ndjson.gz")}
    goal = {row["user_id"] for row in read_ndjson_gz(DEMO / "events.ndjson.gz") if row["event"] == "journey_exit"}
    women = {user for user in goal if kept[user].get("gender") == "F" and kept[user].get("income", 0) >= 80000}
    rows = [{"user_id": user} | {name: kept[user].get(name) for name in COLUMNS[2:]} for user in sorted(women)]
    return [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]


@pytest.mark.parametrize("form", ["csv", "csv gzip", "csv zstd", "ndjson", "ndjson gzip", "ndjson zstd", "parquet", "arrow", "arrow zstd"])
def test_profiles_read_back(demo_copy, tmp_path, truth, form):
    format, _, compression = form.partition(" ")
    more = ["--compression", compression] if compression else []
    profiles(demo_copy, tmp_path / "out", "--format", format, *more)
    rows = read_back(tmp_path / "out")
    assert [list(row) for row in rows] == [COLUMNS] * 296
    assert [row["profile_id"] for row in rows] == sorted(row["profile_id"] for row in rows)
    without = [{name: value for name, value in row.items() if name != "profile_id"} for row in rows]
    if format in ("parquet", "arrow"):
        # Numbers are doubles there: 58 comes back as 58.0.
        for row in without:
            row.update({name: str(int(float(row[name]))) for name in ("age", "income") if row[name] is not None})
    assert sorted(without, key=lambda row: row["user_id"]) == truth
    wayfare("verify", tmp_path / "out").expect()


def test_manifest(demo_copy, tmp_path):
    profiles(demo_copy, tmp_path / "out", "--format", "csv", "--max-rows", "100")
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    wanted = {"version", "id", "kind", "request", "filter", "as_of", "position_from", "position_to", "schema", "rows", "parts", "options", "warnings"}
    assert set(manifest) >= wanted
    assert (manifest["kind"], manifest["rows"], manifest["as_of"]) == ("profiles", 296, AS_OF)
    assert [column["name"] for column in manifest["schema"]] == COLUMNS
    assert [part["rows"] for part in manifest["parts"]] == [100, 100, 96]
    files = [*manifest["parts"], manifest["dictionary"]]
    for file in files:
        data = (tmp_path / "out" / file["file"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    listed = {file["file"] for file in files} | {"manifest.json"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == listed
    assert len(read_back(tmp_path / "out")) == 296


def test_duckdb_reads_what_was_written(demo_copy, tmp_path):
    profiles(demo_copy, tmp_path / "p", "--format", "parquet", definition={"all": []})
    body = {"format": "csv", "events": {"start_date": 1788220800, "end_date": 1788393600, "wanted": [{"event_name": "purchase", "params": ["amount"]}]}}
    events(demo_copy, tmp_path / "e", body)
    assert duckdb.sql(f"SELECT count(*), count(gender) FROM '{tmp_path}/p/part-*.parquet'").fetchone() == (17000, 14825)
    manifest = json.loads((tmp_path / "e/manifest.json").read_text())
    assert manifest["rows"] == 4873
    amount = next(name for name in duckdb.sql(f"SELECT * FROM '{tmp_path}/e/part-00001.csv'").columns if "amount" in name)
    total = duckdb.sql(f"SELECT round(sum({amount}), 2) FROM '{tmp_path}/e/part-*.csv'").fetchone()[0]
    wanted = sum(row["params"]["amount"] for row in read_ndjson_gz(DEMO / "events.ndjson.gz") if row["event"] == "purchase")
    assert total == round(wanted, 2)


def test_events_by_time_are_half_open(demo_copy, tmp_path):
    hours = [row["timestamp"] for row in read_ndjson_gz(DEMO / "events.ndjson.gz") if row["event"] == "journey_enter"]
    found = 0
    for name, start, end in [("a", 1788220800, 1788242400), ("b", 1788242400, 1788393600)]:
        body = {"format": "ndjson", "events": {"start_date": start, "end_date": end, "wanted": [{"event_name": "journey_enter", "params": ["journey_id"]}]}}
        events(demo_copy, tmp_path / name, body)
        found += json.loads((tmp_path / name / "manifest.json").read_text())["rows"]
    assert found == len(hours) == 12650


def test_two_runs_are_byte_identical(demo_copy, tmp_path):
    for form in ("csv", "ndjson", "parquet", "arrow", "xlsx"):
        for run in ("one", "two"):
            profiles(demo_copy, tmp_path / f"{form}-{run}", "--format", form)
        one, two = ({path.name: path.read_bytes() for path in (tmp_path / f"{form}-{run}").glob("part-*")} for run in ("one", "two"))
        assert one == two and one


@pytest.mark.parametrize("tampering", ["a byte", "a row less", "a part less", "a part more", "the manifest's rows", "no manifest"])
def test_verify_finds_tampering(demo_copy, tmp_path, tampering):
    out = tmp_path / "out"
    profiles(demo_copy, out, "--format", "csv", "--max-rows", "150")
    wayfare("verify", out).expect()
    part, manifest = out / "part-00001.csv", out / "manifest.json"
    if tampering == "a byte":
        data = bytearray(part.read_bytes())
        data[len(data) // 2] ^= 1
        part.write_bytes(data)
    elif tampering == "a row less":
        part.write_bytes(part.read_bytes().rsplit(b"\n", 2)[0] + b"\n")
    elif tampering == "a part less":
        part.unlink()
    elif tampering == "a part more":
        shutil.copy(part, out / "part-00003.csv")
    elif tampering == "no manifest":
        manifest.unlink()
    else:
        manifest.write_text(manifest.read_text().replace("296", "295", 1))
    run = wayfare("verify", out)
    assert run.code == (2 if tampering == "no manifest" and run.code == 2 else 1), run
    assert "panicked" not in run.err


NASTY = ["=1+1", "+49", "-5", "@x", "\tx", "\rx", 'quo"te', "com,ma", "line\nbreak", "", " ", "ünï 😀", "it's", "\\N", "null"]


@pytest.fixture
def nasty_data(tmp_path):
    rows = [{"user_id": f"u{number:02}", "attributes": {"text": text}} for number, text in enumerate(NASTY)]
    rows.append({"user_id": "u99", "attributes": {"list": ["a", "b,c"], "number": 1.5}})
    load(tmp_path / "nasty", [write_ndjson(tmp_path / "p.ndjson", rows)])
    return tmp_path / "nasty"


@pytest.mark.parametrize("formulas", ["raw", "escape"])
def test_csv_keeps_every_character(nasty_data, tmp_path, formulas):
    profiles(nasty_data, tmp_path / "out", "--format", "csv", "--formulas", formulas, definition={"all": []}, attributes="user_id,text,list,number")
    raw = (tmp_path / "out/part-00001.csv").read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(raw, newline="")))
    dangerous = ("=", "+", "-", "@", "\t", "\r")
    wanted = ["'" + text if formulas == "escape" and text.startswith(dangerous) else text for text in NASTY]
    assert [row["text"] for row in rows[:-1]] == wanted
    assert (rows[-1]["text"], json.loads(rows[-1]["list"]), rows[-1]["number"]) == ("", ["a", "b,c"], "1.5")
    assert ',"",' in raw, "the empty string is quoted, null is not"


def test_formulas_refused(nasty_data, tmp_path):
    run = profiles(nasty_data, tmp_path / "out", "--format", "csv", "--formulas", "refuse", definition={"all": []}, attributes="text", code=1)
    assert "formula" in (run.err + run.out).lower() and not (tmp_path / "out/manifest.json").exists()


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_other_formats_keep_every_character(nasty_data, tmp_path, form):
    profiles(nasty_data, tmp_path / "out", "--format", form, definition={"all": []}, attributes="user_id,text")
    assert [row["text"] for row in read_back(tmp_path / "out")] == [*NASTY, None]


def test_members_and_export_agree(demo_copy, tmp_path):
    profiles(demo_copy, tmp_path / "out", "--format", "csv")
    assert [row["profile_id"] for row in read_back(tmp_path / "out")] == members(demo_copy, QUESTIONS[QUESTION][1])


def test_nobody_is_an_export_too(demo_copy, tmp_path):
    profiles(demo_copy, tmp_path / "out", "--format", "csv", definition={"any": []})
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["rows"] == 0
    assert (tmp_path / "out/part-00001.csv").read_text() == ",".join(COLUMNS) + "\n"
    wayfare("verify", tmp_path / "out").expect()


@pytest.mark.parametrize("attributes", ["user_id,shoe_size", "gendr"])
def test_unknown_attribute_is_refused(demo_copy, tmp_path, attributes):
    run = profiles(demo_copy, tmp_path / "out", "--format", "csv", attributes=attributes, code=2)
    assert attributes.split(",")[-1] in run.err + run.out
    assert not (tmp_path / "out/manifest.json").exists()


def test_columns_chosen_and_renamed(demo_copy, tmp_path):
    profiles(demo_copy, tmp_path / "out", "--columns", "user_id=id,age", "--delimiter", "tab", "--crlf", "--bom", "--null", "-")
    lines = (tmp_path / "out/part-00001.csv").read_bytes().decode("utf-8-sig").split("\r\n")
    assert lines[0] == "id\tage" and len(lines) == 298 and lines[-1] == ""
    wayfare("verify", tmp_path / "out").expect()
    run = profiles(demo_copy, tmp_path / "other", "--columns", "user_idd", code=2)
    assert "did you mean `user_id`" in run.err + run.out


def test_a_native_body_on_the_command_line(demo_copy, tmp_path):
    wanted = [{"event_name": "journey_enter", "params": ["journey_id"]}]
    body = {"kind": "events", "format": "xlsx", "columns": ["event", "timestamp", "journey_id"], "max_rows": 10000, "events": {"wanted": wanted}}
    manifest = events(demo_copy, tmp_path / "out", body).json
    assert [part["rows"] for part in manifest["parts"]] == [10000, 2650]
    wayfare("verify", tmp_path / "out").expect()


def test_the_form_of_cells_over_http(demo_copy):
    columns = ["user_id", {"column": "member_since", "as": "since"}, "age"]
    body = {"kind": "profiles", "attributes": ["user_id", "age", "member_since"], "columns": columns, "format": "csv", "as_of": AS_OF}
    body |= {"quotes": "all", "times": "space", "time_zone": "Europe/Istanbul", "arrays": "joined", "array_separator": "; "}
    with Service(demo_copy) as service:
        job = service.finished_export(service.post("/api/v1/exports", body).expect(202).json["id"])
        assert job["status"] == "complete", job
        options = service.get(f"/api/v1/exports/{job['id']}/manifest").expect().json["options"]
        entries = service.get(f"/api/v1/exports/{job['id']}/dictionary").expect().json["columns"]
        folder = demo_copy / "exports" / job["id"]
        assert (folder / "part-00001.csv").read_text().startswith('"user_id","since","age"\n"')
        wayfare("verify", folder).expect()
        refused = service.post("/api/v1/exports", body | {"columns": [{"column": "age", "as": "a", "width": 3}]})
        assert refused.status in (400, 422) and b"columns" in refused.body
    assert {name: options[name] for name in ("times", "time_zone", "arrays", "array_separator")} == {name: body[name] for name in ("times", "time_zone", "arrays", "array_separator")}
    assert options["csv"]["quotes"] == "all"
    assert [entry["name"] for entry in entries] == ["user_id", "since", "age"]
