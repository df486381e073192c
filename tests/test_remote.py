"""Exports over the command line at a running server: the same files as from a directory, also over bad connections."""

import hashlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from product import AS_OF, BINARY, ROOT, Service, environment, wayfare

KEY = "the-key-of-this-test"
# Of 127.0.0.1 and signed by itself: whoever trusts it trusts nothing else by that.
CERTIFICATE = ROOT / "tests/certificate.pem"
WHO = {"attribute": "gender", "operator": "equals", "value": "F"}
COLUMNS = [{"name": "entries", "event": "journey_enter", "measure": "count"}]
RAW = {
    "version": 1, "format": "csv", "attributes": ["em", "gender"],
    "events": {"start_date": 1788220800, "end_date": 1788307200, "wanted": [{"event_name": "journey_entered", "params": ["journey_id"]}]},
}


@pytest.fixture(scope="module")
def served(demo_data, tmp_path_factory):
    """A server with a key over the bundled data."""
    data = shutil.copytree(demo_data, tmp_path_factory.mktemp("served") / "data")
    with Service(data, env={"WAYFARE_API_KEY": KEY, "WAYFARE_PASSWORD": "a password of this test"}) as service:
        yield service


def address(service):
    return f"http://{service.host}:{service.port}"


def at(where, *arguments, key=KEY, stdin=None, code=0, env=None):
    """Runs `wayfare export …` against an address."""
    keys = ["--key", key] if key else []
    run = wayfare("export", *arguments, "--server", where, *keys, stdin=stdin, env=env).expect(code)
    assert KEY not in run.out and KEY not in run.err
    return run


def profiles(*more, columns=True):
    computed = ["--computed", json.dumps(COLUMNS)] if columns else []
    return ["profiles", "--definition", "-", "--attributes", "user_id,gender", "--as-of", AS_OF, *computed, *more]


def parts(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name.startswith("part-")}


@pytest.mark.parametrize("form", [["--format", "csv", "--max-rows", "1000"], ["--format", "ndjson", "--compression", "zstd"], ["--format", "parquet"]])
def test_the_same_files_as_from_a_directory(served, demo_copy, tmp_path, form):
    remote, local = tmp_path / "remote", tmp_path / "local"
    run = at(address(served), *profiles("--output", remote, "--json", *form), stdin=json.dumps(WHO))
    wayfare("export", *profiles("--data", demo_copy, "--output", local, *form), stdin=json.dumps(WHO)).expect()
    assert parts(remote) == parts(local) and parts(remote)
    manifest = (remote / "manifest.json").read_bytes()
    assert run.json == json.loads(manifest)
    assert set(os.listdir(remote)) == {"manifest.json", "dictionary.json", *parts(remote)}
    # What the server keeps is what came.
    kept = served.data / "exports" / run.json["id"]
    assert manifest == (kept / "manifest.json").read_bytes()
    wayfare("verify", remote).expect()
    assert run.err == ""


def test_version_one_bodies(served, demo_copy, tmp_path):
    for place, out in ((["--server", address(served), "--key", KEY], "remote"), (["--data", demo_copy], "local")):
        arguments = ["events", "--request", "-", "--output", tmp_path / out, *place]
        wayfare("export", *arguments, stdin=json.dumps(RAW)).expect()
    assert parts(tmp_path / "remote") == parts(tmp_path / "local")
    assert parts(tmp_path / "remote")["part-00001.csv"].startswith(b"a_email,a_gender,event_name,e_journey_id,iid\n")
    wayfare("verify", tmp_path / "remote").expect()


def test_environment_instead_of_flags(served, demo_copy, tmp_path):
    env = {"WAYFARE_SERVER": address(served), "WAYFARE_API_KEY": KEY}
    run = wayfare("export", *profiles("--output", tmp_path / "a", "--json"), stdin=json.dumps(WHO), env=env).expect()
    assert (served.data / "exports" / run.json["id"]).exists() and run.err == ""
    # A directory that is named is meant.
    run = wayfare("export", *profiles("--output", tmp_path / "b", "--json", "--data", demo_copy), stdin=json.dumps(WHO), env=env).expect()
    assert not (served.data / "exports" / run.json["id"]).exists()
    run = wayfare("export", *profiles("--output", tmp_path / "c", "--server", "http://x", "--data", demo_copy), stdin="{}").expect(2)
    assert "--server" in run.err


def test_progress(served, tmp_path):
    for how in ("plain", "json", "none"):
        run = at(address(served), *profiles("--output", tmp_path / how, "--progress", how), stdin=json.dumps(WHO))
        lines = run.err.splitlines()
        assert bool(lines) == (how != "none")
        if how == "json":
            stages = [json.loads(line)["status"] for line in lines]
            assert stages[-1] == "downloading" and set(stages) <= {"queued", "running", "downloading"}
            last = json.loads(lines[-1])
            sizes = {path.name: path.stat().st_size for path in (tmp_path / how).iterdir()}
            del sizes["manifest.json"]
            assert last["bytes"] == last["of"] == sum(sizes.values())
        if how == "plain":
            assert lines[-1].startswith("downloading: ")


