"""Webhooks from outside: receivers that verify with the published packages, and everything that goes wrong on the way."""

import json
import shutil
import sqlite3
import subprocess
import time
from datetime import datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from hooks import Receiver
from product import ROOT, Service, wayfare
from small import known, make

ENDPOINTS = "/api/v1/webhooks/endpoints"
MESSAGES = "/api/v1/webhooks/messages"
WATCHES = "/api/v1/webhooks/watches"
EXPORT = {"kind": "profiles", "attributes": ["user_id", "city"], "format": "csv"}
DAY = 86_400_000_000


class Place:
    """A data directory with a few people, a file of keys, and the service on it, started again at will."""

    def __init__(self, folder, **settings):
        self.data = make(folder, [known(f"u{number}", city="Izmir") for number in range(3)])
        self.keys = folder / "keys"
        wayfare("vault", "new", self.keys).expect()
        self.settings = {"WAYFARE_ALLOW_PRIVATE_HOOKS": "true", "WAYFARE_HOOK_RETRY_SECONDS": "1", "WAYFARE_LOG": "info"} | settings
        self.start()

    def start(self, **settings):
        self.service = Service(self.data, env={"WAYFARE_VAULT_KEYS": str(self.keys)} | self.settings | settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.service.kill()

    def endpoint(self, url, **more):
        """Makes an endpoint; gives its id and secret."""
        made = self.service.post(ENDPOINTS, {"url": url} | more).expect(201).json
        return made["endpoint"]["id"], made["secret"]

    def export(self):
        """Runs an export to its end; gives its id."""
        job = self.service.post("/api/v1/exports", EXPORT).expect(202).json
        assert self.service.finished_export(job["id"])["status"] == "complete"
        return job["id"]

    def show(self, endpoint):
        return self.service.get(f"{ENDPOINTS}/{endpoint}").expect().json

    def messages(self, **asked):
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return self.service.get(f"{MESSAGES}?{query}").expect().json["messages"]

    def wait(self, holds, timeout=60):
        """Waits until a function gives something true; gives that."""
        end = time.monotonic() + timeout
        while not (found := holds()):
            assert time.monotonic() < end, f"{self.messages()}\n{self.service.said()[-4000:]}"
            time.sleep(0.05)
        return found

    def age(self, days):
        """Makes what is kept of messages so many days older; the service must not run."""
        with sqlite3.connect(self.data / "wayfare.db") as database:
            database.execute(f"update webhook_messages set since = since - {days * DAY}, created_at = created_at - {days * DAY}")


@pytest.fixture
def place(tmp_path):
    with Place(tmp_path) as running:
        yield running


def verified(call, secret):
    """The message of a call, by the package's own rule."""
    return Webhook(secret).verify(call["body"], call["headers"])


def ids(receiver):
    return [call["headers"]["webhook-id"] for call in receiver.calls]


def test_what_a_receiver_gets(place):
    with Receiver() as receiver:
        endpoint, secret = place.endpoint(receiver.url + "/in", description="orders")
        job = place.export()
        receiver.wait()
        message = verified(receiver.calls[0], secret)
        assert (message["type"], message["data"]["id"], message["data"]["rows"]) == ("export.completed", job, 3)
        assert message["data"]["link"]["url"].startswith("http")
        kept = place.wait(lambda: place.messages(state="delivered"))
        assert [(one["id"], one["endpoint"], one["attempts"], one["last_status"]) for one in kept] == [(ids(receiver)[0], endpoint, 1, 200)]
        assert kept[0]["body"] == json.loads(receiver.calls[0]["body"])
        changed = receiver.calls[0] | {"body": receiver.calls[0]["body"] + b" "}
        with pytest.raises(WebhookVerificationError):
            verified(changed, secret)
        for told in (place.service.get(ENDPOINTS).body.decode(), place.service.said(), (place.data / "wayfare.db").read_bytes().decode("latin-1")):
            assert secret not in told and secret.removeprefix("whsec_") not in told


def test_two_secrets(place):
    with Receiver() as receiver:
        endpoint, first = place.endpoint(receiver.url)
        rotate = lambda **body: place.service.post(f"{ENDPOINTS}/{endpoint}/rotate-secret", body).expect().json
        second = rotate()["secret"]
        assert place.show(endpoint)["live_secrets"] == 2
        place.export()
        receiver.wait(1)
        assert verified(receiver.calls[0], first) == verified(receiver.calls[0], second)
        path = f"{ENDPOINTS}/{endpoint}/rotate-secret"
        refused = place.service.post(path, {"old_until": "2020-01-01T00:00:00Z"}).expect(422).json
        assert (refused["path"], place.show(endpoint)["live_secrets"]) == ("old_until", 2)
        soon = datetime.now(timezone.utc) + timedelta(seconds=2)
        third = rotate(old_until=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))["secret"]
        place.wait(lambda: place.show(endpoint)["live_secrets"] == 1)
        place.export()
        receiver.wait(2)
        verified(receiver.calls[1], third)
        for old in (first, second):
            with pytest.raises(WebhookVerificationError):
                verified(receiver.calls[1], old)
        given = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        assert place.endpoint(receiver.url + "/given", secret=given)[1] == given


