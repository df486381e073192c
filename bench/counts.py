"""Every segment, asked of Wayfare in process and over HTTP and of each peer; all must answer the same.

In process is `wayfare segment plan`: one process that opens the data directory and evaluates each definition again and
again, so without HTTP. No other process may have the directory meanwhile, so it comes before the service.
"""

import json
import sys
import time

import segment
from measure import checked, median_ms, say
from service import Serving


def load_peers(bench):
    """Those that are asked, loaded from the generated Parquet where they have a store of their own."""
    if not bench.given.peers:
        return {}
    import clickhouse
    import duckdb_lake
    import duckdb_native

    files = bench.input_files("parquet")
    folder = files[0].parent
    say("loading the peers, unless they are kept")
    return {
        "native": duckdb_native.Native(folder / f"duckdb-{duckdb_native.VERSION}.db", *files),
        "lake": duckdb_lake.Lake(bench.data / "lake.db"),
        "clickhouse": clickhouse.ClickHouse(folder / f"clickhouse-{clickhouse.VERSION}", *files),
    }


def plan(bench, segments, repeat):
    """What `wayfare segment plan` answers, in the order of the definitions, and how the process ran."""
    definitions = [word for each in segments for word in ("--definition", each.path)]
    command = ["segment", "plan", "--data", bench.data, *definitions, "--repeat", repeat, "--as-of", segment.AS_OF, "--json"]
    run = checked(bench.wayfare(*command), "segment plan")
    told = json.loads(run.out)
    answers = told["plans"] if len(segments) > 1 else [told]
    if len(answers) != len(segments):
        sys.exit(f"segment plan: {len(segments)} definitions, {len(answers)} answers")
    return answers, run


def first_ms(answer):
    """What the first answer took: loading what the definition needs, then evaluating it."""
    return answer["load_ms"] + answer["plan"]["took_ms"]


def first_answers(service, segments):
    """Every segment asked once, right after the start: the counts, and what each took in milliseconds."""
    counted, taken = [], []
    for each in segments:
        started = time.perf_counter()
        counted.append(service.count(each.definition, segment.AS_OF)["count"])
        taken.append((time.perf_counter() - started) * 1000)
    return counted, taken


def counts(bench):
    segments, times = segment.all_segments(), bench.given.times
    peers = load_peers(bench)
    say("counting in process")
    # What only the first command after an import has to do, such as building an index that is not there yet, is told apart.
    _, opened = plan(bench, segments[:1], 1)
    _, cold = plan(bench, segments[:1], 1)
    planned, whole = plan(bench, segments, times)
    rows, anonymous = [], []
    with Serving(bench.given.binary, bench.data) as service:
        anonymous.append(service.memory()["anonymous"])
        counted, firsts = first_answers(service, segments)
        slowest = max(range(len(segments)), key=lambda at: firsts[at])
        for at, each in enumerate(segments):
            ours = planned[at]
            row = {"name": each.path.stem, "title": each.title, "users": ours["count"], "in_process": ours["took_ms"]}
            row |= {"in_process_first": first_ms(ours), "http_first": firsts[at]}
            answers = {"Wayfare in process": ours["count"], "Wayfare over HTTP": counted[at]}
            _, row["http"] = median_ms(lambda: service.count(each.definition, segment.AS_OF), times)
            for name, peer in peers.items():
                answers[peer.name], row[name] = median_ms(peer.prepared(each), times)
            if len(set(answers.values())) > 1:
                sys.exit(f"{each.path.name}, {each.title}: the answers differ: {answers}")
            say(" | ".join(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()))
            rows.append(row | {"plan": ours.get("plan")})
        memory = service.memory()
    index = {path.name: sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) for path in sorted((bench.data / "index").iterdir())}
    bench.results |= {
        "segments": rows,
        "memory": memory | {"anonymous_before": anonymous[0]},
        "restart": {
            "ready": service.ready_ms,
            "first": firsts[0],
            "all": sum(firsts),
            "slowest": firsts[slowest],
            "slowest_of": segments[slowest].title,
            "first_command": opened.seconds * 1000,
            "cold_command": cold.seconds * 1000,
            "cold_command_peak": cold.peak,
            "in_process_all_first": sum(first_ms(answer) for answer in planned),
        },
        "in_process_anonymous": whole.anonymous,
        "index": index,
        "peers": {name: peer.about for name, peer in peers.items()},
    }
    for peer in peers.values():
        peer.close()
