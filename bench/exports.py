"""What exports take, against DuckDB's `COPY` over the same lake, each as a process of its own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import measure
from measure import MEGABYTE, checked, megabytes

LIMIT = 256 * MEGABYTE
PARAMS = {
    "journey_enter": ["journey_id"],
    "journey_exit": ["journey_id", "exit_reason"],
    "journey_product_action": ["journey_id", "campaign_id", "channel_code", "action_code"],
    "purchase": ["amount"],
    "page_view": [],
}
# What an export of users holds: everyone with an e-mail address, and ten columns.
PROFILES = """
    SELECT profile_id, json_extract_string(identifiers, '$.user_id') AS user_id, json_extract_string(identifiers, '$.email') AS email,
        country, city, gender, age, plan, language, member_since, score
    FROM lake.main.profiles WHERE json_extract_string(identifiers, '$.email') IS NOT NULL ORDER BY profile_id
"""
# What an export of activity holds: the events of 30 days with user id, e-mail and country.
EVENTS = """
    SELECT e.*, json_extract_string(p.identifiers, '$.user_id') AS user_id, json_extract_string(p.identifiers, '$.email') AS email, p.country
    FROM (
        SELECT profile_id, 'journey_enter' AS event, timestamp, journey_id, NULL AS campaign_id, NULL AS channel_code, NULL AS action_code, NULL AS exit_reason, NULL AS amount FROM lake.events.journey_enter
        UNION ALL SELECT profile_id, 'journey_exit', timestamp, journey_id, NULL, NULL, NULL, exit_reason, NULL FROM lake.events.journey_exit
        UNION ALL SELECT profile_id, 'journey_product_action', timestamp, journey_id, campaign_id, channel_code, action_code, NULL, NULL FROM lake.events.journey_product_action
        UNION ALL SELECT profile_id, 'purchase', timestamp, NULL, NULL, NULL, NULL, NULL, amount FROM lake.events.purchase
        UNION ALL SELECT profile_id, 'page_view', timestamp, NULL, NULL, NULL, NULL, NULL, NULL FROM lake.events.page_view
    ) e JOIN lake.main.profiles p USING (profile_id)
    WHERE e.timestamp >= TIMESTAMPTZ '2026-08-02 00:00:00Z' AND e.timestamp < TIMESTAMPTZ '2026-09-01 00:00:00Z'
"""


def export(bench, what, arguments, stdin, query):
    output = bench.home / "out"
    shutil.rmtree(output, ignore_errors=True)
    command = ["export", *arguments, "--data", bench.data, "--output", output, "--json"]
    ours = checked(bench.wayfare(*command, limit=LIMIT, stdin=stdin), what)
    manifest = json.loads(next(output.rglob("manifest.json")).read_text())
    size = sum(path.stat().st_size for path in output.rglob("part-*"))
    checked(bench.wayfare("verify", output), "verify")
    shutil.rmtree(output)
    took, ratio, other = "", "", ""
    if bench.given.peers and query:
        copied = bench.home / "duckdb.csv"
        reader = Path(__file__).resolve().parent / "duckdb_lake.py"
        theirs = checked(measure.run([sys.executable, reader, bench.data / "lake.db", copied], stdin=query), "DuckDB")
        lines = int(subprocess.run(["wc", "-l", copied], capture_output=True, text=True, check=True).stdout.split()[0]) - 1
        if lines != manifest["rows"]:
            sys.exit(f"{what}: {manifest['rows']} rows here, {lines} by DuckDB")
        took, ratio = f"{theirs.seconds:.1f} s", f"{theirs.seconds / ours.seconds:.1f} ×"
        other = f"; DuckDB {megabytes(theirs.peak)}"
        copied.unlink()
    memory = f"peak {megabytes(ours.peak)}, of its own {megabytes(ours.anonymous)}, limit {megabytes(LIMIT)} by {ours.limited_by}"
    bench.row(f"export: {what}", f"{ours.seconds:.1f} s", took, ratio, f"{manifest['rows']:,} rows, {megabytes(size)}; {memory}{other}")


def exports(bench):
    everyone = {"attribute": "email", "operator": "exists"}
    attributes = "user_id,email,country,city,gender,age,plan,language,member_since,score"
    profiles = ["profiles", "--definition", "-", "--attributes", attributes, "--format", "csv"]
    export(bench, "users with e-mail × 11 columns, CSV", profiles, json.dumps(everyone), PROFILES)
    request = bench.home / "request.json"
    wanted = [{"event_name": name, "params": params} for name, params in PARAMS.items()]
    body = {"format": "csv", "attributes": ["user_id", "email", "country"], "events": {"start_date": 1785628800, "end_date": 1788220800, "wanted": wanted}}
    request.write_text(json.dumps(body))
    export(bench, "events of 30 days with user id, e-mail, country, CSV", ["events", "--request", request], None, EVENTS)
    # No peer puts passes together.
    export(bench, "passes of all journeys, CSV", ["passes", "--as-of", "2026-09-01T00:00:00Z"], None, None)
    export(bench, "messages of all journeys, CSV", ["messages"], None, None)