def test_the_package_from_npm(place):
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    command = [shutil.which("node"), ROOT / "tests/webhook_receiver.mjs", ROOT / "web/package.json", secret]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver:
        try:
            port = int(receiver.stdout.readline())
            place.endpoint(f"http://127.0.0.1:{port}/", secret=secret)
            job = place.export()
            told = json.loads(receiver.stdout.readline())
        finally:
            receiver.kill()
    assert told["verified"] and told["message"]["data"]["id"] == job, told


def test_chosen_types_and_disabled_endpoints(place):
    with Receiver() as receiver:
        place.endpoint(receiver.url + "/failed", events=["export.failed", "schedule.missed"])
        waiting, _ = place.endpoint(receiver.url + "/later", disabled=True)
        place.endpoint(receiver.url + "/all")
        place.export()
        receiver.wait(1)
        assert place.show(waiting)["queue"]["waiting"] == 1
        time.sleep(1)
        assert [call["path"] for call in receiver.calls] == ["/all"]
        change = {"url": receiver.url + "/later", "disabled": False, "revision": 1}
        assert place.service.request("PUT", f"{ENDPOINTS}/{waiting}", change).expect().json["revision"] == 2
        place.service.request("PUT", f"{ENDPOINTS}/{waiting}", change).expect(409)
        receiver.wait(2)
        assert receiver.calls[1]["path"] == "/later"
        place.service.request("DELETE", f"{ENDPOINTS}/{waiting}").expect(204)
        assert [one["endpoint"] == waiting for one in place.messages()] == [False]


def test_an_export_that_fails(tmp_path):
    with Place(tmp_path) as place, Receiver() as receiver:
        place.service.post("/api/v1/profiles", known("u7", city="=1+1")).expect()
        place.endpoint(receiver.url)
        job = place.service.post("/api/v1/exports", EXPORT | {"formulas": "refuse"}).expect(202).json["id"]
        assert place.service.finished_export(job)["status"] == "failed"
        told = receiver.wait()[0]
        assert (told["type"], told["data"]["id"], told["data"]["attempt"]) == ("export.failed", job, 1)
        assert "formula" in told["data"]["error"] and "link" not in told["data"]
        # The next attempt has an end of its own.
        place.service.post(f"/api/v1/exports/{job}/retry", None).expect()
        assert [one["data"]["attempt"] for one in receiver.wait(2)] == [1, 2]
        assert len(set(ids(receiver))) == 2
        # That somebody stopped an export is told to nobody.
        job = place.service.post("/api/v1/exports", EXPORT).expect(202).json["id"]
        status = place.service.post(f"/api/v1/exports/{job}/cancel", None).expect().json["status"]
        time.sleep(1)
        assert len(receiver.calls) == (3 if status == "complete" else 2)


def test_tried_again_under_one_id(place):
    with Receiver(answers=[500, 429]) as receiver:
        endpoint, secret = place.endpoint(receiver.url)
        place.export()
        receiver.wait(3)
        assert len(set(ids(receiver))) == 1
        bodies = [verified(call, secret) for call in receiver.calls]
        assert bodies[0] == bodies[1] == bodies[2]
        message = place.wait(lambda: place.messages(state="delivered"))[0]
        assert (message["attempts"], message.get("last_error")) == (3, None)
        again = place.service.post(f"{MESSAGES}/{message['id']}/replay", None).expect().json
        assert again["state"] in ("waiting", "delivered")
        receiver.wait(4)
        assert len(set(ids(receiver))) == 1
        assert place.wait(lambda: place.messages(state="delivered"))[0]["attempts"] == 4
        assert place.show(endpoint)["queue"]["failures"] == 0


def test_the_breaker_holds_messages_back_and_drops_none(place):
    with Receiver(answers=[503] * 5) as receiver:
        endpoint, _ = place.endpoint(receiver.url)
        jobs = [place.export() for _ in range(6)]
        queue = place.wait(lambda: (queue := place.show(endpoint)["queue"])["breaker"] == "open" and queue)
        assert (queue["failures"], queue["waiting"]) == (5, 6) and queue["failing_since"]
        waiting = place.messages(state="waiting")
        assert any(one.get("last_error") == "the answer was 503 Service Unavailable" for one in waiting)
        receiver.wait(11)
        delivered = place.wait(lambda: len(found := place.messages(state="delivered")) == 6 and found)
        assert sorted(one["body"]["data"]["id"] for one in delivered) == sorted(jobs)
        assert len(set(ids(receiver))) == 6
        queue = place.show(endpoint)["queue"]
        assert (queue["breaker"], queue["waiting"], queue.get("failing_since")) == ("closed", 0, None)


