#!/usr/bin/env python3
"""Measures import, counts, exports and start-up, against DuckDB over the same lake, in one run.

    make bench                       # 1 M profiles, 10 M events, release build
    make bench ARGS=--quick          # 50 k and 500 k, dev build: only to see that everything works

Prints a Markdown table; `--write` puts it into docs/performance.md. Memory limits hold by control group where one may
be made (as root), else by `ulimit -d`. The machine is rarely quiet: read the ratios.
"""

import argparse
import http.client
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

import generate
import measure
import peer

ROOT = Path(__file__).resolve().parent.parent
SEGMENTS = ROOT / "bench/segments"
AS_OF = "2026-09-01T00:00:00Z"
MEGABYTE = 1 << 20
IMPORT_LIMIT, EXPORT_LIMIT = 1024 * MEGABYTE, 256 * MEGABYTE
PARAMS = {
    "journey_enter": ["journey_id"],
    "journey_exit": ["journey_id", "exit_reason"],
    "journey_product_action": ["journey_id", "campaign_id", "channel_code", "action_code"],
    "purchase": ["amount"],
    "page_view": [],
}


def say(text):
    print(f"--- {text}", file=sys.stderr, flush=True)


def megabytes(size):
    return f"{size / MEGABYTE:,.0f} MB"


def checked(run, what):
    """Stops the benchmark where a command failed."""
    if run.code != 0:
        sys.exit(f"{what} ended with {run.code} (limit by {run.limited_by}, peak {megabytes(run.peak)})\n{run.err[-3000:]}")
    return run


class Bench:
    """One data directory and the rows of the table."""

    def __init__(self, given):
        self.given, self.rows = given, []
        self.home = given.keep or Path(tempfile.mkdtemp(prefix="wayfare-bench-", dir=given.scratch))
        self.home.mkdir(parents=True, exist_ok=True)
        self.data = self.home / "data"

    def row(self, what, ours, theirs="", ratio="", note=""):
        self.rows.append((what, ours, theirs, ratio, note))
        say(" | ".join(self.rows[-1]))

    def wayfare(self, *arguments, limit=None, stdin=None):
        env = {name: value for name, value in os.environ.items() if not name.startswith("WAYFARE_")}
        return measure.run([self.given.binary, *arguments], limit=limit, env=env, stdin=stdin)

    def input_files(self):
        """Generated files, kept between runs."""
        given = self.given
        folder = given.scratch / f"{given.profiles}x{given.events}-seed{given.seed}"
        files = [folder / f"{name}.{given.format}" for name in ("profiles", "events")]
        if not all(path.exists() for path in files):
            say(f"generating {given.profiles:,} profiles and {given.events:,} events")
            generate.generate(given.profiles, given.events, given.seed, given.format, folder)
        return files

    def load(self):
        profiles, events = self.input_files()
        if self.data.exists():
            say("reusing the data directory")
            return
        say("importing")
        run = self.wayfare("import", "--data", self.data, "--profiles", profiles, "--events", events, "--json", limit=IMPORT_LIMIT)
        checked(run, "import")
        rows = sum(json.loads(run.out)[kind]["accepted"] for kind in ("profiles", "events"))
        note = f"peak {megabytes(run.peak)}, of its own {megabytes(run.anonymous)}; limit {megabytes(IMPORT_LIMIT)} by {run.limited_by}"
        self.row(f"import, {self.given.format}", f"{rows / run.seconds / 1000:,.0f} k rows/s", note=note)
        flushed = checked(self.wayfare("flush", "--data", self.data, limit=IMPORT_LIMIT), "flush")
        self.row("flush of the rest", f"{flushed.seconds:.1f} s", note=f"peak {megabytes(flushed.peak)}")

    def counts(self):
        connection = peer.attach(self.data / "lake.db")
        started = time.monotonic()
        with Serving(self.given.binary, self.data) as service:
            self.row("start until ready", f"{(time.monotonic() - started) * 1000:,.0f} ms")
            first = time.monotonic()
            service.count({"all": [{"event": "journey_enter"}]})
            self.row("first count after start", f"{(time.monotonic() - first) * 1000:,.0f} ms")
            slower = []
            for path in sorted(SEGMENTS.glob("*.json")):
                definition = json.loads(path.read_text())
                title, query = path.with_suffix(".sql").read_text().split("\n", 1)
                query = query.replace("$as_of", f"TIMESTAMPTZ '{AS_OF}'")
                answer, wall = peer.median_ms(lambda: service.count(definition), self.given.times)
                theirs, duck = peer.median_ms(lambda: connection.execute(query).fetchone()[0], self.given.times)
                title = title.removeprefix("-- ")
                if answer["count"] != theirs:
                    sys.exit(f"{title}: {answer['count']} here, {theirs} by DuckDB")
                took = answer["took_ms"]
                self.row(f"count: {title}", f"{wall:,.1f} ms", f"{duck:,.1f} ms", f"{duck / wall:,.1f} ×", f"{theirs:,} users; first time {took:,.0f} ms")
                slower += [title] if wall > duck else []
            peak = service.peak()
        self.row("memory of the service after these counts", megabytes(peak))
        if slower:
            self.row("SLOWER THAN DUCKDB", ", ".join(slower))
        definition = (SEGMENTS / "01-entered.json").read_text()
        cold = self.wayfare("segment", "count", "--data", self.data, "--definition", "-", "--as-of", AS_OF, "--json", stdin=definition)
        self.row("count from the command line, cold", f"{checked(cold, 'count').seconds * 1000:,.0f} ms", note=f"peak {megabytes(cold.peak)}")

    def exports(self):
        everyone = {"attribute": "email", "operator": "exists"}
        attributes = "user_id,email,country,city,gender,age,plan,language,member_since,score"
        profiles = ["profiles", "--definition", "-", "--attributes", attributes, "--format", "csv"]
        self.export("users with e-mail × 11 columns, CSV", profiles, json.dumps(everyone), peer.PROFILES)
        request = self.home / "request.json"
        wanted = [{"event_name": name, "params": params} for name, params in PARAMS.items()]
        body = {"format": "csv", "attributes": ["user_id", "email", "country"], "events": {"start_date": 1785628800, "end_date": 1788220800, "wanted": wanted}}
        request.write_text(json.dumps(body))
        self.export("events of 30 days with user id, e-mail, country, CSV", ["events", "--request", request], None, peer.EVENTS)

    def export(self, what, arguments, stdin, query):
        output = self.home / "out"
        shutil.rmtree(output, ignore_errors=True)
        command = ["export", *arguments, "--data", self.data, "--output", output, "--json"]
        ours = checked(self.wayfare(*command, limit=EXPORT_LIMIT, stdin=stdin), what)
        manifest = json.loads(next(output.rglob("manifest.json")).read_text())
        size = sum(path.stat().st_size for path in output.rglob("part-*"))
        checked(self.wayfare("verify", output), "verify")
        copied = self.home / "duckdb.csv"
        theirs = checked(measure.run([sys.executable, ROOT / "bench/peer.py", self.data / "lake.db", copied], stdin=query), "DuckDB")
        lines = int(subprocess.run(["wc", "-l", copied], capture_output=True, text=True, check=True).stdout.split()[0]) - 1
        if lines != manifest["rows"]:
            sys.exit(f"{what}: {manifest['rows']} rows here, {lines} by DuckDB")
        note = f"{manifest['rows']:,} rows, {megabytes(size)}; peak {megabytes(ours.peak)}, of its own {megabytes(ours.anonymous)}, limit {megabytes(EXPORT_LIMIT)} by {ours.limited_by}; DuckDB {megabytes(theirs.peak)}"
        self.row(f"export: {what}", f"{ours.seconds:.1f} s", f"{theirs.seconds:.1f} s", f"{theirs.seconds / ours.seconds:.1f} ×", note)
        copied.unlink()
        shutil.rmtree(output)

    def table(self):
        given = self.given
        build = "release" if "release" in str(given.binary) else "dev (not the figures to quote)"
        lines = [
            f"{given.profiles:,} profiles × {given.events:,} events, seed {given.seed}; {build} build, {os.cpu_count()} cores, "
            f"{platform.system()} {platform.machine()}; DuckDB {duckdb.__version__} with 2 threads over the same lake; medians of {given.times}.",
            "",
            "| what | Wayfare | DuckDB | DuckDB ÷ Wayfare | |",
            "| --- | ---: | ---: | ---: | --- |",
            *(f"| {' | '.join(row)} |" for row in self.rows),
        ]
        return "\n".join(lines) + "\n"


