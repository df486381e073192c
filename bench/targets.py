"""What the counts are to reach at 1 M profiles × 50 M events, and whether a run did."""

import statistics
from dataclasses import dataclass

from measure import MEGABYTE

# Why a target, or a segment, is missed where it is: by the target's name or the segment's (`10-silent`). Written by
# whoever looked into it; the table shows it beside the figure.
REASONS = {
    "in process against DuckDB native, geometric mean": "journeys and days are far beyond it, but plans that read every row of an event are 2 to 12 times as fast",
    "in process against ClickHouse, geometric mean": "as against DuckDB: plans that read every row of an event",
    "plans slower than DuckDB native": "13-active, in one of three runs: states in a journey compare the ids of its passes, texts in Wayfare and numbers in DuckDB",
    "in process, p50 of the segments": "half of the segments read a million rows or more, at about a nanosecond each",
    "memory an event, hot": "what the thirty read of the index, ids of passes above all, and 80 MB of values and columns of their own",
    "over HTTP, p50 of the segments": "the same, with caches that the client and the server emptied between two, and half a millisecond of HTTP and JSON",
}


@dataclass
class Target:
    name: str
    wanted: str
    measured: str
    met: bool
    detail: str = ""

    @property
    def verdict(self):
        if self.met:
            return "met"
        return "missed: " + (REASONS.get(self.name) or self.detail or self.measured)


def ratio(row, peer):
    """How many times as long as Wayfare in process the peer takes."""
    return row[peer] / max(row["in_process"], 0.001)


def slower(segments):
    """The segments that DuckDB native answers sooner."""
    return [row for row in segments if ratio(row, "native") < 1]


def targets(results):
    """All of them, in the order of the issue; those that set Wayfare against peers only where there are some."""
    segments, memory, events = results["segments"], results["memory"], results["events"]
    found = []

    def below(name, measured, limit, unit, digits=1):
        found.append(Target(name, f"under {limit:,} {unit}", f"{measured:,.{digits}f} {unit}", measured < limit))

    if results["peers"]:
        for name, peer, wanted in [("in process against DuckDB native", "native", 40), ("in process against ClickHouse", "clickhouse", 60)]:
            mean = statistics.geometric_mean(ratio(row, peer) for row in segments)
            found.append(Target(f"{name}, geometric mean", f"at least {wanted} ×", f"{mean:,.1f} ×", mean >= wanted))
        behind = slower(segments)
        names = ", ".join(row["name"] for row in behind)
        found.append(Target("plans slower than DuckDB native", "none", f"{len(behind)} of {len(segments)}", not behind, names))
    in_process = [row["in_process"] for row in segments]
    below("in process, p50 of the segments", statistics.median(in_process), 1, "ms", 3)
    below("in process, worst of the segments", max(in_process), 60, "ms")
    below("over HTTP, p50 of the segments", statistics.median(row["http"] for row in segments), 3, "ms", 2)
    restart = results["restart"]
    below("first count after a restart, from the start of the process", restart["ready"] + restart["first"], 1000, "ms", 0)
    below("anonymous memory after all counts", memory["anonymous"] / MEGABYTE, 600, "MB", 0)
    hot = memory["index"] + max(memory["anonymous"] - memory["anonymous_before"], 0)
    below("memory an event, hot", hot / events, 10, "bytes")
    if "following" in results:
        below("a flush of 100,000 events, until the index follows", results["following"]["follows"], 200, "ms", 0)
    return found