def test_jobs_are_listed_shown_linked_and_brought(served, tmp_path):
    run = at(address(served), *profiles("--output", tmp_path / "first", "--json"), stdin=json.dumps(WHO))
    id = run.json["id"]
    listed = at(address(served), "list", "--json", "--limit", "1").json["exports"]
    assert [job["id"] for job in listed] == [id]
    assert id in at(address(served), "list").out
    shown = at(address(served), "show", id, "--json").json
    assert (shown["status"], shown["rows"]) == ("complete", run.json["rows"])
    assert shown["parts"][0]["sha256"] in at(address(served), "show", id).out
    url = at(address(served), "link", id).out.strip()
    assert served.get(url[url.index("/download/"):]).status == 200
    assert at(address(served), "cancel", id, "--json").json["status"] == "complete"
    at(address(served), "download", id, "--output", tmp_path / "again")
    assert parts(tmp_path / "again") == parts(tmp_path / "first")
    at(address(served), "download", id, "--output", tmp_path / "again", code=2)
    # The directory tells the same, beside the service that has it.
    local = wayfare("export", "list", "--data", served.data, "--json").expect().json["exports"]
    assert local[0]["id"] == id
    local = wayfare("export", "show", id, "--data", served.data, "--json").expect().json
    assert (local["status"], local["rows"]) == ("complete", run.json["rows"])
    wayfare("export", "show", "exp_none", "--data", served.data).expect(2)


@pytest.mark.parametrize(
    "arguments, code, told",
    [
        (["show", "exp_none"], 2, "exp_none"),
        (["download", "exp_none", "--output", "OUT"], 2, "exp_none"),
        (profiles("--output", "OUT", "--attributes", "gendr"), 2, "did you mean `gender`?"),
        (["profiles", "--output", "OUT", "--computed", json.dumps([{"name": "n", "event": "purchas", "measure": "count"}])], 2, "computed[0].event: no event is called `purchas`; did you mean `purchase`?"),
    ],
)
def test_refusals(served, tmp_path, arguments, code, told):
    arguments = [tmp_path / "out" if word == "OUT" else word for word in arguments]
    run = at(address(served), *arguments, stdin=json.dumps(WHO), code=code)
    assert told in run.err and "panicked" not in run.err
    assert not (tmp_path / "out").exists() or not os.listdir(tmp_path / "out")
    error = at(address(served), *arguments, "--json", stdin=json.dumps(WHO), code=code).json["error"]
    assert set(error) == {"path", "message", "nearest"}


