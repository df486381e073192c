"""Values that break files, written in every format and read back by the programs that people use."""

import datetime
import json
import re
from decimal import Decimal

import duckdb
import pyarrow.parquet
import pytest

import readers
from product import wayfare
from rows import write_ndjson
from test_import import load

LONG = "long " * 6_553 + "xy"
TEXTS = [
    "plain", 'with "quotes"', '"', '""', "comma, comma", "semi;colon", "two\nlines", "two\r\nlines", "carriage\rreturn",
    "\nline first", "line last\n", "nul\0inside", "bell\x07 and \x1b", "\ufffe\uffff", "_x0041_ as it stands", "_x005F_x0041_",
    "=1+1", "+90 555", "-5 degrees", "@home", "\ttab first", "\rreturn first", "=cmd|' /C calc'!A0", "'quoted", "''",
    "👩‍👩‍👧 family", "مرحبا بالعالم", "\u202eright to left\u202c", "e\u0301", "\u00a0no break\u00a0", "\ufeffmark",
    "001", "1.50", "1e5", "-0", "9007199254740991", "9007199254740992", "9007199254740993", "0x10", "12/31/1999", "2026-09-01",
    "true", "FALSE", "null", "NULL", "NaN", "N/A", "#N/A", "None", "\\N", "", " ", "  outer space  ", "<b>&amp;</b>", "a\\b", LONG,
]  # fmt: skip
EXACT = [9007199254740991, 9007199254740992, -9007199254740992, 0, -1]
BIG = [9007199254740991, 9007199254740992, 9007199254740993]
NUMBERS = [1.5, -5e-8, 1e21, 0.1, 123456789.12345679]
DAYS = ["0001-01-01", "9999-12-31", "1900-02-28", "1900-03-01", "2024-02-29"]
TIMES = [
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1900-02-28T23:59:59Z", "1900-03-01T00:00:00Z",
    "2026-09-01T07:00:00Z", "2026-09-01T07:00:00.123Z", "2026-09-01T07:00:00.000001Z", "9999-12-31T23:59:59.999Z",
]  # fmt: skip
ARRAYS = [["a,b", '"q"', ""], [], ["=1+1", "\n"]]
CHOSEN = "user_id=id,text,exact,big,number,flag,day,at,words"


def given():
    """The rows: each kind of value in its column; the last row has none."""
    rows = []
    for place, text in enumerate(TEXTS):
        cycle = lambda values: values[place % len(values)]  # noqa: E731
        rows.append({
            "id": f"u{place:03}", "text": text, "exact": cycle(EXACT), "big": cycle(BIG), "number": cycle(NUMBERS),
            "flag": place % 2 == 0, "day": cycle(DAYS), "at": cycle(TIMES), "words": cycle(ARRAYS),
        })  # fmt: skip
    return [*rows, {"id": "u999", **dict.fromkeys(["text", "exact", "big", "number", "flag", "day", "at", "words"])}]


