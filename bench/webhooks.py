"""1,000 webhook endpoints, 10 of them dead: do they hold up the others?

One export ends, which is told to every endpoint. The delay of a message is the time from its being written until the
endpoint took it, as the service keeps both. It is measured with all endpoints alive, then with 10 that take connections
and never answer; the ratio of the medians over the endpoints that live is the result.

    python bench/webhooks.py --binary target/release/wayfare [--endpoints 1000] [--dead 10] [--rounds 5]
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PATIENCE = 120


class Taking(BaseHTTPRequestHandler):
    """Takes everything."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


def hanging():
    """A port that takes connections and never answers."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    held = []

    def accept():
        while True:
            held.append(listener.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


class Service:
    """The service on a data directory of its own."""

    def __init__(self, binary, folder):
        self.keys = folder / "keys"
        subprocess.run([binary, "vault", "new", self.keys], check=True, stdout=subprocess.DEVNULL)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WAYFARE_")}
        environment |= {"WAYFARE_VAULT_KEYS": str(self.keys), "WAYFARE_ALLOW_PRIVATE_HOOKS": "true"}
        command = [binary, "serve", "--data", folder / "data", "--listen", "127.0.0.1:0", "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
        self.url = json.loads(self.process.stdout.readline())["url"]

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def messages_of(service, job):
    """The messages that tell of a job, over all pages."""
    found, cursor = [], ""
    while True:
        page = service.ask(f"/api/v1/webhooks/messages?type=export.completed&limit=500{cursor}")
        mine = [message for message in page["messages"] if message["body"]["data"]["id"] == job]
        found += mine
        if not mine or "next_cursor" not in page:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def delays(service, dead):
    """Runs one export; gives the delay of each message to an endpoint that lives, in milliseconds."""
    job = service.ask("/api/v1/exports", {"kind": "profiles", "attributes": ["user_id"], "format": "csv"})["id"]
    end = time.monotonic() + PATIENCE
    while True:
        time.sleep(0.5)
        messages = [message for message in messages_of(service, job) if message["endpoint"] not in dead]
        if messages and all(message["state"] == "delivered" for message in messages):
            at = lambda message, name: datetime.fromisoformat(message[name]).timestamp()
            return [1000 * (at(message, "delivered_at") - at(message, "created_at")) for message in messages]
        if time.monotonic() > end:
            sys.exit(f"messages were not delivered within {PATIENCE} s")


def measured(binary, endpoints, dead, rounds):
    """The median delay with so many dead endpoints among all, each round's own."""
    taking = Server(("127.0.0.1", 0), Taking)
    threading.Thread(target=taking.serve_forever, daemon=True).start()
    silent = hanging()
    with tempfile.TemporaryDirectory() as folder:
        service = Service(binary, Path(folder))
        service.ask("/api/v1/profiles", {"user_id": "u1"})
        gone = set()
        for number in range(endpoints):
            port = silent if number * dead // endpoints != (number + 1) * dead // endpoints else taking.server_port
            made = service.ask("/api/v1/webhooks/endpoints", {"url": f"http://127.0.0.1:{port}/{number}"})
            if port == silent:
                gone.add(made["endpoint"]["id"])
        assert len(gone) == dead, gone
        medians = [statistics.median(delays(service, gone)) for _ in range(rounds)]
        service.stop()
    taking.shutdown()
    return medians


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=Path)
    parser.add_argument("--endpoints", type=int, default=1000)
    parser.add_argument("--dead", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    alive = measured(given.binary, given.endpoints, 0, given.rounds)
    some_dead = measured(given.binary, given.endpoints, given.dead, given.rounds)
    result = {
        "endpoints": given.endpoints,
        "dead": given.dead,
        "median_ms_none_dead": alive,
        "median_ms_some_dead": some_dead,
        "ratio_of_medians": statistics.median(some_dead) / statistics.median(alive),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
