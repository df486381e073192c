"""Destinations that are sent a link in place of files: people with e-mail, and webhooks, with faults between."""

import json
import signal
import socket
import sqlite3
import threading
import time
from urllib.parse import urlsplit

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from certificates import certificate
from counterparties import free_port
from fault_proxy import FaultProxy
from hooks import Receiver
from product import Service, wayfare
from relay import Relay
from small import known, make

API = "/api/v1/destinations"
EXPORT = {"kind": "profiles", "attributes": ["user_id", "city"], "format": "csv"}
GIVEN = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Place:
    """A data directory with a few people and a file of keys, and the service on it, started again at will."""

    def __init__(self, folder):
        self.data = make(folder, [known(f"u{number}", city="Izmir") for number in range(3)])
        self.keys = folder / "keys"
        wayfare("vault", "new", self.keys).expect()
        self.service = None

    def start(self, **settings):
        env = {"WAYFARE_ALLOW_PRIVATE_HOOKS": "true", "WAYFARE_HOOK_RETRY_SECONDS": "1", "WAYFARE_LOG": "info"}
        self.service = Service(self.data, env=env | {"WAYFARE_VAULT_KEYS": str(self.keys)} | settings)
        return self

    def make(self, status=201, name="Partner", **settings):
        return self.service.post(API, {"name": name, "settings": settings}).expect(status).json

    def test(self, **settings):
        return self.service.post(f"{API}/test", {"settings": settings}).expect().json

    def export(self, made):
        job = self.service.post("/api/v1/exports", EXPORT | {"destinations": [made["id"]]}).expect(202).json
        assert self.service.finished_export(job["id"])["status"] == "complete"
        return job["id"]

    def wait(self, id, holds, timeout=60):
        """Waits until something holds of the one delivery of an export; gives it."""
        end = time.monotonic() + timeout
        while True:
            [delivery] = self.service.get(f"/api/v1/exports/{id}").expect().json["deliveries"]
            if holds(delivery):
                return delivery
            assert time.monotonic() < end, f"{delivery}\n{self.service.said()[-3000:]}"
            time.sleep(0.05)

    def ended(self, id):
        return self.wait(id, lambda delivery: delivery["status"] != "waiting")

    def deliver(self, id, made):
        return self.service.post(f"/api/v1/exports/{id}/deliver", {"destinations": [made["id"]]}).expect().json


@pytest.fixture
def place(tmp_path):
    running = Place(tmp_path)
    yield running
    if running.service:
        running.service.kill()


def test_letters_to_several_each_with_its_own_end(place):
    with Relay(recipients=["250 OK", "550 5.1.1 no such user", "450 4.2.1 come later"]) as relay:
        place.start(WAYFARE_SMTP_URL=f"smtp://127.0.0.1:{relay.port}")
        to = ["ana@x.example", "nobody@x.example", "later@x.example"]
        made = place.make(kind="email", to=to)
        assert made["settings"] == {"kind": "email", "to": to}
        id = place.export(made)
        delivery = place.ended(id)
        assert (delivery["status"], delivery["attempts"]) == ("bounced", 2), delivery
        assert [(one["address"], one["status"]) for one in delivery["recipients"]] == [
            ("ana@x.example", "delivered"), ("nobody@x.example", "bounced"), ("later@x.example", "delivered")]
        assert "nobody@x.example: " in delivery["last_error"] and "550 5.1.1 no such user" in delivery["last_error"]
        assert [letter["To"] for letter in relay.letters] == ["ana@x.example", "later@x.example"], "nobody has it twice"
        assert relay.tried == [*to, "later@x.example"]
        path = urlsplit(next(line for line in relay.letters[0].get_body(("plain",)).get_content().splitlines() if "Download:" in line).split()[1])
        assert place.service.get(f"{path.path}?{path.query}").expect().body.count(b"\n") == 4
        # Sent again, it goes to whom it did not reach, and says so.
        place.deliver(id, made)
        assert place.ended(id)["status"] == "delivered"
        assert [letter["To"] for letter in relay.letters][2:] == ["nobody@x.example"]
        said = wayfare("export", "show", id, "--server", f"http://127.0.0.1:{place.service.port}").expect().out
        assert f"to Partner ({made['id']}): delivered\n  ana@x.example: delivered" in said


def test_who_is_written_to_follows_the_destination(place):
    """Somebody who leaves while letters wait gets none, somebody who joins gets one."""
    port = free_port()
    place.start(WAYFARE_SMTP_URL=f"smtp://127.0.0.1:{port}")
    made = place.make(kind="email", to=["old@x.example"])
    id = place.export(made)
    delivery = place.wait(id, lambda delivery: delivery["attempts"] > 0)
    assert "nobody takes connections" in delivery["recipients"][0]["last_error"]
    change = {"name": "Partner", "settings": {"kind": "email", "to": ["new@x.example"]}, "revision": 1}
    place.service.request("PUT", f"{API}/{made['id']}", change).expect()
    with Relay(port=port) as relay:
        assert place.ended(id)["status"] == "delivered"
        assert [letter["To"] for letter in relay.letters] == ["new@x.example"]