def test_given_up_after_three_days_listed_and_replayed(place):
    with Receiver(answers=[500] * 3) as receiver:
        endpoint, _ = place.endpoint(receiver.url)
        for _ in range(2):
            place.export()
        receiver.wait(1)
        place.service.kill()
        place.age(days=4)
        receiver.answers[:] = [500, 500]
        place.start()
        dead = place.wait(lambda: len(found := place.messages(state="dead", endpoint=endpoint)) == 2 and found)
        assert {one["last_status"] for one in dead} == {500} and place.show(endpoint)["queue"]["dead"] == 2
        place.service.post(f"{ENDPOINTS}/{endpoint}/replay", {}).expect(422)
        assert place.service.post(f"{ENDPOINTS}/{endpoint}/replay", {"dead": True}).expect().json == {"replayed": 2}
        delivered = place.wait(lambda: len(found := place.messages(state="delivered")) == 2 and found)
        assert {one["id"] for one in delivered} == {one["id"] for one in dead} == set(ids(receiver))
        # By time: everything that was written then, whatever became of it.
        before = len(receiver.calls)
        span = {"from": "2020-01-01T00:00:00Z", "to": "2040-01-01T00:00:00Z"}
        assert place.service.post(f"{ENDPOINTS}/{endpoint}/replay", span).expect().json == {"replayed": 2}
        receiver.wait(before + 2)
        early = {"from": "2020-01-01T00:00:00Z", "to": "2021-01-01T00:00:00Z"}
        assert place.service.post(f"{ENDPOINTS}/{endpoint}/replay", early).expect().json == {"replayed": 0}


def test_killed_between(place):
    """Nothing is lost, and nothing is sent under two ids, whenever the process is killed."""
    with Receiver() as receiver:
        endpoint, secret = place.endpoint(receiver.url)
        jobs = []
        for round in range(6):
            # Some answers never come: the attempt is under way when the process dies.
            receiver.answers[:] = [lambda: time.sleep(0.4) or 500, 500]
            jobs.append(place.service.post("/api/v1/exports", EXPORT).expect(202).json["id"])
            time.sleep(0.1 * round)
            place.service.kill()
            place.start()
        receiver.answers[:] = []
        for job in jobs:
            assert place.service.finished_export(job)["status"] == "complete"
        delivered = place.wait(lambda: len(found := place.messages(state="delivered", endpoint=endpoint)) == len(jobs) and found)
        assert sorted(one["body"]["data"]["id"] for one in delivered) == sorted(jobs)
        by_id = {}
        for call in receiver.calls:
            by_id.setdefault(call["headers"]["webhook-id"], set()).add(verified(call, secret)["data"]["id"])
        assert sorted(job for told in by_id.values() for job in told) == sorted(jobs), by_id


def test_one_that_hangs_holds_up_nobody(place):
    with Receiver(answers=[lambda: time.sleep(25) or 200] * 20) as hanging, Receiver() as quick:
        for number in range(10):
            place.endpoint(f"{hanging.url}/{number}")
        for number in range(30):
            place.endpoint(f"{quick.url}/{number}")
        begun = time.monotonic()
        for _ in range(3):
            place.export()
        quick.wait(90, timeout=15)
        assert time.monotonic() - begun < 15
        assert len(set(ids(quick))) == 90
        # One attempt at a time for each that hangs.
        assert len(hanging.calls) == 10


def test_private_addresses(tmp_path):
    with Place(tmp_path) as place, Receiver() as receiver:
        endpoint, _ = place.endpoint(receiver.url)
        place.service.kill()
        place.start(WAYFARE_ALLOW_PRIVATE_HOOKS="false")
        for url in ("http://127.0.0.1/", "http://[::1]:9/", "http://10.0.0.7/", "http://169.254.169.254/latest", "http://localhost:8080"):
            refused = place.service.post(ENDPOINTS, {"url": url}).expect(422).json
            assert refused["path"] == "url" and "allow_private_hooks" in refused["message"], url
        assert place.service.post(ENDPOINTS, {"url": "ftp://x.example"}).expect(422).json["path"] == "url"
        # One that was allowed when it was made is called no longer.
        place.export()
        failed = place.wait(lambda: [one for one in place.messages() if one.get("last_error")])
        assert "private" in failed[0]["last_error"] and receiver.calls == []
        answer = place.service.post(f"{ENDPOINTS}/{endpoint}/test", None).expect().json
        assert (answer["delivered"], answer["steps"][-1]["step"], answer["steps"][-1]["ok"]) == (False, "address", False)


