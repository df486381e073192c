"""Drives the built binary from outside: one run of a command, or the service while it is up."""

import http.client
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo"
AS_OF = "2026-09-02T07:00:00Z"
BINARY = Path(
    os.environ.get("WAYFARE_BIN")
    or Path(os.environ.get("CARGO_TARGET_DIR", Path.home() / ".cache/wayfare/target")) / "debug/wayfare"
)


def environment(extra=None):
    """The caller's environment without anything that would configure the binary, and what a test adds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WAYFARE_")}
    return kept | {"NO_COLOR": "1", "RUST_BACKTRACE": "0"} | (extra or {})


@dataclass
class Run:
    """What one run of the binary did."""

    code: int
    out: str
    err: str
    peak_bytes: int

    @property
    def json(self):
        """The one JSON object that `--json` writes to stdout."""
        return json.loads(self.out)

    @property
    def told(self):
        """Whether it came to its summary: an import killed later than that is whole, and nothing of it is left to go on with."""
        try:
            return bool(self.json)
        except ValueError:
            return False

    def expect(self, code=0):
        """Fails the test, showing everything, unless the run ended with `code`."""
        assert self.code == code, f"exit code {self.code}, expected {code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"
        return self


def wayfare(*arguments, stdin=None, env=None, kill_after=None, timeout=300):
    """Runs the binary to its end, or until `kill_after` seconds with SIGKILL."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        command = [str(BINARY), *map(str, arguments)]
        given = subprocess.DEVNULL if stdin is None else subprocess.PIPE
        process = subprocess.Popen(command, stdin=given, stdout=out, stderr=err, env=environment(env))
        if stdin is not None:
            try:
                process.stdin.write(stdin.encode() if isinstance(stdin, str) else stdin)
                process.stdin.close()
            except BrokenPipeError:
                pass
        end = time.monotonic() + (timeout if kill_after is None else kill_after)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() >= end:
                os.kill(process.pid, signal.SIGKILL)
                pid, status, usage = os.wait4(process.pid, 0)
                assert kill_after is not None, f"{command} did not end within {timeout} s"
                break
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        texts = [stream.read().decode("utf-8", "replace") for stream in (out, err)]
        return Run(process.returncode, *texts, usage.ru_maxrss * 1024)


def load(data, profiles=(), events=(), rejects=None, code=0, env=None, **more):
    """Imports files; gives the summary."""
    arguments = ["import", "--data", data, "--json"]
    for path in profiles:
        arguments += ["--profiles", path]
    for path in events:
        arguments += ["--events", path]
    if rejects:
        arguments += ["--rejects", rejects]
    return wayfare(*arguments, env=env, **more).expect(code).json


def count(data, definition, as_of=AS_OF, code=0):
    """The answer of `segment count`, or with code 2 its refusal."""
    text = definition if isinstance(definition, str) else json.dumps(definition)
    arguments = ["segment", "count", "--data", data, "--definition", "-", "--as-of", as_of, "--json"]
    run = wayfare(*arguments, stdin=text).expect(code)
    return run.json


def members(data, definition, id="profile_id", as_of=AS_OF):
    """The ids of `segment members`, in the order given."""
    arguments = ["segment", "members", "--data", data, "--definition", "-", "--as-of", as_of, "--id", id]
    return wayfare(*arguments, stdin=json.dumps(definition)).expect().out.splitlines()


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    def expect(self, status=200):
        """Fails the test, showing the body, unless the answer has `status`."""
        assert self.status == status, f"status {self.status}, expected {status}\n{self.body[:2000]!r}"
        return self


class Service:
    """`wayfare serve` on a port of its own; stopped by the end of its `with` block."""

    def __init__(self, data, env=None, listen="127.0.0.1:0", command=("serve",)):
        self.data = Path(data)
        self.log = tempfile.NamedTemporaryFile(suffix=".log")
        arguments = [str(BINARY), *command, "--data", str(data), "--listen", listen]
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment(env)
        )
        self.host, self.port = self._address()

    def _address(self):
        for _ in range(1200):
            found = re.search(r"http://(\[[^\]]+\]|[\w.]+):(\d+)", self.said())
            if found:
                return found[1], int(found[2])
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the service did not come up (exit code {self.process.poll()}):\n{self.said()}")

    def said(self):
        """Everything it wrote so far."""
        return Path(self.log.name).read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill(signal.SIGTERM)

    def kill(self, with_signal=signal.SIGKILL, timeout=60):
        """Sends a signal and waits; gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self.process.wait(timeout)

    def request(self, method, path, body=None, headers=None):
        """One request on a connection of its own."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host.strip("[]")
        connection = http.client.HTTPConnection(host, self.port, timeout=120)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer_headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, answer_headers, response.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        """GET."""
        return self.request("GET", path, headers=headers)

    def post(self, path, body, **headers):
        """POST of JSON."""
        return self.request("POST", path, body, headers)

    def count(self, definition, as_of=AS_OF):
        """The answer of a count."""
        return self.post("/api/v1/segments/count", {"definition": definition, "as_of": as_of}).expect().json

    def finished_export(self, id, timeout=120):
        """Waits until a job is over; gives it."""
        end = time.monotonic() + timeout
        while True:
            job = self.get(f"/api/v1/exports/{id}").expect().json
            if job["status"] not in ("queued", "running"):
                return job
            assert time.monotonic() < end, f"the export did not end: {job}"
            time.sleep(0.05)
