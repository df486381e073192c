"""A server that speaks as much of Google Cloud Storage's XML interface as exports need, and the key of a service account for it.

Its words are those of Google's documentation: it shows that a destination keeps to them, not that Google's servers take it.
"""

import base64
import hashlib
import json
import re
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

ACCOUNT = "exports@project.iam.gserviceaccount.example"


def _plain(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Google:
    """One bucket, `exports`, in memory; takes tokens that the account's key signed, and writes down what is written."""

    def __init__(self, folder):
        self.folder = folder
        self.objects, self.parts, self.writes, self.aborted = {}, {}, [], []
        self.refuse = lambda method, path: None
        for name in ("account", "stranger"):
            self._openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", folder / name)
        self._openssl("pkey", "-in", folder / "account", "-pubout", "-out", folder / "account.pub")
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, headers, answer = server.answer(self.command, self.path, self.headers, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "content-length" not in headers:
                    self.send_header("content-length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    @staticmethod
    def _openssl(*arguments):
        return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=True)

    def key(self, name="account"):
        """The JSON file of a key, which leads here instead of to Google."""
        return json.dumps({
            "type": "service_account", "project_id": "project", "private_key_id": "1", "client_email": ACCOUNT,
            "private_key": (self.folder / name).read_text(), "gcs_base_url": f"http://127.0.0.1:{self.http.server_port}",
        }, indent=2)

    def is_known(self, authorization):
        """Whether a token is of this account, for this time and signed with its key."""
        kind, _, token = authorization.partition(" ")
        if kind != "Bearer" or token.count(".") != 2:
            return False
        text, _, signature = token.rpartition(".")
        (self.folder / "signature").write_bytes(_plain(signature))
        (self.folder / "text").write_text(text)
        try:
            self._openssl("dgst", "-sha256", "-verify", self.folder / "account.pub", "-signature", self.folder / "signature", self.folder / "text")
        except subprocess.CalledProcessError:
            return False
        head, claims = (json.loads(_plain(part)) for part in text.split("."))
        return head["alg"] == "RS256" and claims["iss"] == claims["sub"] == ACCOUNT and claims["iat"] - 60 < time.time() < claims["exp"]

    def answer(self, method, path, headers, body):
        def refusal(status, code):
            return status, {}, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>Refused by this test.</Message></Error>".encode()

        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        _, bucket, name = parts.path.split("/", 2)
        name = unquote(name)
        if not self.is_known(headers.get("authorization", "")):
            return refusal(401, "AuthenticationRequired")
        if refused := self.refuse(method, path):
            return refusal(403, refused)
        if bucket != "exports":
            return refusal(404, "NoSuchBucket")
        told = {"etag": '"1"', "x-goog-generation": "1", "last-modified": "Wed, 02 Sep 2026 07:00:00 GMT"}
        kept = {key: value for key, value in headers.items() if key.startswith("x-goog-meta-")}
        if method == "POST" and "uploads" in query:
            self.parts[name] = (kept, {})
            return 200, {}, b"<InitiateMultipartUploadResult><UploadId>upload</UploadId></InitiateMultipartUploadResult>"
        if method == "PUT" and "partNumber" in query:
            self.parts[name][1][int(query["partNumber"])] = body
            return 200, told | {"etag": f'"{hashlib.md5(body).hexdigest()}"'}, b""
        if method == "POST":
            kept, sent = self.parts.pop(name)
            numbers = [int(number) for number in re.findall(rb"<PartNumber>(\d+)</PartNumber>", body)]
            self.objects[name] = (kept, b"".join(sent[number] for number in numbers))
            self.writes.append(name)
            return 200, told, b'<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>'
        if method == "DELETE" and "uploadId" in query:
            del self.parts[name]
            self.aborted.append(name)
            return 204, {}, b""
        if method == "PUT":
            self.objects[name] = (kept, body)
            self.writes.append(name)
            return 200, told, b""
        if name not in self.objects:
            return refusal(404, "NoSuchKey")
        if method == "DELETE":
            del self.objects[name]
            return 204, {}, b""
        kept, content = self.objects[name]
        return 200, told | kept | {"content-length": str(len(content))}, content
