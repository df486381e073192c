"""What exports take, against DuckDB's `COPY` from a database file of its own that lies in the same order.

Each export is a process of its own, and so is each `COPY`: opening is in both. A job is run as it is, which ends when its
bytes are on the disk, and once more where syncing does nothing (`libeatmydata`); DuckDB's file is synced afterwards, and
that is counted, or it is not. Our hashing is in all of it. Memory is what no file stands behind.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb_native
import measure
from measure import MEGABYTE, checked, megabytes, say
from service import environment

NO_SYNC = "/usr/lib/x86_64-linux-gnu/libeatmydata.so"
PARAMS = {
    "journey_enter": ["journey_id", "timestamp"],
    "journey_exit": ["journey_id", "exit_reason", "timestamp"],
    "journey_product_action": ["journey_id", "campaign_id", "channel_code", "action_code", "timestamp"],
    "purchase": ["amount", "timestamp"],
    "page_view": ["timestamp"],
}
# The activity of 30 days, three columns of profiles on each row.
COLUMNS = ["journey_id", "timestamp", "exit_reason", "campaign_id", "channel_code", "action_code", "amount"]
OWN = {"journey_enter": {"journey_id"}, "journey_exit": {"journey_id", "exit_reason"}, "journey_product_action": {"journey_id", "campaign_id", "channel_code", "action_code"}, "purchase": {"amount"}, "page_view": set()}


def events_query():
    """The same rows and columns, from the database file."""

    def one(event):
        columns = ", ".join(c if c == "timestamp" or c in OWN[event] else f"NULL AS {c}" for c in COLUMNS)
        days = "timestamp >= TIMESTAMP '2026-08-02 00:00:00' AND timestamp < TIMESTAMP '2026-09-01 00:00:00'"
        return f"SELECT profile_id, '{event}' AS event_name, {columns} FROM {event} WHERE {days}"

    union = " UNION ALL ".join(one(event) for event in PARAMS)
    return f"SELECT p.user_id, p.email, p.country, e.event_name, {', '.join(f'e.{c}' for c in COLUMNS)}, e.profile_id FROM ({union}) e JOIN profiles p USING (profile_id)"


def events_body(form):
    wanted = [{"event_name": name, "params": params} for name, params in PARAMS.items()]
    events = {"start_date": 1785628800, "end_date": 1788220800, "wanted": wanted}
    return json.dumps({"format": form, "attributes": ["user_id", "email", "country"], "events": events})


ATTRIBUTES = "user_id,email,country,city,gender,age,plan,language,member_since,email_opt_in,lifetime_value,score,device,os,browser,source,store,points,last_order_value,push_opt_in"
USERS = {"any": [{"attribute": "country", "operator": "in", "values": ["TR", "FR"]}]}
USERS_QUERY = f"SELECT profile_id, {ATTRIBUTES} FROM profiles WHERE country IN ('TR', 'FR') ORDER BY profile_id"


@dataclass
class Job:
    what: str
    command: list
    copy: str | None
    """DuckDB's options; None where it has no such job."""
    query: str = ""
    stdin: str | None = None
    wanted: float | None = None
    """At least so many times as fast, without sync."""
    memory: int = 256
    """The most memory of its own, in MB."""
    verified: bool = True
    found: dict = field(default_factory=dict)


def jobs(home):
    """All of them; requests are written into `home`."""
    found = []
    forms = [("CSV", "csv", [], "FORMAT csv, HEADER", 1.5, 100), ("CSV.gz", "csv", ["--compression", "gzip"], "FORMAT csv, HEADER, COMPRESSION gzip", 5, 100)]
    forms += [("NDJSON", "json", [], "FORMAT json", 1.2, 100), ("Parquet zstd", "parquet", [], "FORMAT parquet, COMPRESSION zstd", 1, 200)]
    for name, form, options, copy, wanted, memory in forms:
        request = home / f"request-{form}.json"
        request.write_text(events_body(form))
        found.append(Job(f"events of 30 days, three profile columns, {name}", ["events", "--request", request, *options], copy, events_query(), None, wanted, memory))
    profiles = ["profiles", "--definition", "-", "--attributes", ATTRIBUTES, "--format", "csv"]
    found.append(Job("users × 20 attributes, CSV", profiles, "FORMAT csv, HEADER", USERS_QUERY, json.dumps(USERS), 1, 100))
    found.append(Job("passes of all journeys, CSV", ["passes", "--format", "csv"], None, memory=256))
    return found


def ours(bench, job, synced):
    """One run: seconds, memory, the manifest, bytes; the files stay."""
    output = bench.home / "out"
    shutil.rmtree(output, ignore_errors=True)
    env = environment() | ({} if synced else {"LD_PRELOAD": NO_SYNC})
    command = [bench.given.binary, "export", *job.command, "--data", bench.data, "--output", output, "--json"]
    settle()
    run = checked(measure.run(command, env=env, stdin=job.stdin), job.what)
    manifest = json.loads((output / "manifest.json").read_text())
    return run, manifest, sum(part["bytes"] for part in manifest["parts"])


