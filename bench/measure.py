"""Runs a command under a memory limit and measures it; what the measurements share."""

import contextlib
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1 << 20


@dataclass
class Measured:
    """What a run took."""

    code: int
    seconds: float
    peak: int
    """The most memory resident at once, in bytes, files that are mapped included."""
    anonymous: int
    """The most memory of its own at once, in bytes, as seen every few milliseconds."""
    out: str
    err: str
    limited_by: str


@contextlib.contextmanager
def memory_cgroup(limit):
    """A control group that holds its processes to `limit` bytes; None where none may be made."""
    name = f"wayfare-bench-{os.getpid()}-{time.monotonic_ns()}"
    for root, file in [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")]:
        group = Path(root) / name
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            (group / file).write_text(str(limit))
        except OSError:
            group.rmdir()
            continue
        try:
            yield group
        finally:
            for _ in range(100):
                try:
                    group.rmdir()
                    break
                except OSError:
                    time.sleep(0.05)
        return
    yield None


def anonymous_bytes(pid):
    """Memory of a process that no file stands behind; 0 once it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def run(command, limit=None, env=None, stdin=None):
    """Runs a command to its end, under a limit of memory in bytes if one is given."""
    with contextlib.ExitStack() as stack:
        group = stack.enter_context(memory_cgroup(limit)) if limit else None

        def before():
            if group:
                (group / "cgroup.procs").write_text(str(os.getpid()))
            elif limit:
                resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

        out = stack.enter_context(open(os.memfd_create("out"), "w+b"))
        err = stack.enter_context(open(os.memfd_create("err"), "w+b"))
        given = stack.enter_context(open(os.memfd_create("in"), "w+b"))
        given.write((stdin or "").encode())
        given.seek(0)
        started = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdin=given, stdout=out, stderr=err, env=env, preexec_fn=before)
        anonymous = 0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            anonymous = max(anonymous, anonymous_bytes(process.pid))
            time.sleep(0.005)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (out, err):
            stream.seek(0)
        limited_by = "no limit" if not limit else "cgroup" if group else "ulimit -d"
        return Measured(
            process.returncode,
            seconds,
            usage.ru_maxrss * 1024,
            anonymous,
            out.read().decode("utf-8", "replace"),
            err.read().decode("utf-8", "replace"),
            limited_by,
        )


def checked(run, what):
    """Stops the benchmark where a command failed."""
    if run.code != 0:
        sys.exit(f"{what} ended with {run.code} (limit by {run.limited_by}, peak {megabytes(run.peak)})\n{run.err[-3000:]}")
    return run


def median_ms(ask, times):
    """The answer, and the median of `times` more once it is warm, in milliseconds."""
    answer = ask()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    return answer, statistics.median(taken)


def megabytes(size):
    return f"{size / MEGABYTE:,.0f} MB"


def say(text):
    print(f"--- {text}", file=sys.stderr, flush=True)
