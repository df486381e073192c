"""Exports sent to others: a folder, S3, Azure Blob Storage, SFTP; with faults between, nothing is lost and the reason is said."""

import hashlib
import json
import os
import signal
import time
from datetime import datetime, timezone
from urllib.parse import unquote

import pytest

from certificates import certificate
from counterparties import AZURE_ACCOUNT, AZURE_KEY, S3_KEY, S3_SECRET, Sftp, azure, free_port, s3
from fault_proxy import FaultProxy
from google_storage import Google
from product import Service, wayfare
from signature_v4 import checker

PEOPLE = {"kind": "profiles", "format": "csv", "attributes": ["user_id", "gender"], "max_rows": 5000}
API = "/api/v1/destinations"


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "vault"
    wayfare("vault", "new", file).expect()
    return file


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def env(vault, root):
    return {
        "WAYFARE_VAULT_KEYS": str(vault), "WAYFARE_DESTINATION_FOLDER_ROOT": str(root),
        "WAYFARE_ALLOW_PRIVATE_HOOKS": "true", "WAYFARE_HOOK_RETRY_SECONDS": "1",
    }


@pytest.fixture
def service(demo_copy, env):
    with Service(demo_copy, env=env) as service:
        yield service


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    with s3(tmp_path_factory.mktemp("s3"), "exports") as server:
        yield server


@pytest.fixture
def sftp(tmp_path):
    folder = tmp_path / "sftp"
    (folder / "incoming").mkdir(parents=True)
    with Sftp(folder) as server:
        yield server


def make(service, settings, name="Destination", status=201):
    return service.post(API, {"name": name, "settings": settings}).expect(status).json


def of_bucket(port, **more):
    url = port if isinstance(port, str) else f"http://127.0.0.1:{port}"
    return {"kind": "s3", "bucket": "exports", "endpoint": url, "access_key_id": S3_KEY, "secret_access_key": S3_SECRET} | more


def export(service, *destinations, request=PEOPLE):
    asked = request | {"destinations": [one["id"] for one in destinations]}
    return service.post("/api/v1/exports", asked).expect(202).json["id"]


def delivered(service, id, status="delivered", timeout=60):
    """Waits until every delivery of an export has the status; gives them."""
    end = time.monotonic() + timeout
    while True:
        job = service.get(f"/api/v1/exports/{id}").expect().json
        if job["deliveries"] and all(one["status"] == status for one in job["deliveries"]):
            return job["deliveries"]
        assert time.monotonic() < end, job
        time.sleep(0.1)


def failing(service, id, timeout=60):
    """Waits for a delivery's first failure; gives it."""
    end = time.monotonic() + timeout
    while True:
        [delivery] = service.get(f"/api/v1/exports/{id}").expect().json["deliveries"]
        if "last_error" in delivery:
            return delivery
        assert time.monotonic() < end, delivery
        time.sleep(0.05)


