"""The results of a run as Markdown."""

import statistics

import segment
from measure import megabytes
from targets import REASONS, ratio, slower, targets

PEERS = [("native", "DuckDB native"), ("lake", "DuckDB, lake"), ("clickhouse", "ClickHouse")]


def ms(value):
    """Three digits that say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def times(value):
    return f"{value:,.0f} ×" if value >= 10 else f"{value:.1f} ×"


def aligned(heads, rows):
    """A table whose second column is text, as the first; all others are figures."""
    return [f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * 2 + ['---:'] * (len(heads) - 2))} |", *(f"| {' | '.join(row)} |" for row in rows)]


def size_name(results):
    return f"{results['profiles'] / 1e6:g} M × {results['events'] / 1e6:g} M"


def counts_table(results, larger):
    """A row a segment, then the geometric means."""
    segments, peers = results["segments"], [peer for peer in PEERS if results["peers"]]
    others = {row["name"]: row for row in larger["segments"]} if larger else {}
    heads = ["", "segment", "users", "in process", "over HTTP"]
    heads += [label for _, label in peers] + [f"{label} ÷ in process" for _, label in peers]
    heads += [f"in process, {size_name(larger)}", "grows by"] if larger else []
    rows = []
    for row in segments:
        title = row["title"]
        if peers and row in slower(segments):
            title += f" (missed: slower than DuckDB native{reason(row['name'])})"
        cells = [row["name"].split("-")[0], title, f"{row['users']:,}", ms(row["in_process"]), ms(row["http"])]
        cells += [ms(row[peer]) for peer, _ in peers] + [times(ratio(row, peer)) for peer, _ in peers]
        if larger:
            other = others.get(row["name"])
            cells += [ms(other["in_process"]), times(other["in_process"] / max(row["in_process"], 0.001))] if other else ["", ""]
        rows.append(cells)
    for title, part in [(f"geometric mean of the first {segment.REFERENCE}", segments[: segment.REFERENCE]), ("geometric mean of all", segments)]:
        mean = lambda value: statistics.geometric_mean(max(value(row), 0.001) for row in part)
        cells = ["", title, "", ms(mean(lambda row: row["in_process"])), ms(mean(lambda row: row["http"]))]
        cells += [ms(mean(lambda row: row[peer])) for peer, _ in peers] + [times(mean(lambda row: ratio(row, peer))) for peer, _ in peers]
        if larger:
            both = [(row, others[row["name"]]) for row in part if row["name"] in others]
            cells += [ms(statistics.geometric_mean(max(other["in_process"], 0.001) for _, other in both))]
            cells += [times(statistics.geometric_mean(max(other["in_process"], 0.001) / max(row["in_process"], 0.001) for row, other in both))]
        rows.append(cells)
    return aligned(heads, rows)


def reason(name):
    return f": {REASONS[name]}" if name in REASONS else ""


def other_figures(results):
    """What is measured of the service beside the single counts."""
    memory, restart, index = results["memory"], results["restart"], results["index"]
    events = results["events"]
    yield "start until ready", f"{restart['ready']:,.0f} ms", ""
    yield "first count after the start", f"{restart['first']:,.0f} ms", "over HTTP"
    note = f"slowest {restart['slowest']:,.0f} ms: {restart['slowest_of']}"
    yield f"first time of all {len(results['segments'])} segments, together", f"{restart['all']:,.0f} ms", note
    yield "first command over a data directory", f"{restart['first_command']:,.0f} ms", "builds what of the index is not there yet"
    note = f"opening the data directory included; peak {megabytes(restart['cold_command_peak'])}"
    yield "one count from the command line, cold", f"{restart['cold_command']:,.0f} ms", note
    note = f"{memory['anonymous'] / events:.1f} bytes an event; {megabytes(memory['anonymous_before'])} before the first count"
    yield "anonymous memory of the service after all counts", megabytes(memory["anonymous"]), note
    note = f"of it the index {megabytes(memory['index'])}, {memory['index'] / events:.1f} bytes an event"
    yield "mapped memory of the service after all counts", megabytes(memory["mapped"]), note
    total = sum(index.values())
    parts = ", ".join(f"{name} {megabytes(size)}" for name, size in index.items())
    yield "index on disk", megabytes(total), f"{total / events:.1f} bytes an event; {parts}"
    if "following" in results:
        f = results["following"]
        note = f"slowest count {ms(f['slowest'])} ms, warm {ms(f['warm'])} ms; {ms(f['unflushed'])} ms before the flush"
        yield f"flush of {f['events']:,} events, until the index follows", f"{f['follows']:,.0f} ms", note


def targets_table(results):
    rows = [f"| {target.name} | {target.wanted} | {target.measured} | {target.verdict} |" for target in targets(results)]
    return ["| target | wanted | measured | |", "| --- | --- | ---: | --- |", *rows]


def render(results, larger=None):
    """The block of docs/performance.md; `larger` is a run without peers that stands beside it."""
    about = "; ".join(f"{dict(PEERS)[name]}: {about}" for name, about in results["peers"].items())
    head = f"{results['profiles']:,} profiles × {results['events']:,} events, seed {results['seed']}; {results['build']} build, {results['machine']}"
    load = "load average {:.1f} before the counts, {:.1f} after".format(*results["load"])
    lines = [f"{head}; {load}; {about + '; 2 threads each; ' if about else ''}medians of {results['times']}, in ms."]
    lines += ["", *counts_table(results, larger), ""]
    if results["peers"]:
        lines += [*targets_table(results), ""]
    lines += ["| what | Wayfare | DuckDB, lake | DuckDB ÷ Wayfare | |", "| --- | ---: | ---: | ---: | --- |"]
    lines += [f"| {' | '.join(row)} |" for row in results["rows"]]
    lines += [f"| {what} | {ours} | | | {note} |" for what, ours, note in other_figures(results)]
    return "\n".join(lines) + "\n"