def theirs(bench, job, synced):
    """One run of DuckDB: seconds, memory, bytes and rows."""
    copied = bench.home / "copied"
    copied.unlink(missing_ok=True)
    program = [sys.executable, Path(__file__).resolve(), "copy", bench.native, copied, job.copy, "sync" if synced else "no-sync"]
    settle()
    run = checked(measure.run(program, stdin=job.query), "DuckDB")
    size = copied.stat().st_size
    copied.unlink()
    return run, float(run.out.split()[0]), int(run.out.split()[1]), size


def settle():
    """What was written before is not what is measured."""
    subprocess.run(["sync"], check=True)
    time.sleep(0.3)


def verified(bench):
    """Reading everything again, as `wayfare verify` does."""
    settle()
    run = measure.run([bench.given.binary, "verify", bench.home / "out"], env=environment())
    return checked(run, "verify")


def exports(bench):
    """Runs all jobs, several times each, and puts them into the results."""
    files = bench.input_files("parquet")
    bench.native = bench.folder() / f"duckdb-{duckdb_native.VERSION}.db"
    duckdb_native.build(bench.native, *files)
    if not Path(NO_SYNC).exists():
        say("libeatmydata is not there: `apt-get install libeatmydata1`; runs without sync are left out")
    found = []
    for job in jobs(bench.home):
        runs = {}
        for synced in [True, False] if Path(NO_SYNC).exists() else [True]:
            mine, others, checks = [], [], []
            for _ in range(bench.given.export_times):
                run, manifest, size = ours(bench, job, synced)
                mine.append((run.seconds, run.anonymous, run.peak))
                if synced:
                    checks.append(verified(bench))
                if job.copy and bench.given.peers:
                    _, seconds, rows, copied = theirs(bench, job, synced)
                    others.append(seconds)
                    if rows != manifest["rows"]:
                        sys.exit(f"{job.what}: {manifest['rows']} rows here, {rows} by DuckDB")
                    runs["copied"] = copied
            runs["synced" if synced else "unsynced"] = {
                "ours": statistics.median(seconds for seconds, _, _ in mine),
                "theirs": statistics.median(others) if others else None,
                "anonymous": max(anonymous for _, anonymous, _ in mine),
            }
            if checks:
                runs["verify"] = {"seconds": statistics.median(c.seconds for c in checks), "anonymous": max(c.anonymous for c in checks)}
        runs |= {"what": job.what, "rows": manifest["rows"], "bytes": size, "wanted": job.wanted, "memory": job.memory}
        found.append(runs)
        say(json.dumps(runs))
    shutil.rmtree(bench.home / "out", ignore_errors=True)
    bench.results["exports"] = found


def table(found):
    """The results as Markdown."""
    heads = ["job", "rows", "size", "Wayfare, synced", "DuckDB, synced", "Wayfare", "DuckDB", "DuckDB ÷ Wayfare", "wanted", "memory of its own", "verify"]
    lines = [f"| {' | '.join(heads)} |", "| --- " + "| ---: " * (len(heads) - 1) + "|"]
    seconds = lambda value: "" if value is None else f"{value:.2f} s"
    for job in found:
        synced, unsynced = job["synced"], job.get("unsynced")
        size = megabytes(job["bytes"]) + (f" (DuckDB {megabytes(job['copied'])})" if job.get("copied") else "")
        best = unsynced or synced
        ratio = f"{best['theirs'] / best['ours']:.2f} ×" if best["theirs"] else ""
        wanted = "" if job["wanted"] is None else f"{job['wanted']:g} ×{'' if best['theirs'] / best['ours'] >= job['wanted'] else ', missed'}"
        memory = max(synced["anonymous"], best["anonymous"])
        memory = f"{megabytes(memory)} of {job['memory']}{'' if memory <= job['memory'] * MEGABYTE else ', missed'}"
        verify = f"{job['verify']['seconds']:.2f} s, {megabytes(job['verify']['anonymous'])}"
        plain = [seconds(unsynced["ours"]), seconds(unsynced["theirs"])] if unsynced else ["", ""]
        cells = [job["what"], f"{job['rows']:,}", size, seconds(synced["ours"]), seconds(synced["theirs"]), *plain, ratio, wanted, memory, verify]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def copy(database, path, options, sync):
    """DuckDB's side, as a process: prints the seconds and rows."""
    import duckdb

    query = sys.stdin.read()
    started = time.monotonic()
    connection = duckdb.connect(database, read_only=True)
    connection.execute("SET threads = 2; SET TimeZone = 'UTC'; SET enable_progress_bar = false; SET preserve_insertion_order = false")
    rows = connection.execute(f"COPY ({query}) TO '{path}' ({options})").fetchone()[0]
    if sync == "sync":
        with open(path) as file:
            os.fsync(file.fileno())
    print(time.monotonic() - started, rows)


if __name__ == "__main__" and sys.argv[1:2] == ["copy"]:
    copy(*sys.argv[2:])
