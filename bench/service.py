"""The running service: started, asked over HTTP, looked at from outside, ended."""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def environment(**settings):
    """That of a command of Wayfare's: no settings but the given ones."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("WAYFARE_")}
    return env | {f"WAYFARE_{name.upper()}": str(value) for name, value in settings.items()}


class Serving:
    """The service, up for the time of a `with` block."""

    def __init__(self, binary, data, **settings):
        self.log = tempfile.NamedTemporaryFile()
        self.data = data
        self.started = time.monotonic()
        arguments = [str(binary), "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment(**settings))

    def __enter__(self):
        while self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", Path(self.log.name).read_text(errors="replace"))
            if found:
                self.connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=600)
                self.connection.request("GET", "/health/ready")
                response = self.connection.getresponse()
                response.read()
                if response.status == 200:
                    self.ready_ms = self.since_start()
                    return self
            time.sleep(0.005)
        sys.exit(f"the service did not start:\n{Path(self.log.name).read_text()}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    def since_start(self):
        """Milliseconds since the process was started."""
        return (time.monotonic() - self.started) * 1000

    def post(self, path, body, kind="application/json"):
        self.connection.request("POST", path, body, {"Content-Type": kind})
        response = self.connection.getresponse()
        answer = response.read()
        if response.status != 200:
            sys.exit(f"{path}: {response.status} {answer.decode()} for {body[:2000]}")
        return json.loads(answer)

    def count(self, definition, as_of):
        return self.post("/api/v1/segments/count", json.dumps({"definition": definition, "as_of": as_of}))

    def events(self, lines):
        return self.post("/api/v1/events", lines, "application/x-ndjson")

    def memory(self):
        """In bytes: its own, that of mapped files, of those the index's, and the most resident at once."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = lambda name: int(re.search(rf"{name}:\s+(\d+)", status)[1]) * 1024
        return {"anonymous": line("RssAnon"), "mapped": line("RssFile"), "index": self.mapped_index(), "peak": line("VmHWM")}

    def mapped_index(self):
        """Resident pages of files under DATA/index."""
        folder, inside, size = str(self.data.resolve() / "index"), False, 0
        for line in Path(f"/proc/{self.process.pid}/smaps").read_text().splitlines():
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                inside = folder in line
            elif inside and line.startswith("Rss:"):
                size += int(line.split()[1]) * 1024
        return size