ROWS = given()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A data directory with the rows."""
    folder = tmp_path_factory.mktemp("corpus")
    records = [{"user_id": row["id"], "attributes": {k: v for k, v in row.items() if k != "id" and v is not None}} for row in ROWS]
    load(folder / "data", [write_ndjson(folder / "p.ndjson", records)])
    return folder / "data"


@pytest.fixture(scope="module")
def exported(corpus, tmp_path_factory):
    """Exports with the given flags, each made once and verified; gives the only part."""
    made = {}

    def export(*flags):
        if flags not in made:
            out = tmp_path_factory.mktemp("out") / "out"
            columns = ",".join(["user_id", *list(ROWS[0])[1:]])
            wayfare("export", "profiles", "--data", corpus, "--attributes", columns, "--columns", CHOSEN, "--output", out, *flags).expect()
            wayfare("verify", out).expect()
            made[flags] = out
        [part] = made[flags].glob("part-*")
        return part

    return export


def instant(value):
    """Microseconds since 1970; what has no zone is in UTC."""
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.UTC)
    return (value.replace(tzinfo=None) - value.utcoffset() - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)


def day(value):
    return value[:10] if isinstance(value, str) else value.isoformat()[:10]


def words(value):
    return json.loads(value) if isinstance(value, str) else list(value)


def flag(value):
    assert value in (True, False, "true", "false", "TRUE", "FALSE", "1", "0"), value
    return value in (True, "true", "TRUE", "1")


def exact(value):
    assert float(value).is_integer() and (not isinstance(value, str) or re.fullmatch(r"-?\d+", value)), value
    return int(value)


MEANING = {"id": str, "text": lambda text: text, "exact": exact, "big": str, "number": float, "flag": flag, "day": day, "at": instant, "words": words}


def meant(rows):
    """Rows by what their cells mean, whatever type a reader gave them."""
    return [{name: None if row[name] is None else mean(row[name]) for name, mean in MEANING.items()} for row in rows]


def held_against(read, text=lambda text: text, number=float):
    """Compares cell by cell; `text` and `number` say what a reader is known to make of these."""
    read, wanted = meant(read), meant(ROWS)
    assert [row["id"] for row in read] == [row["id"] for row in wanted]
    for got, want in zip(read, wanted):
        want["text"] = text(want["text"])
        want["number"] = want["number"] if want["number"] is None else number(want["number"])
        assert got == want


def marked(read):
    """Cells that hold what stands for null are null."""
    return [{name: None if cell == "~none~" else cell for name, cell in row.items()} for row in read]


def spelled(text):
    """As the file has it: these readers do not read the escapes for characters that XML cannot hold."""
    if text is None:
        return None
    text = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return re.sub("[\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\ufffe\uffff]", lambda found: f"_x{ord(found[0]):04X}_", text)


# None of the texts is what stands for null here, so that even these readers tell null from empty.
MARKED = ("--format", "csv", "--null", "~none~")


@pytest.mark.parametrize("reader", [readers.python_csv, readers.pandas_csv])
@pytest.mark.parametrize("quotes", ["needed", "all", "text"])
def test_csv_as_text(exported, reader, quotes):
    held_against(marked(reader(exported(*MARKED, "--quotes", quotes))))


@pytest.mark.parametrize("reader", [readers.polars_csv, readers.duckdb_csv, readers.pyarrow_csv])
@pytest.mark.parametrize("quotes", ["needed", "all"])
def test_csv_with_nulls(exported, reader, quotes):
    held_against(reader(exported("--format", "csv", "--quotes", quotes)))


@pytest.mark.parametrize("reader", [readers.python_json, readers.pandas_json, readers.polars_json, readers.duckdb_json, readers.pyarrow_json])
def test_ndjson(exported, reader):
    held_against(reader(exported("--format", "ndjson")))


@pytest.mark.parametrize("reader", [readers.pyarrow_parquet, readers.pandas_parquet, readers.polars_parquet, readers.duckdb_parquet])
def test_parquet(exported, reader):
    held_against(reader(exported("--format", "parquet")))


@pytest.mark.parametrize("reader", [readers.pyarrow_arrow, readers.pandas_arrow, readers.polars_arrow, readers.duckdb_arrow])
@pytest.mark.parametrize("more", [(), ("--compression", "zstd")])
def test_arrow(exported, reader, more):
    held_against(reader(exported("--format", "arrow", *more)))


@pytest.mark.parametrize("reader", [readers.openpyxl_xlsx, readers.polars_xlsx])
def test_xlsx(exported, reader):
    held_against(reader(exported("--format", "xlsx")), text=spelled)


def test_xlsx_in_pandas(exported):
    held_against(readers.pandas_xlsx(exported("--format", "xlsx")), text=lambda text: spelled(text) or None)


def test_xlsx_in_duckdb(exported):
    held_against(readers.duckdb_xlsx(exported("--format", "xlsx")), text=spelled)


def test_xlsx_in_libreoffice(exported, tmp_path):
    read = readers.libreoffice(exported("--format", "xlsx"), tmp_path)
    # It shows no difference between an empty text and no cell, 15 digits of a number, and CR LF as LF.
    read = [{name: cell or None for name, cell in row.items()} for row in read]
    shown = lambda text: text.replace("\r\n", "\n") or None if text else None  # noqa: E731
    held_against(read, text=shown, number=lambda number: float(f"{number:.15g}"))


def test_csv_in_libreoffice(exported, tmp_path):
    as_text = "/".join(f"{column}/2" for column in range(1, len(MEANING) + 1))
    filter = f"Text - txt - csv (StarCalc):44,34,76,1,{as_text},0,true,false"
    # It has one kind of line end inside a cell of CSV, and leaves NUL out.
    shown = lambda text: text and text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")  # noqa: E731
    held_against(marked(readers.libreoffice(exported(*MARKED), tmp_path, filter)), text=shown)


def test_too_long_for_a_cell(tmp_path):
    long = "x" * 32_768
    rows = [{"user_id": "u1", "attributes": {"text": long}}, {"user_id": "u2", "attributes": {"text": long[1:]}}]
    load(tmp_path / "data", [write_ndjson(tmp_path / "p.ndjson", rows)])
    flags = ["--data", tmp_path / "data", "--attributes", "text", "--columns", "text", "--json"]
    manifest = wayfare("export", "profiles", *flags, "--format", "xlsx", "--output", tmp_path / "x").expect().json
    assert [row["text"] for row in readers.openpyxl_xlsx(tmp_path / "x/part-00001.xlsx")] == ["#N/A", long[1:]]
    assert manifest["parts"][0]["notes"] == [{"column": "text", "became": "too_long", "cells": 1}]
    assert manifest["warnings"] == ["column `text`, 1 cell: texts of more than 32,767 characters do not fit into a cell and are left out: #N/A stands there"]
    for format, read in [("csv", readers.python_csv), ("ndjson", readers.python_json), ("parquet", readers.pyarrow_parquet), ("arrow", readers.pyarrow_arrow)]:
        manifest = wayfare("export", "profiles", *flags, "--format", format, "--output", tmp_path / format).expect().json
        assert ([row["text"] for row in read(tmp_path / f"{format}/part-00001.{format}")], manifest["warnings"]) == ([long, long[1:]], [])


def test_times_and_arrays_as_asked_for(exported):
    for flags, column, mean in [
        (("--format", "csv", "--times", "space"), "at", instant),
        (("--format", "csv", "--times", "rfc3339", "--time-zone", "Europe/Istanbul"), "at", instant),
        (("--format", "csv", "--times", "epoch_seconds"), "at", lambda at: round(Decimal(at) * 1_000_000)),
        (("--format", "csv", "--times", "epoch_milliseconds"), "at", lambda at: round(Decimal(at) * 1_000)),
    ]:
        read = readers.polars_csv(exported(*flags))
        assert [cell and mean(cell) for cell in (row[column] for row in read)] == [row["at"] and instant(row["at"]) for row in ROWS], flags
    joined = readers.polars_csv(exported("--format", "csv", "--arrays", "joined", "--array-separator", " ; "))
    assert [row["words"] for row in joined] == [None if row["words"] is None else " ; ".join(row["words"]) for row in ROWS]


def test_a_data_dictionary_and_described_fields(exported):
    part = exported("--format", "parquet")
    entries = json.loads((part.parent / "dictionary.json").read_text())["columns"]
    assert [entry["name"] for entry in entries] == list(ROWS[0])
    assert entries[0]["from"] == {"kind": "identifier", "name": "user_id"} and entries[1]["from"] == {"kind": "attribute", "name": "text"}
    schema = pyarrow.parquet.read_schema(part)
    for entry in entries:
        facts = {name.decode(): text.decode() for name, text in schema.field(entry["name"]).metadata.items()}
        assert (facts["description"], facts["type"]) == (entry["description"], entry["type"])
    told = duckdb.sql(f"SELECT decode(value) FROM parquet_kv_metadata('{part}') WHERE decode(key) = 'wayfare.columns'").fetchone()
    assert [column["name"] for column in json.loads(told[0])] == list(ROWS[0])
