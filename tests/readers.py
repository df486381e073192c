"""Programs that people read exports with, each as a function from a file to rows of Python values."""

import csv
import datetime
import io
import json
import shutil
import subprocess

import duckdb
import openpyxl
import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.feather
import pyarrow.json
import pyarrow.parquet
from duckdb_extensions import import_extension

# A field may be as long as the test's longest text.
csv.field_size_limit(10_000_000)


def rows_of(columns):
    """Rows from columns by name."""
    return [dict(zip(columns, cells)) for cells in zip(*columns.values())]


def _table(table):
    return rows_of({name: table.column(name).to_pylist() for name in table.column_names})


def _frame(frame):
    """A pandas frame; what it calls missing is None."""
    return rows_of({name: [None if missing else cell for cell, missing in zip(frame[name], frame[name].isna())] for name in frame})


def _sql(relation, path):
    connection = duckdb.connect()
    if path.suffix == ".xlsx":
        import_extension("excel")
        connection.execute("LOAD excel")
    found = connection.sql(relation.format(path=str(path).replace("'", "''")))
    return [dict(zip(found.columns, row)) for row in found.fetchall()]


def python_csv(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


def pandas_csv(path):
    return _frame(pandas.read_csv(path, dtype=str, keep_default_na=False, lineterminator="\n"))


def polars_csv(path):
    return polars.read_csv(path, infer_schema=False).to_dicts()


def duckdb_csv(path):
    return _sql("FROM read_csv('{path}', all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"', allow_quoted_nulls = false, max_line_size = 10000000)", path)


def pyarrow_csv(path):
    names = next(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
    types = pyarrow.csv.ConvertOptions(column_types={name: pyarrow.string() for name in names}, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""])
    return _table(pyarrow.csv.read_csv(path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True), convert_options=types))


def python_json(path):
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def pandas_json(path):
    frame = pandas.read_json(path, lines=True, dtype=False, precise_float=True)
    return _frame(frame.astype(object))


def polars_json(path):
    return polars.read_ndjson(path, infer_schema_length=None).to_dicts()


def duckdb_json(path):
    return _sql("FROM read_json('{path}', format = 'newline_delimited', sample_size = -1, dateformat = '-', timestampformat = '-', maximum_object_size = 10000000)", path)


def pyarrow_json(path):
    schema = pyarrow.schema([("at", pyarrow.string()), ("day", pyarrow.string())])
    return _table(pyarrow.json.read_json(path, parse_options=pyarrow.json.ParseOptions(explicit_schema=schema), read_options=pyarrow.json.ReadOptions(block_size=10_000_000)))


def pyarrow_parquet(path):
    return _table(pyarrow.parquet.read_table(path))


def pandas_parquet(path):
    return _frame(pandas.read_parquet(path))


def polars_parquet(path):
    return polars.read_parquet(path).to_dicts()


def duckdb_parquet(path):
    return _sql("FROM '{path}'", path)


def pyarrow_arrow(path):
    with pyarrow.ipc.open_file(str(path)) as file:
        return _table(file.read_all())


def pandas_arrow(path):
    return _frame(pandas.read_feather(path))


def polars_arrow(path):
    return polars.read_ipc(path).to_dicts()


def duckdb_arrow(path):
    """DuckDB over the Arrow table, which it reads in place."""
    with pyarrow.ipc.open_file(str(path)) as file:
        table = file.read_all()
    found = duckdb.connect().from_arrow(table)
    return [dict(zip(found.columns, row)) for row in found.fetchall()]


def openpyxl_xlsx(path):
    """Read with formulas as they stand, so that a text taken for one would show."""
    sheet = openpyxl.load_workbook(path, read_only=True).active
    rows = sheet.iter_rows(values_only=True)
    names = next(rows)
    return [dict(zip(names, [*row, *[None] * (len(names) - len(row))])) for row in rows]


def pandas_xlsx(path):
    """An empty text and no cell are one and the same to it: None."""
    rows = _frame(pandas.read_excel(path, dtype=object, keep_default_na=False, na_values=[]))
    return [{name: None if cell == "" else cell for name, cell in row.items()} for row in rows]


def polars_xlsx(path):
    return polars.read_excel(path, engine="openpyxl", infer_schema_length=None, drop_empty_rows=False).to_dicts()


def duckdb_xlsx(path):
    """All as text, since it types a column by its first row alone: dates come as the serial numbers of the file."""
    rows = _sql("FROM read_xlsx('{path}', all_varchar = true, header = true)", path)
    return [{name: _day_number(cell) if name in ("day", "at") else cell for name, cell in row.items()} for row in rows]


def _day_number(cell):
    if cell is None or "-" in cell:
        return cell
    since = datetime.timedelta(milliseconds=round(float(cell) * 86_400_000))
    return datetime.datetime(1899, 12, 30) + since


def libreoffice(path, folder, filter=None):
    """What LibreOffice Calc shows of a file, as text: what it takes for a formula shows its result."""
    command = [shutil.which("soffice"), "--headless", "--norestore", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    if filter:
        command.append(f"--infilter={filter}")
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false"
    command += ["--convert-to", form, "--outdir", str(folder / "office"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return python_csv(folder / "office" / f"{path.stem}.csv")