def test_a_test_of_letters_says_exactly_what_failed(place):
    with Relay(recipients=["550 5.1.1 no such user"]) as relay:
        place.start(WAYFARE_SMTP_URL=f"smtp://127.0.0.1:{relay.port}")
        made = place.make(kind="email", to=["nobody@x.example", "ana@x.example"])
        report = place.service.post(f"{API}/{made['id']}/test", {}).expect().json
        assert (report["ok"], report["done"], report["failed"], report["fault"]) == (False, ["connect"], "send", "recipient")
        assert "nobody@x.example for good: 550 5.1.1 no such user" in report["message"]
        assert [letter["To"] for letter in relay.letters] == ["ana@x.example"]
        report = place.test(kind="email", to=["ana@x.example", "bob@x.example"])
        assert report == {"ok": True, "done": ["connect", "send"], "message": "The relay took 2 test letters."}
    report = place.test(kind="email", to=["ana@x.example"])
    assert (report["failed"], report["fault"]) == ("connect", "port")


def test_what_is_wrong_is_said_at_its_place(place):
    place.start()
    for path, settings in {
        "settings.to": {"kind": "email", "to": []},
        "settings.to[1]": {"kind": "email", "to": ["a@x.example", "nobody"]},
        "settings.prefix": {"kind": "email", "to": ["a@x.example"], "prefix": "{id}"},
        "settings.url": {"kind": "webhook", "url": "ftp://x.example"},
        "settings.signing_secret": {"kind": "webhook", "url": "https://x.example", "signing_secret": "whsec_short"},
    }.items():
        assert place.make(422, **settings)["path"] == path
    place.service.kill(signal.SIGTERM)
    place.start(WAYFARE_ALLOW_PRIVATE_HOOKS="false")
    assert place.make(422, kind="webhook", url="http://127.0.0.1:9/")["path"] == "settings.url"
    assert place.test(kind="webhook", url="http://127.0.0.1:9/", signing_secret=GIVEN)["fault"] == "private_address"
    place.service.kill(signal.SIGTERM)
    place.start(WAYFARE_VAULT_KEYS="")
    problem = place.make(422, kind="webhook", url="https://x.example")
    assert problem["path"] == "settings.signing_secret" and "wayfare vault new" in problem["message"]


def verified(call, secret):
    """The message of a call, by the package's own rule."""
    return Webhook(secret).verify(call["body"], call["headers"])


def ids(receiver):
    return [call["headers"]["webhook-id"] for call in receiver.calls]


def test_a_webhook(place):
    with Receiver() as receiver:
        place.start()
        made = place.make(kind="webhook", url=receiver.url + "/in")
        secret = made["signing_secret"]
        assert made["settings"] == {"kind": "webhook", "url": receiver.url + "/in", "signing_secret": {"set": True}}
        id = place.export(made)
        receiver.wait()
        message = verified(receiver.calls[0], secret)
        assert (message["type"], message["data"]["id"], message["data"]["rows"], receiver.calls[0]["path"]) == ("export.completed", id, 3, "/in")
        link = urlsplit(message["data"]["link"]["url"])
        assert place.service.get(f"{link.path}?{link.query}").expect().body.count(b"\n") == 4
        delivery = place.ended(id)
        assert (delivery["status"], delivery["attempts"], delivery["folder"], delivery["objects"]) == ("delivered", 1, "", [])
        # The secret is told once, and kept encrypted.
        for told in (place.service.get(API).body.decode(), place.service.said(), (place.data / "wayfare.db").read_bytes().decode("latin-1")):
            assert secret not in told and secret.removeprefix("whsec_") not in told
        # Sent again on request, it is the same message.
        place.deliver(id, made)
        receiver.wait(2)
        assert len(set(ids(receiver))) == 1 and verified(receiver.calls[1], secret)["data"]["id"] == id


def test_secrets_of_webhooks(place):
    with Receiver() as receiver:
        place.start()
        made = place.make(kind="webhook", url=receiver.url, signing_secret=GIVEN)
        assert "signing_secret" not in made
        # What is shown can be sent back; left out, another secret is made.
        change = {"name": "Partner", "settings": made["settings"], "revision": 1}
        changed = place.service.request("PUT", f"{API}/{made['id']}", change).expect().json
        assert "signing_secret" not in changed
        place.export(made)
        receiver.wait()
        verified(receiver.calls[0], GIVEN)
        change = {"name": "Partner", "settings": {"kind": "webhook", "url": receiver.url}, "revision": 2}
        another = place.service.request("PUT", f"{API}/{made['id']}", change).expect().json["signing_secret"]
        place.export(made)
        receiver.wait(2)
        verified(receiver.calls[1], another)
        assert ids(receiver)[0] != ids(receiver)[1]
        at = ["--server", f"http://127.0.0.1:{place.service.port}"]
        body = json.dumps({"name": "Other", "settings": {"kind": "webhook", "url": receiver.url}})
        made = wayfare("destination", "new", "-", *at, stdin=body).expect()
        assert "secret: whsec_" in made.out and "told this once" in made.err
    place.service.kill(signal.SIGTERM)
    assert wayfare("vault", "rotate", place.keys, "--data", place.data, "--json").expect().json["sealed"] == 2
    with sqlite3.connect(place.data / "wayfare.db") as database:
        assert not [row for row in database.execute("select secrets from destinations") if "whsec_" in row[0]]