def test_tests_in_words(place):
    with Receiver(answers=[200, 404]) as receiver:
        endpoint, secret = place.endpoint(receiver.url)
        good = place.service.post(f"{ENDPOINTS}/{endpoint}/test", None).expect().json
        message = verified(receiver.calls[0], secret)
        assert (message["type"], good["delivered"], good["status"], ids(receiver)) == ("webhook.test", True, 200, [good["message_id"]])
        assert [step["step"] for step in good["steps"]] == ["name", "address", "connection", "answer"]
        bad = place.service.post(f"{ENDPOINTS}/{endpoint}/test", None).expect().json
        assert (bad["delivered"], bad["status"], bad["steps"][-1]["words"]) == (False, 404, "the answer was 404 Not Found")
        assert place.messages() == []
    gone = place.service.post(f"{ENDPOINTS}/{endpoint}/test", None).expect().json
    assert (gone["delivered"], gone["steps"][-1]["step"]) == (False, "connection"), gone


def test_without_a_file_of_keys_no_secret_is_kept(tmp_path):
    data = make(tmp_path, [known("u1", city="Izmir")])
    with Service(data) as service:
        refused = service.post(ENDPOINTS, {"url": "https://x.example"}).expect(409).json
        assert "wayfare vault new" in refused["detail"]


def test_a_segment_that_crosses_its_threshold(place):
    with Receiver() as receiver:
        place.endpoint(receiver.url, events=["segment.threshold_crossed"])
        everyone = {"name": "Everyone", "definition": {"all": []}}
        segment = place.service.post("/api/v1/segments", everyone).expect(201).json["id"]
        asked = {"segment": segment, "above": 3, "every_minutes": 5}
        place.service.post(WATCHES, asked | {"every_minutes": 4}).expect(422)
        place.service.post(WATCHES, asked | {"segment": "seg_missing"}).expect(422)
        watch = place.service.post(WATCHES, asked).expect(201).json["id"]
        shown = lambda: place.service.get(f"{WATCHES}/{watch}").expect().json
        place.wait(lambda: shown().get("last_count") == 3)
        place.service.post("/api/v1/profiles", known("u9")).expect()
        # A change has it look at once; what it saw before counts on.
        place.service.request("PUT", f"{WATCHES}/{watch}", asked | {"every_minutes": 6}).expect()
        told = receiver.wait()[0]
        assert told["type"] == "segment.threshold_crossed"
        assert {name: told["data"][name] for name in ("watch", "segment", "side", "threshold", "count", "count_before")} == {
            "watch": watch, "segment": segment, "side": "above", "threshold": 3, "count": 4, "count_before": 3}  # fmt: skip
        place.service.request("PUT", f"{WATCHES}/{watch}", asked | {"every_minutes": 7}).expect()
        place.wait(lambda: shown()["every_minutes"] == 7 and shown().get("looked_at"))
        time.sleep(1.5)
        assert shown()["crossings"] == 1 and len(receiver.calls) == 1
        place.service.request("DELETE", f"{WATCHES}/{watch}").expect(204)
        assert place.service.get(WATCHES).expect().json == {"watches": []}


def test_on_the_command_line(place):
    service = place.service
    run = lambda *arguments: wayfare("webhook", *arguments, "--server", f"http://{service.host}:{service.port}")
    with Receiver(answers=[200, 500]) as receiver:
        made = run("new", "--url", receiver.url, "--events", "export.completed,export.failed", "--description", "orders", "--json").expect().json
        endpoint = made["endpoint"]["id"]
        assert made["secret"].startswith("whsec_") and made["endpoint"]["events"] == ["export.completed", "export.failed"]
        assert "ok      answer: the answer was 200" in run("test", endpoint).expect().out
        assert "failed  answer: the answer was 500" in run("test", endpoint).expect(1).out
        place.export()
        receiver.wait(3)
        place.wait(lambda: place.messages(state="delivered"))
        assert endpoint in run("list").expect().out and "orders" in run("show", endpoint).expect().out
        message = run("messages", "--endpoint", endpoint, "--state", "delivered", "--json").expect().json["messages"][0]
        assert message["id"] in run("messages").expect().out
        assert "none of export.completed" in run("messages", "--type", "export.begun").expect(2).err
        assert "no webhook endpoint `ep_nope`" in run("messages", "--endpoint", "ep_nope").expect(2).err
        assert message["id"] in run("replay", message["id"]).expect().out
        receiver.wait(4)
        assert "0 messages" in run("replay", endpoint, "--dead").expect().out
        assert "--dead" in run("replay", endpoint).expect(2).err
        rotated = run("rotate-secret", endpoint).expect().out
        assert "two secrets are live" in rotated and made["secret"] not in rotated
        assert "none of" in run("new", "--url", receiver.url, "--events", "export.begun").expect(2).err
        run("delete", endpoint).expect()
        assert "webhook endpoint" in run("show", endpoint).expect(2).err