class Serving:
    """The service, up for the time of a `with` block."""

    def __init__(self, binary, data):
        self.log = tempfile.NamedTemporaryFile()
        arguments = [str(binary), "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def __enter__(self):
        while self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", Path(self.log.name).read_text(errors="replace"))
            if found:
                self.connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=600)
                self.connection.request("GET", "/health/ready")
                response = self.connection.getresponse()
                response.read()
                if response.status == 200:
                    return self
            time.sleep(0.005)
        sys.exit(f"the service did not start:\n{Path(self.log.name).read_text()}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    def count(self, definition):
        body = json.dumps({"definition": definition, "as_of": AS_OF})
        self.connection.request("POST", "/api/v1/segments/count", body, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            sys.exit(f"count: {response.status} {answer}")
        return answer

    def peak(self):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) * 1024


def main():
    target = Path(os.environ.get("CARGO_TARGET_DIR", Path.home() / ".cache/wayfare/target"))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--profiles", type=int)
    parser.add_argument("--events", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=["parquet", "ndjson"], default="parquet")
    parser.add_argument("--quick", action="store_true", help="50 k profiles, 500 k events, dev build")
    parser.add_argument("--times", type=int, default=9, help="how often each count is asked")
    parser.add_argument("--binary", type=Path)
    parser.add_argument("--scratch", type=Path, default=Path.home() / ".cache/wayfare/bench", help="where generated files are kept")
    parser.add_argument("--keep", type=Path, help="keep the data directory here, and use it again when it is there")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    given.profiles = given.profiles or (50_000 if given.quick else 1_000_000)
    given.events = given.events or (500_000 if given.quick else 10_000_000)
    given.binary = given.binary or target / ("debug" if given.quick else "release") / "wayfare"
    given.scratch.mkdir(parents=True, exist_ok=True)
    bench = Bench(given)
    try:
        bench.load()
        bench.counts()
        bench.exports()
    finally:
        if not given.keep:
            shutil.rmtree(bench.home, ignore_errors=True)
    print(bench.table())
    if given.write:
        page = ROOT / "docs/performance.md"
        name = f"{given.profiles}x{given.events}"
        start, end = f"<!-- {name} -->\n", f"<!-- end {name} -->\n"
        text = page.read_text()
        if start not in text:
            text += f"\n{start}{end}"
        before, rest = text.split(start)
        page.write_text(before + start + bench.table() + end + rest.split(end)[1])


if __name__ == "__main__":
    main()