@pytest.mark.parametrize("fault", ["500", "cut", "slow", "lost"])
def test_faults_on_the_way_and_one_id(place, fault):
    """The first two attempts go wrong; each has the same id, and in the end the receiver has the message."""
    seen, count = [], [0]

    def look(method, path, head, body):
        seen.append(next(line.split(b": ")[1].decode() for line in head.split(b"\r\n") if line.lower().startswith(b"webhook-id: ")))

    def faults(method, path):
        count[0] += 1
        return fault if count[0] <= 2 else None

    with Receiver() as receiver, FaultProxy(int(receiver.url.rsplit(":", 1)[1]), faults, check=look) as proxy:
        place.start()
        made = place.make(kind="webhook", url=proxy.url + "/in", signing_secret=GIVEN)
        id = place.export(made)
        delivery = place.ended(id)
        # A slow answer is an answer.
        expected = 1 if fault == "slow" else 3
        assert (delivery["status"], delivery["attempts"], len(seen), len(set(seen))) == ("delivered", expected, expected, 1)
        assert verified(receiver.calls[-1], GIVEN)["data"]["id"] == id
        assert set(ids(receiver)) == set(seen)


class FaultProxyAt(FaultProxy):
    """A proxy without faults, on a port that is given."""

    def __init__(self, port, receiver):
        super().__init__(int(receiver.url.rsplit(":", 1)[1]))
        self.listener.close()
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._listen, daemon=True).start()


def test_a_receiver_that_is_away_over_a_restart(place):
    port = free_port()
    place.start()
    made = place.make(kind="webhook", url=f"http://127.0.0.1:{port}/in?key=hush", signing_secret=GIVEN)
    id = place.export(made)
    delivery = place.wait(id, lambda delivery: delivery["attempts"] > 0)
    assert "nobody takes connections" in delivery["last_error"] and "hush" not in delivery["last_error"]
    place.service.kill(signal.SIGKILL)
    place.start()
    with Receiver() as receiver, FaultProxyAt(port, receiver):
        assert place.ended(id)["status"] == "delivered"
        assert len(ids(receiver)) == 1
    assert "hush" not in place.service.said()


def test_a_test_of_a_webhook_says_exactly_what_failed(place, tmp_path):
    place.start()

    def check(fault, words, failed="connect", **settings):
        report = place.test(kind="webhook", signing_secret=GIVEN, **settings)
        assert (report["ok"], report["failed"], report["fault"]) == (False, failed, fault), report
        assert words in report["message"], report

    check("name", "no-such-name.invalid", url="http://no-such-name.invalid/in")
    port = free_port()
    check("port", f"nobody takes connections at 127.0.0.1:{port}", url=f"http://127.0.0.1:{port}")
    with Receiver(answers=[401, 403, 404, 429, 503, (302, {"Location": "gopher://x"})]) as receiver:
        for status, fault in (("401", "credentials"), ("403", "rights"), ("404", "answer"), ("429", "unavailable"), ("503", "unavailable")):
            check(fault, f"answered {status}", "send", url=receiver.url)
        check("answer", "leads on", "send", url=receiver.url)
        report = place.test(kind="webhook", url=receiver.url, signing_secret=GIVEN)
        assert report == {"ok": True, "done": ["connect", "send"], "message": "The receiver took a test message."}
        assert verified(receiver.calls[-1], GIVEN)["type"] == "webhook.test"
        # Before there is a secret the test is signed with one that is made for it.
        assert place.test(kind="webhook", url=receiver.url)["ok"]
        with pytest.raises(WebhookVerificationError):
            verified(receiver.calls[-1], GIVEN)
        assert receiver.calls[-1]["headers"]["webhook-signature"].startswith("v1,")
        inner = int(receiver.url.rsplit(":", 1)[1])
        expired, issuer = certificate(tmp_path, "expired", -1)
        with FaultProxy(inner, certificate=expired) as proxy:
            check("certificate", "has expired", url=proxy.url, ca_certificate=issuer)
        good, issuer = certificate(tmp_path, "good", 10)
        with FaultProxy(inner, certificate=good) as proxy:
            check("certificate", "not trusted", url=proxy.url)
            made = place.make(kind="webhook", url=proxy.url, ca_certificate=issuer)
            assert place.service.post(f"{API}/{made['id']}/test", {}).expect().json["ok"]
            assert place.ended(place.export(made))["status"] == "delivered"
        with FaultProxy(inner, lambda method, path: "cut") as proxy:
            check("connection", "broke", "send", url=proxy.url)
