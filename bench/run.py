#!/usr/bin/env python3
"""Measures import, counts, exports and start-up, beside DuckDB and ClickHouse, in one run.

    make bench                       # 1 M profiles, 50 M events, release build
    make bench ARGS=--quick          # 50 k and 500 k, dev build: only to see that everything works

Prints Markdown; `--write` puts it into docs/performance.md. Memory limits hold by control group where one may be made (as
root), else by `ulimit -d`. The machine is rarely quiet: read the ratios.
"""

import argparse
import json
import os
import platform
import shutil
import tempfile
from pathlib import Path

import counts
import exports
import following
import generate
import measure
import table
from measure import MEGABYTE, checked, megabytes, say
from service import environment

ROOT = Path(__file__).resolve().parent.parent
IMPORT_LIMIT = 1024 * MEGABYTE


class Bench:
    """One data directory and what was measured."""

    def __init__(self, given):
        self.given = given
        self.home = given.keep or Path(tempfile.mkdtemp(prefix="wayfare-bench-", dir=given.scratch))
        self.home.mkdir(parents=True, exist_ok=True)
        self.data = self.home / "data"
        self.results = {
            "profiles": given.profiles,
            "events": given.events,
            "seed": given.seed,
            "times": given.times,
            "build": "release" if "release" in str(given.binary) else "dev (not the figures to quote)",
            "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
            "rows": [],
        }

    def row(self, what, ours, theirs="", ratio="", note=""):
        self.results["rows"].append((what, ours, theirs, ratio, note))
        say(" | ".join(self.results["rows"][-1]))

    def wayfare(self, *arguments, limit=None, stdin=None):
        return measure.run([self.given.binary, *arguments], limit=limit, env=environment(), stdin=stdin)

    def folder(self):
        """Where generated files, the peers' stores and results are kept between runs."""
        return generated(self.given.scratch, self.given.profiles, self.given.events, self.given.seed)

    def input_files(self, form):
        given = self.given
        files = [self.folder() / f"{name}.{form}" for name in ("profiles", "events")]
        if not all(path.exists() for path in files):
            say(f"generating {given.profiles:,} profiles and {given.events:,} events")
            generate.generate(given.profiles, given.events, given.seed, form, self.folder())
        return files

    def load(self):
        profiles, events = self.input_files(self.given.format)
        kept = self.home / "import.json"
        if self.data.exists():
            say("reusing the data directory")
            if kept.exists():
                self.results["rows"] = json.loads(kept.read_text())
            return
        say("importing")
        run = self.wayfare("import", "--data", self.data, "--profiles", profiles, "--events", events, "--json", limit=IMPORT_LIMIT)
        checked(run, "import")
        rows = sum(json.loads(run.out)[kind]["accepted"] for kind in ("profiles", "events"))
        note = f"peak {megabytes(run.peak)}, of its own {megabytes(run.anonymous)}; limit {megabytes(IMPORT_LIMIT)} by {run.limited_by}"
        self.row(f"import, {self.given.format}", f"{rows / run.seconds / 1000:,.0f} k rows/s", note=note)
        flushed = checked(self.wayfare("flush", "--data", self.data, limit=IMPORT_LIMIT), "flush")
        self.row("flush of the rest", f"{flushed.seconds:.1f} s", note=f"peak {megabytes(flushed.peak)}")
        kept.write_text(json.dumps(self.results["rows"]))


def generated(scratch, profiles, events, seed):
    return scratch / f"{profiles}x{events}-seed{seed}-v{generate.VERSION}"


def write(name, text):
    """Replaces what stands between the marks of this size in docs/performance.md, or adds it at the end."""
    page = ROOT / "docs/performance.md"
    start, end = f"<!-- {name} -->\n", f"<!-- end {name} -->\n"
    whole = page.read_text()
    if start not in whole:
        whole += f"\n{start}{end}"
    before, rest = whole.split(start)
    page.write_text(before + start + text + end + rest.split(end)[1])


def arguments():
    target = Path(os.environ.get("CARGO_TARGET_DIR", Path.home() / ".cache/wayfare/target"))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--profiles", type=int)
    parser.add_argument("--events", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=["parquet", "ndjson"], default="parquet", help="what is imported; the peers load Parquet")
    parser.add_argument("--quick", action="store_true", help="50 k profiles, 500 k events, dev build")
    parser.add_argument("--times", type=int, default=9, help="how often each count is asked")
    parser.add_argument("--export-times", type=int, default=3, help="how often each export is run")
    parser.add_argument("--only", choices=["counts", "exports"], help="leave the other measurements out")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="only Wayfare: to see how cost grows")
    parser.add_argument("--beside", help="PROFILESxEVENTS of a run without peers that is shown as a second column")
    parser.add_argument("--binary", type=Path)
    parser.add_argument("--scratch", type=Path, default=Path.home() / ".cache/wayfare/bench", help="where generated files are kept")
    parser.add_argument("--keep", type=Path, help="keep the data directory here, and use it again when it is there")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    given = parser.parse_args()
    given.profiles = given.profiles or (50_000 if given.quick else 1_000_000)
    given.events = given.events or (500_000 if given.quick else 50_000_000)
    given.binary = given.binary or target / ("debug" if given.quick else "release") / "wayfare"
    given.scratch.mkdir(parents=True, exist_ok=True)
    return given


def count_figures(bench):
    """Counts and what goes with them, as the block of the page."""
    given = bench.given
    before = os.getloadavg()[0]
    counts.counts(bench)
    bench.results["load"] = [before, os.getloadavg()[0]]
    following.following(bench)
    (bench.folder() / "results.json").write_text(json.dumps(bench.results, indent=1))
    larger = None
    if given.beside:
        larger = json.loads((generated(given.scratch, *given.beside.split("x"), given.seed) / "results.json").read_text())
    return table.render(bench.results, larger)


def export_figures(bench):
    """Exports, as their block of the page."""
    before = os.getloadavg()[0]
    exports.exports(bench)
    results = bench.results
    head = f"{results['profiles']:,} profiles × {results['events']:,} events, seed {results['seed']}; {results['build']} build, {results['machine']}"
    load = f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    lines = [f"{head}; {load}; medians of {bench.given.export_times}.", "", *exports.table(results["exports"])]
    return "\n".join(lines) + "\n"


def main():
    given = arguments()
    bench = Bench(given)
    texts = {}
    try:
        bench.load()
        size = f"{given.profiles}x{given.events}"
        if given.only != "exports":
            texts[size] = count_figures(bench)
        if given.only != "counts":
            texts[f"exports {size}"] = export_figures(bench)
    finally:
        if not given.keep:
            shutil.rmtree(bench.home, ignore_errors=True)
    for name, text in texts.items():
        print(text)
        if given.write:
            write(name, text)


if __name__ == "__main__":
    main()