def test_wrong_keys_and_addresses(served, tmp_path):
    out = profiles("--output", tmp_path / "out")
    for key in ("wrong", None):
        run = at(address(served), *out, key=key, stdin=json.dumps(WHO), code=2)
        assert "--key or WAYFARE_API_KEY" in run.err
    for where in ("nowhere", "ftp://x.example", "http://me:secret@127.0.0.1"):
        run = at(where, *out, stdin=json.dumps(WHO), code=2)
        assert "--server" in run.err and "secret" not in run.err
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("x")
    at(address(served), *profiles("--output", tmp_path / "full"), stdin=json.dumps(WHO), code=2)
    assert os.listdir(tmp_path / "full") == ["file"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        run = at(f"http://127.0.0.1:{free.getsockname()[1]}", "list", code=1)
    assert "cannot be reached" in run.err


class Between(ThreadingHTTPServer):
    """A server between client and service that breaks connections, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, service, breaks=0, share=3, damage=None, answers=None, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.service, self.breaks, self.share, self.damage, self.answers = service, breaks, share, damage, answers or {}
        self.asked = []
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def handle_one(self):
        server = self.server
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        server.asked.append((self.command, self.path, dict(self.headers), body))
        made = server.answers.get((self.command, self.path))
        if made:
            status, headers, data = made[0], {"content-type": "application/json"}, json.dumps(made[1]).encode()
        else:
            kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            answer = server.service.request(self.command, self.path, body or None, kept)
            status, data = answer.status, answer.body
            headers = {name: value for name, value in answer.headers.items() if name in ("content-type", "etag", "content-range")}
        is_part = "/files/part-" in self.path and status in (200, 206)
        if is_part and server.damage:
            data = server.damage(data)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        if is_part and server.breaks > 0:
            server.breaks -= 1
            self.wfile.write(data[: len(data) // server.share])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.wfile.write(data)

    do_GET = do_POST = handle_one

    def log_message(self, *_):
        pass


def test_broken_connections_go_on_where_they_broke(served, tmp_path):
    between = Between(served, breaks=5)
    at(between.address, *profiles("--output", tmp_path / "out", "--max-rows", "2500"), stdin=json.dumps(WHO))
    wayfare("verify", tmp_path / "out").expect()
    assert set(os.listdir(tmp_path / "out")) == {"manifest.json", "dictionary.json", *parts(tmp_path / "out")}
    ranges = [headers["range"] for _, path, headers, _ in between.asked if "/files/part-" in path and "range" in headers]
    starts = [int(asked.removeprefix("bytes=").removesuffix("-")) for asked in ranges]
    assert len(ranges) == 5 and starts[:1] > [0] and all(start > 0 for start in starts)
    keys = [headers["idempotency-key"] for method, path, headers, _ in between.asked if (method, path) == ("POST", "/api/v1/exports")]
    assert len(keys) == 1 and keys[0]


def test_tls_and_who_is_trusted(served, tmp_path):
    between = Between(served, breaks=1, certificate=CERTIFICATE)
    out = profiles("--output", tmp_path / "out")
    run = at(between.address, *out, stdin=json.dumps(WHO), code=1)
    assert "certificate" in run.err and not between.asked
    at(between.address, *out, stdin=json.dumps(WHO), env={"SSL_CERT_FILE": str(CERTIFICATE)})
    wayfare("verify", tmp_path / "out").expect()


def test_a_download_that_was_stopped_goes_on(served, tmp_path):
    id = at(address(served), *profiles("--output", tmp_path / "whole", "--json"), stdin=json.dumps(WHO)).json["id"]
    out = tmp_path / "out"
    between = Between(served, breaks=1000, share=10**9)
    run = at(between.address, "download", id, "--output", out, code=1)
    assert f"wayfare export download {id}" in run.err and not (out / "manifest.json").exists()
    # Half a file from before, once good and once damaged.
    good = parts(tmp_path / "whole")["part-00001.csv"]
    for half in (good[: len(good) // 2], b"x" * 1000, good + b"more"):
        shutil.rmtree(out)
        out.mkdir()
        (out / "part-00001.csv.download").write_bytes(half)
        at(address(served), "download", id, "--output", out)
        assert parts(out) == parts(tmp_path / "whole") and set(os.listdir(out)) == set(os.listdir(tmp_path / "whole"))


def test_what_the_manifest_does_not_say_is_no_export(served, tmp_path):
    for name, damage in (("other", lambda data: data[:-1] + b"?"), ("more", lambda data: data + b"?")):
        between = Between(served, damage=damage)
        run = at(between.address, *profiles("--output", tmp_path / name), stdin=json.dumps(WHO), code=1)
        assert "manifest says" in run.err and not (tmp_path / name / "manifest.json").exists()
    # A manifest that names files elsewhere writes nothing there.
    manifest = {"parts": [{"file": "../escaped.csv", "rows": 1, "bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}]}
    between = Between(served, answers={("GET", "/api/v1/exports/exp_x/files/manifest.json"): (200, manifest)})
    run = at(between.address, "download", "exp_x", "--output", tmp_path / "deep/out", code=1)
    assert "no name of a part" in run.err and not (tmp_path / "deep/escaped.csv").exists()


def test_being_stopped_cancels_the_job(served, tmp_path):
    queued = {"id": "exp_slow", "status": "running", "progress": {"rows": 1, "rows_expected": 9, "bytes": 1, "percent": 11.1}}
    cancelled = queued | {"status": "cancelled"}
    between = Between(served, answers={
        ("POST", "/api/v1/exports"): (202, queued),
        ("GET", "/api/v1/exports/exp_slow"): (200, queued),
        ("POST", "/api/v1/exports/exp_slow/cancel"): (200, cancelled),
    })
    command = [str(BINARY), "export", "profiles", "--server", between.address, "--output", str(tmp_path / "out"), "--progress", "plain"]
    with tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err, env=environment())
        end = time.monotonic() + 30
        while not any(path.endswith("/exp_slow") for _, path, _, _ in between.asked):
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 1
        err.seek(0)
        told = err.read().decode()
    assert "running: 1 of 9 rows" in told and "exp_slow was cancelled" in told
    assert between.asked[-1][:2] == ("POST", "/api/v1/exports/exp_slow/cancel")
    assert not (tmp_path / "out").exists()


def test_failed_jobs_retries_and_previews(served, tmp_path):
    failed = {"id": "exp_f", "status": "failed", "error": "the disk is full", "progress": {"rows": 0}}
    preview = {"rows": 1234, "position": 9, "columns": [{"name": "profile_id", "type": "string"}, {"name": "n", "type": "integer"}],
               "sample": [["pro_1", 3], ["pro_2", None]], "warnings": ["no event `x` was ever seen"]}
    again = failed | {"status": "queued", "kind": "profiles", "format": "csv"}
    between = Between(served, answers={
        ("POST", "/api/v1/exports"): (202, failed),
        ("POST", "/api/v1/exports/exp_f/retry"): (202, again),
        ("POST", "/api/v1/exports/preview"): (200, preview),
    })
    run = at(between.address, *profiles("--output", tmp_path / "out"), stdin=json.dumps(WHO), code=1)
    assert "exp_f failed: the disk is full" in run.err
    assert "queued" in at(between.address, "retry", "exp_f").out
    body = {"kind": "profiles", "format": "csv"}
    run = at(between.address, "preview", "--request", "-", stdin=json.dumps(body))
    assert run.out.splitlines() == ["profile_id\tn", "pro_1\t3", "pro_2\t"]
    assert "1234 rows" in run.err and "no event" in run.err
    assert json.loads(between.asked[-1][3]) == body
    assert at(between.address, "preview", "--request", "-", "--json", stdin=json.dumps(body)).json == preview
