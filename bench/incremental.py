"""A day's incremental export, out of much history and out of little: the cost should grow with rows, not with history.

Two stores hold the same people and the events of 180 days, one ten times as many as the other. Both then take the same
day's events, and what came in since is exported. The ratio of the medians of both is the result.

    python bench/incremental.py --binary target/release/wayfare --home DIR [--events 50000000] [--times 5] [--data DIR]

`--data` names a store that holds the large history already; it is copied. What is made lies in DIR and is used again.
"""

import argparse
import json
import shutil
import statistics
from pathlib import Path

import numpy as np
import pyarrow as pa

import generate
import measure
from exports import PARAMS, settle
from measure import checked, megabytes, say
from service import environment

DAY = 86_400
FORMS = {
    "events, three profile columns": ["events"],
    "states of profiles": ["profiles", "--attributes", "user_id,email,country"],
    "passes": ["passes"],
    "messages": ["messages"],
}


def day_of_events(path, profiles, events):
    """Writes the events of the day behind the history: rows of another seed, at times of that day."""
    traffic = generate.Traffic(profiles, events, 2)

    def rows(start, stop):
        table = traffic.event_rows(start, stop)
        seconds = generate.END + np.arange(start, stop) * DAY // events
        times = pa.array(seconds * 1_000_000, pa.timestamp("us", "UTC"))
        return table.set_column(table.column_names.index("timestamp"), "timestamp", times)

    chunks = ((start, min(start + generate.CHUNK, events)) for start in range(0, events, generate.CHUNK))
    generate.write(path, (rows(*chunk) for chunk in chunks), True)


def day_of_profiles(path, profiles, people):
    """Writes new states of some people: every so many of them, of another seed."""
    traffic = generate.Traffic(profiles, 0, 2)
    step = profiles // people
    table = pa.concat_tables(traffic.profile_rows(at, at + 1) for at in range(0, people * step, step))
    generate.write(path, [table], True)


class Store:
    """A history and the day behind it."""

    def __init__(self, given, events):
        self.binary, self.data = given.binary, given.home / f"store-{events}"
        self.base = given.home / f"store-{events}.json"
        self.events = events

    def wayfare(self, *arguments, stdin=None):
        return checked(measure.run([self.binary, *arguments], env=environment(), stdin=stdin), arguments[0])

    def load(self, profiles, given, day):
        if self.base.exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        if given.data and self.events == given.events:
            say(f"copying {given.data}")
            shutil.copytree(given.data, self.data)
        else:
            folder = given.home / f"input-{self.events}"
            if not (folder / "events.parquet").exists():
                say(f"generating {self.events:,} events")
                generate.generate(profiles, self.events, 1, "parquet", folder)
            say(f"importing {self.events:,} events")
            self.wayfare("import", "--data", self.data, "--profiles", folder / "profiles.parquet", "--events", folder / "events.parquet")
        counted = self.wayfare("segment", "count", "--data", self.data, "--definition", "-", "--json", stdin='{"all": []}')
        position = json.loads(counted.out)["position"]
        self.wayfare("import", "--data", self.data, "--profiles", day[0], "--events", day[1])
        self.base.write_text(json.dumps(position))

    def export(self, what, output, request):
        """Exports what is new; gives seconds, memory and rows."""
        shutil.rmtree(output, ignore_errors=True)
        kind, *options = FORMS[what]
        options = ["--request", request] if kind == "events" else [*options, "--format", "csv"]
        settle()
        since = json.loads(self.base.read_text())
        run = self.wayfare("export", kind, *options, "--data", self.data, "--output", output, "--since", since, "--json")
        manifest = json.loads((output / "manifest.json").read_text())
        return run.seconds, run.anonymous, manifest["rows"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=Path)
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--profiles", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    given.home.mkdir(parents=True, exist_ok=True)
    day = [given.home / "day-profiles.parquet", given.home / "day-events.parquet"]
    if not day[1].exists():
        day_of_profiles(day[0], given.profiles, given.profiles // 100)
        day_of_events(day[1], given.profiles, given.events // generate.DAYS)
    request = given.home / "request.json"
    wanted = [{"event_name": name, "params": [one for one in params if one != "timestamp"]} for name, params in PARAMS.items()]
    request.write_text(json.dumps({"kind": "events", "format": "csv", "attributes": ["user_id", "email", "country"], "events": {"wanted": wanted}}))
    stores = [Store(given, events) for events in (given.events // 10, given.events)]
    for store in stores:
        store.load(given.profiles, given, day)
    print(f"| what came in on a day | rows | of {stores[0].events:,} events | of {stores[1].events:,} | ratio | memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    for what in FORMS:
        # By turns, so that what else the machine does meets both.
        runs = [[store.export(what, given.home / "out", request) for store in stores] for _ in range(given.times)]
        small, large = ([run[side] for run in runs] for side in (0, 1))
        rows = {run[2] for run in small + large}
        seconds = [statistics.median(run[0] for run in side) for side in (small, large)]
        shown = " and ".join(f"{number:,}" for number in sorted(rows))
        memory = megabytes(max(run[1] for run in large))
        print(f"| {what} | {shown} | {seconds[0]:.2f} s | {seconds[1]:.2f} s | {seconds[1] / seconds[0]:.2f} | {memory} |", flush=True)


if __name__ == "__main__":
    main()
