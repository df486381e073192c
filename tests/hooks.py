"""A receiver of hooks, which also serves files, on a port of this machine."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """Answers each POST with the next of `answers` (a status, or a function of the request), then with 200."""

    def __init__(self, answers=(), files=None):
        self.answers = list(answers)
        self.files = files or {}
        self.calls = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.calls.append({"path": self.path, "headers": dict(self.headers), "body": body, "at": time.monotonic()})
                answer = receiver.answers.pop(0) if receiver.answers else 200
                status, headers = (answer(), {}) if callable(answer) else answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                content = receiver.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, calls=1, timeout=60):
        """Waits for so many calls; gives their bodies."""
        end = time.monotonic() + timeout
        while len(self.calls) < calls:
            assert time.monotonic() < end, f"{len(self.calls)} calls instead of {calls}"
            time.sleep(0.05)
        return [json.loads(call["body"]) for call in self.calls]