def same_files(service, id, read, delivery):
    """The files at the destination are those of the export, and the manifest came last."""
    manifest = service.get(f"/api/v1/exports/{id}/files/manifest.json").expect().body
    names = [one["name"] for one in delivery["objects"]]
    assert names[-1] == f"{delivery['folder']}/manifest.json"
    listed = json.loads(manifest)["parts"]
    assert len(listed) > 1
    assert names[: len(listed)] == [f"{delivery['folder']}/{part['file']}" for part in listed]
    for one in delivery["objects"]:
        content = read(one["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
    assert read(names[-1]) == manifest


def test_a_folder(service, root):
    made = make(service, {"kind": "folder", "path": str(root / "out"), "prefix": "{kind}/{name}/{date}-{time}/{id}"}, "My Share!")
    assert service.post(f"{API}/{made['id']}/test", {}).expect().json == {
        "ok": True, "done": ["connect", "write", "look", "read", "delete"],
        "message": "A small file was written, read back and taken away again.",
    }
    assert list((root / "out").rglob("*")) == [], "a test leaves nothing behind"
    id = export(service, made)
    [delivery] = delivered(service, id)
    assert delivery["folder"].startswith("profiles/my-share/2") and delivery["folder"].endswith(id)
    same_files(service, id, lambda name: (root / "out" / name).read_bytes(), delivery)
    times = [(root / "out" / one["name"]).stat().st_mtime_ns for one in delivery["objects"]]
    assert times == sorted(times), "the manifest is last"
    wayfare("verify", root / "out" / delivery["folder"]).expect()
    [told] = service.get(f"/api/v1/audit?subject={id}&deed=export.delivered").expect().json["entries"]
    assert told["who"] == f"destination My Share! ({made['id']})"
    files = {"file": delivery["folder"], "files": len(delivery["objects"]), "bytes": sum(one["bytes"] for one in delivery["objects"])}
    assert told["detail"] == files | {"destination": made["id"], "attempts": 1}
    person = service.post("/api/v1/profiles/search", {}).expect().json["profiles"][0]
    held = service.get(f"/api/v1/profiles/{person['profile_id']}/exports").expect().json["exports"]
    sent = [to for export in held if export["id"] == id for to in export["downloads"] if to["who"].startswith("destination")]
    assert [(to["who"], to["file"]) for to in sent] == [(told["who"], delivery["folder"])]


def test_folders_that_are_refused(service, root, demo_copy):
    def refusal(path):
        problem = make(service, {"kind": "folder", "path": str(path)}, status=422)
        assert problem["path"] == "settings.path"
        return problem["message"]

    assert "does not lie below" in refusal("/etc")
    assert "does not lie below" in refusal(root / "../x")
    assert "absolute" in refusal("exports")
    (root / "data").symlink_to(demo_copy)
    assert "does not lie below" in refusal(root / "data" / "exports")


def test_what_is_wrong_with_settings_is_said_at_its_place(service):
    def refused(settings):
        problem = make(service, settings, status=422)
        return problem["path"]

    assert refused({}) == "settings.kind"
    assert refused({"kind": "s4"}) == "settings.kind"
    assert refused(of_bucket(1, colour="red")) == "settings.colour"
    assert refused(of_bucket(1, bucket=7)) == "settings.bucket"
    assert refused(of_bucket(1, prefix="{date}")) == "settings.prefix"
    assert refused(of_bucket(1, secret_access_key=None)) == "settings.secret_access_key"
    assert refused(of_bucket(1, secret_access_key={"set": True})) == "settings.secret_access_key"
    problem = service.post("/api/v1/exports", PEOPLE | {"destinations": ["dst_missing"]}).expect(422).json
    assert problem["path"] == "destinations[0]"
    problem = service.post("/api/v1/exports", PEOPLE | {"destinations": ["dst_x"], "surface": "v2"}).expect(422).json
    assert problem["path"] == "destinations"


def test_secrets_are_shown_as_set_and_kept_encrypted(service, demo_copy, bucket):
    secret = "a-secret-of-this-test"
    made = make(service, of_bucket(bucket.port, secret_access_key=secret))
    assert made["settings"]["secret_access_key"] == {"set": True}
    shown = service.get(f"{API}/{made['id']}").expect()
    assert secret.encode() not in shown.body and secret.encode() not in service.get(API).body
    for file in demo_copy.glob("wayfare.db*"):
        assert secret.encode() not in file.read_bytes()
    assert secret not in service.said()
    # What is shown can be sent back, as long as it leads to the same server.
    change = {"name": "Renamed", "settings": made["settings"], "revision": 1}
    changed = service.request("PUT", f"{API}/{made['id']}", change).expect().json
    assert (changed["name"], changed["revision"]) == ("Renamed", 2)
    service.request("PUT", f"{API}/{made['id']}", change).expect(409)
    elsewhere = change | {"revision": 2, "settings": made["settings"] | {"endpoint": "http://127.0.0.1:9"}}
    problem = service.request("PUT", f"{API}/{made['id']}", elsewhere).expect(422).json
    assert problem["path"] == "settings.secret_access_key"


def test_without_a_vault_secrets_are_refused_and_folders_are_not(demo_copy, env, root):
    with Service(demo_copy, env=env | {"WAYFARE_VAULT_KEYS": ""}) as service:
        problem = make(service, of_bucket(1), status=422)
        assert problem["path"] == "settings.secret_access_key" and "wayfare vault new" in problem["message"]
        make(service, {"kind": "folder", "path": str(root / "out")})


def test_a_bucket(service, bucket):
    with FaultProxy(bucket.port, check=checker(S3_SECRET)) as proxy:
        made = make(service, of_bucket(proxy.url, prefix="dt={date}/{id}"))
        assert service.post(f"{API}/{made['id']}/test", {}).expect().json["ok"]
        proxy.seen.clear()
        id = export(service, made)
        [delivery] = delivered(service, id)
        assert proxy.writes()[-1].endswith("/manifest.json"), "by order of arrival"
        assert [unquote(path.removeprefix("/exports/")) for path in proxy.writes()] == [one["name"] for one in delivery["objects"]]
        same_files(service, id, lambda name: s3_object(bucket, name), delivery)


def s3_object(bucket, name):
    """What the server keeps under a name; it writes objects beside their metadata."""
    return (bucket.log.parent / "exports" / f"{name}._S3rver_object").read_bytes()


def everything(service):
    """A request whose file is larger than one part."""
    known = service.get("/api/v1/dictionary").expect().json["events"]
    return {"kind": "events", "format": "ndjson", "attributes": ["*"], "events": {"wanted": [{"event_name": event["name"]} for event in known]}}


def test_a_large_file_goes_in_parts(service, bucket):
    with FaultProxy(bucket.port, check=checker(S3_SECRET)) as proxy:
        id = export(service, make(service, of_bucket(proxy.url)), request=everything(service))
        [delivery] = delivered(service, id, timeout=120)
        large = max(delivery["objects"], key=lambda one: one["bytes"])
        assert large["bytes"] > 8 << 20, "the bundled data make a file of more than one part"
        numbers = [path for path in proxy.writes() if "partNumber=" in path]
        assert len(numbers) == -(-large["bytes"] // (8 << 20))
        assert hashlib.sha256(s3_object(bucket, large["name"])).hexdigest() == large["sha256"]


@pytest.mark.parametrize("fault", ["500", "503", "429", "cut", "lost", "truncated", "slow"])
def test_a_passing_fault_costs_nothing(service, bucket, fault):
    """Every second write goes wrong; each is sent again at once, and everything arrives."""
    writes = []

    def faults(method, path):
        if method != "PUT":
            return None
        writes.append(path)
        return fault if len(writes) % 2 else None

    with FaultProxy(bucket.port, faults) as proxy:
        id = export(service, make(service, of_bucket(proxy.url)))
        [delivery] = delivered(service, id)
        same_files(service, id, lambda name: s3_object(bucket, name), delivery)
        whole = [path for method, path, fault in proxy.seen if method == "PUT" and fault in (None, "slow", "lost", "truncated")]
        assert whole[-1].endswith("/manifest.json")


def test_a_lasting_fault_is_said_and_outlived(service, bucket):
    """The third file never arrives, until it does: what was there before is not sent again."""
    broken = [True]

    def faults(method, path):
        return "503" if broken[0] and method == "PUT" and "part-00003" in path else None

    with FaultProxy(bucket.port, faults) as proxy:
        id = export(service, make(service, of_bucket(proxy.url)))
        delivery = failing(service, id)
        assert delivery["status"] == "waiting" and "next_attempt_at" in delivery
        assert "503" in delivery["last_error"] and "A fault of this test" in delivery["last_error"]
        assert [one["name"].rsplit("/", 1)[1] for one in delivery["objects"]] == ["part-00001.csv", "part-00002.csv"]
        assert not any(path.endswith("manifest.json") for path in proxy.writes())
        broken[0] = False
        [delivery] = delivered(service, id)
        assert len([path for path in proxy.writes() if path.endswith("part-00001.csv")]) == 1
        same_files(service, id, lambda name: s3_object(bucket, name), delivery)


def test_a_wrong_length_is_no_delivery(service, bucket):
    broken = [True]
    with FaultProxy(bucket.port, lambda method, path: "wrong length" if broken[0] and method == "HEAD" else None) as proxy:
        id = export(service, make(service, of_bucket(proxy.url)))
        assert "bytes there" in failing(service, id)["last_error"]
        broken[0] = False
        delivered(service, id)


def test_a_slow_destination_holds_up_no_other(service, bucket, root):
    with FaultProxy(bucket.port, lambda method, path: "slow") as proxy:
        slow = make(service, of_bucket(proxy.url), "Slow")
        quick = make(service, {"kind": "folder", "path": str(root / "out")}, "Quick")
        id = export(service, slow, quick)
        end = time.monotonic() + 60
        while True:
            of = {one["name"]: one["status"] for one in service.get(f"/api/v1/exports/{id}").expect().json["deliveries"]}
            if of["Quick"] == "delivered":
                break
            assert time.monotonic() < end
            time.sleep(0.05)
        assert of["Slow"] == "waiting"
        delivered(service, id, timeout=120)


def test_a_restart_goes_on(demo_copy, env, bucket):
    with FaultProxy(bucket.port, lambda method, path: "slow" if method == "PUT" else None) as proxy:
        with Service(demo_copy, env=env) as service:
            id = export(service, make(service, of_bucket(proxy.url)))
            end = time.monotonic() + 60
            while not proxy.seen or len([1 for method, *_ in proxy.seen if method == "PUT"]) < 3:
                assert time.monotonic() < end
                time.sleep(0.05)
            service.kill(signal.SIGKILL)
        proxy.faults = lambda method, path: None
        before = len(proxy.seen)
        with Service(demo_copy, env=env) as service:
            [delivery] = delivered(service, id)
            again = [path for method, path, _ in proxy.seen[before:] if method == "PUT"]
            assert not any(path.endswith("part-00001.csv") for path in again), again
            same_files(service, id, lambda name: s3_object(bucket, name), delivery)


def test_a_test_says_exactly_what_failed(service, bucket, tmp_path):
    def failure(settings):
        report = service.post(f"{API}/test", {"settings": settings}).expect().json
        assert not report["ok"], report
        return report["fault"], report["message"]

    def check(settings, fault, words):
        found, message = failure(settings)
        assert found == fault and words in message, (found, message)

    check(of_bucket("http://no-such-name.invalid"), "name", "no-such-name.invalid")
    check(of_bucket(free_port()), "port", "nobody takes connections")
    check(of_bucket(bucket.port, bucket="other"), "bucket", "does not exist")
    with FaultProxy(bucket.port, check=checker(S3_SECRET)) as proxy:
        check(of_bucket(proxy.url, secret_access_key="wrong"), "credentials", "SignatureDoesNotMatch")
    with FaultProxy(bucket.port, check=lambda *_: "AccessDenied") as proxy:
        check(of_bucket(proxy.url), "rights", "AccessDenied")
    with FaultProxy(bucket.port, check=lambda method, *_: "QuotaExceeded" if method == "PUT" else None) as proxy:
        check(of_bucket(proxy.url), "quota", "no room")
    check(of_bucket(bucket.port, access_key_id="NOBODY"), "credentials", "InvalidAccessKeyId")
    expired, issuer = certificate(tmp_path, "expired", -1)
    with FaultProxy(bucket.port, certificate=expired) as proxy:
        check(of_bucket(proxy.url), "certificate", "certificate")
        check(of_bucket(proxy.url, ca_certificate=issuer), "certificate", "has expired")
    good, issuer = certificate(tmp_path, "good", 10)
    with FaultProxy(bucket.port, certificate=good) as proxy:
        check(of_bucket(proxy.url), "certificate", "not trusted")
        check(of_bucket(f"https://localhost:{proxy.port}", ca_certificate=issuer), "certificate", "another name")
        report = service.post(f"{API}/test", {"settings": of_bucket(proxy.url, ca_certificate=issuer)}).expect().json
        assert report["ok"], report
    with FaultProxy(bucket.port, lambda method, path: "500") as proxy:
        check(of_bucket(proxy.url), "unavailable", "500")
    with FaultProxy(bucket.port, lambda method, path: "short" if method == "PUT" else None) as proxy:
        assert failure(of_bucket(proxy.url))[0] in ("content", "settings", "credentials")


def test_private_addresses_are_refused_unless_allowed(demo_copy, env):
    with Service(demo_copy, env=env | {"WAYFARE_ALLOW_PRIVATE_HOOKS": "false"}) as service:
        assert make(service, of_bucket(80), status=422)["path"] == "settings.endpoint"
        host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKm0000000000000"
        settings = {"kind": "sftp", "host": "localhost", "user": "u", "host_key": host_key, "password": "p"}
        report = service.post(f"{API}/test", {"settings": settings}).expect().json
        assert report["fault"] == "private_address"


def test_google(service, tmp_path):
    folder = tmp_path / "google"
    folder.mkdir()
    with Google(folder) as server:
        settings = {"kind": "gcs", "bucket": "exports", "prefix": "dt={date}/{id}", "service_account_key": server.key()}

        def failure(**more):
            report = service.post(f"{API}/test", {"settings": settings | more}).expect().json
            return report.get("failed"), report.get("fault")

        assert failure(bucket="other") == ("write", "bucket")
        assert failure(service_account_key=server.key("stranger")) == ("write", "credentials")
        server.refuse = lambda method, path: "AccessDenied" if method == "DELETE" else None
        assert failure() == ("delete", "rights")
        server.refuse = lambda method, path: None
        problem = make(service, settings | {"service_account_key": "GOOG1E"}, status=422)
        assert problem["path"] == "settings.service_account_key" and "JSON" in problem["message"]
        made = make(service, settings)
        assert made["settings"]["service_account_key"] == {"set": True}
        assert service.post(f"{API}/{made['id']}/test", {}).expect().json["ok"]
        server.writes.clear()
        id = export(service, made)
        [delivery] = delivered(service, id)
        assert server.writes == [one["name"] for one in delivery["objects"]], "by order of arrival"
        same_files(service, id, lambda name: server.objects[name][1], delivery)
        for one in delivery["objects"]:
            assert server.objects[one["name"]][0] == {"x-goog-meta-sha256": one["sha256"]}
        # Parts: one is refused at first, and what was begun is taken away.
        refused = []
        server.refuse = lambda method, path: refused.append(path) or "AccessDenied" if "partNumber=2" in path and not refused else None
        id = export(service, made, request=everything(service))
        assert "AccessDenied" in failing(service, id)["last_error"]
        [delivery] = delivered(service, id, timeout=120)
        large = max(delivery["objects"], key=lambda one: one["bytes"])
        assert server.aborted == [large["name"]] and server.parts == {}
        assert hashlib.sha256(server.objects[large["name"]][1]).hexdigest() == large["sha256"]


def test_azure(service, tmp_path):
    folder = tmp_path / "azure"
    folder.mkdir()
    with azure(folder) as server:
        settings = {"kind": "azure", "account": AZURE_ACCOUNT, "container": "exports", "account_key": AZURE_KEY,
                    "endpoint": f"http://127.0.0.1:{server.port}/{AZURE_ACCOUNT}"}
        missing = service.post(f"{API}/test", {"settings": settings}).expect().json
        assert missing["fault"] == "bucket", missing
        make_container(server.port, "exports")
        wrong = service.post(f"{API}/test", {"settings": settings | {"account_key": "d3Jvbmc="}}).expect().json
        assert wrong["fault"] in ("credentials", "rights"), wrong
        with FaultProxy(server.port) as proxy:
            made = make(service, settings | {"endpoint": f"{proxy.url}/{AZURE_ACCOUNT}"})
            report = service.post(f"{API}/{made['id']}/test", {}).expect().json
            assert report["ok"], report
            proxy.seen.clear()
            id = export(service, made)
            delivered(service, id)
            assert proxy.writes()[-1].endswith("/manifest.json")


def make_container(port, name):
    """Makes a container, signed as every request is."""
    import base64
    import hmac
    import http.client

    date = datetime.now(timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
    path = f"/{AZURE_ACCOUNT}/{name}"
    text = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:2021-08-06\n/{AZURE_ACCOUNT}{path}\nrestype:container"
    signature = base64.b64encode(hmac.new(base64.b64decode(AZURE_KEY), text.encode(), hashlib.sha256).digest()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("PUT", f"{path}?restype=container", headers={
        "x-ms-date": date, "x-ms-version": "2021-08-06", "Content-Length": "0",
        "Authorization": f"SharedKey {AZURE_ACCOUNT}:{signature}"})
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()


def test_sftp(service, sftp):
    made = make(service, sftp.settings())
    assert made["settings"]["private_key"] == {"set": True} and made["settings"]["password"] == {"set": False}
    report = service.post(f"{API}/{made['id']}/test", {}).expect().json
    assert report["ok"], report
    id = export(service, made)
    [delivery] = delivered(service, id)
    incoming = sftp.folder / "incoming"
    same_files(service, id, lambda name: (incoming / name).read_bytes(), delivery)
    times = [(incoming / one["name"]).stat().st_mtime_ns for one in delivery["objects"]]
    assert times == sorted(times), "the manifest is last"
    assert not [path for path in incoming.rglob("*") if path.name.endswith(".part")]


def test_sftp_says_what_failed(service, sftp):
    def fault(**more):
        report = service.post(f"{API}/test", {"settings": sftp.settings(**more)}).expect().json
        assert not report["ok"], report
        return report["fault"]

    stranger = (sftp.folder / "stranger").read_text()
    other_host = " ".join((sftp.folder / "stranger.pub").read_text().split()[:2])
    assert fault(private_key=stranger) == "credentials"
    assert fault(private_key="no key") == "credentials"
    assert fault(host_key=other_host) == "certificate"
    assert fault(port=free_port()) == "port"
    assert fault(host="no-such-name.invalid") == "name"
    assert fault(folder=str(sftp.folder / "nowhere")) == "bucket"
    if os.geteuid() != 0:
        assert fault(folder="/") == "rights"


def test_an_export_that_is_there_is_sent_on_request(service, root):
    id = service.post("/api/v1/exports", PEOPLE).expect(202).json["id"]
    service.finished_export(id)
    made = make(service, {"kind": "folder", "path": str(root / "out")})
    assert service.post(f"/api/v1/exports/{id}/deliver", {"destinations": ["dst_x"]}).expect(422).json["path"] == "destinations[0]"
    end = time.monotonic() + 20
    while (answer := service.post(f"/api/v1/exports/{id}/deliver", {"destinations": [made["id"]]})).status == 409:
        assert time.monotonic() < end
        time.sleep(0.1)
    answer.expect()
    [first] = delivered(service, id)
    # Once more changes nothing, but brings back what was lost there.
    (root / "out" / first["objects"][0]["name"]).unlink()
    service.post(f"/api/v1/exports/{id}/deliver", {"destinations": [made["id"]]}).expect()
    end = time.monotonic() + 20
    while not (root / "out" / first["objects"][0]["name"]).exists():
        assert time.monotonic() < end
        time.sleep(0.1)
    service.request("DELETE", f"{API}/{made['id']}").expect(204)
    service.get(f"{API}/{made['id']}").expect(404)


def test_a_disabled_or_deleted_destination_is_said(service, root):
    made = make(service, {"kind": "folder", "path": str(root / "out")})
    change = {"name": "Off", "settings": made["settings"], "revision": 1, "disabled": True}
    service.request("PUT", f"{API}/{made['id']}", change).expect()
    problem = service.post("/api/v1/exports", PEOPLE | {"destinations": [made["id"]]}).expect(422).json
    assert problem["path"] == "destinations[0]" and "disabled" in problem["message"]


def test_a_schedule_and_its_destination(service, root):
    made = make(service, {"kind": "folder", "path": str(root / "out")})
    schedules = "/api/v1/schedules"

    def schedule(destination, **more):
        return {"name": "Daily", "request": PEOPLE | {"destinations": [destination]}, "rule": {"every": "day", "at": "06:00"}} | more

    problem = service.post(schedules, schedule("dst_nope")).expect(422).json
    assert (problem["path"], problem["message"]) == ("request.destinations[0]", "there is no destination `dst_nope`")
    kept = service.post(schedules, schedule(made["id"])).expect(201).json["id"]
    problem = service.request("PUT", f"{schedules}/{kept}", schedule("dst_nope", revision=1)).expect(422).json
    assert problem["path"] == "request.destinations[0]"

    problem = service.request("DELETE", f"{API}/{made['id']}").expect(409).json
    assert problem["code"] == "conflict" and f"`Daily` ({kept})" in problem["detail"]
    service.get(f"{API}/{made['id']}").expect()
    service.request("DELETE", f"{schedules}/{kept}").expect(204)
    service.request("DELETE", f"{API}/{made['id']}").expect(204)
    service.request("DELETE", f"{API}/{made['id']}").expect(404)


def test_the_command_line(service, root, tmp_path):
    at = ["--server", f"http://{service.host}:{service.port}"]
    body = json.dumps({"name": "Share", "settings": {"kind": "folder", "path": str(root / "out")}})
    made = wayfare("destination", "new", "-", *at, "--json", stdin=body).expect().json
    assert made["id"] in wayfare("destination", "list", *at).expect().out
    assert f"path: {root}/out" in wayfare("destination", "show", made["id"], *at).expect().out
    assert "written, read back" in wayfare("destination", "test", made["id"], *at).expect().out
    id = export(service, made)
    delivered(service, id)
    assert "to Share" in wayfare("export", "show", id, *at).expect().out
    assert "to Share" in wayfare("destination", "deliver", id, made["id"], *at).expect().out
    (root / "out").rename(root / "away")
    (root / "out").write_text("a file in the place of the folder")
    assert "connect" not in wayfare("destination", "test", made["id"], *at).expect(1).out
    report = wayfare("destination", "test", made["id"], *at, "--json").expect(1).json
    assert report["fault"] in ("bucket", "unavailable") and str(root) in report["message"]
    wayfare("destination", "delete", made["id"], *at).expect()
    wayfare("destination", "show", made["id"], *at).expect(2)


def test_keys_are_rotated(demo_copy, env, bucket, tmp_path):
    keys = tmp_path / "keys"
    wayfare("vault", "new", keys).expect()
    env = env | {"WAYFARE_VAULT_KEYS": str(keys)}
    with Service(demo_copy, env=env) as service:
        made = make(service, of_bucket(bucket.port))
        assert "in use" in wayfare("vault", "rotate", keys, "--data", demo_copy).expect(2).err
    before = keys.read_text()
    # As if it had been stopped in the middle: a key more, nothing sealed anew.
    old = keys.read_text()
    assert wayfare("vault", "rotate", keys, "--data", demo_copy, "--json").expect().json["sealed"] == 1
    after = keys.read_text()
    assert len(after.split()) == 1 and after != before
    with Service(demo_copy, env=env) as service:
        assert service.post(f"{API}/{made['id']}/test", {}).expect().json["ok"]
    keys.write_text(old)
    with Service(demo_copy, env=env) as service:
        problem = service.post(f"{API}/{made['id']}/test", {}).expect(409).json
        assert "keys" in problem["detail"]
    # A file without the key that a secret needs is not touched.
    assert "keys" in wayfare("vault", "rotate", keys, "--data", demo_copy).expect(1).err
    assert before.strip() in keys.read_text()
    keys.write_text(keys.read_text() + after)
    wayfare("vault", "rotate", keys, "--data", demo_copy).expect()
    with Service(demo_copy, env=env) as service:
        assert service.post(f"{API}/{made['id']}/test", {}).expect().json["ok"]
