"""E-mail through real relays: what arrives, what is tried again, what is refused for good, and what is said of it."""

import asyncio
import contextlib
import json
import re
import signal
import socket
import sqlite3
import ssl
import threading
import time
from datetime import datetime

import pytest

from certificates import certificate
from counterparties import free_port
from product import Service, wayfare
from relay import Relay
from small import known, make

EXPORT = {"kind": "profiles", "attributes": ["user_id", "city"], "format": "csv", "email": "ada@example.com"}
TEST = "/api/v1/mail/test"


class Place:
    """A data directory with a few people, and the service on it, started again at will."""

    def __init__(self, folder):
        self.data = make(folder, [known(f"u{number}", city="Izmir") for number in range(3)])
        self.service = None

    def start(self, url, **settings):
        env = {"WAYFARE_SMTP_URL": url, "WAYFARE_HOOK_RETRY_SECONDS": "1", "WAYFARE_LOG": "info"}
        self.service = Service(self.data, env=env | {"WAYFARE_MAIL_FROM": "Wayfare <exports@wayfare.example>"} | settings)
        return self.service

    def export(self, **more):
        """Runs an export to its end; gives its id."""
        job = self.service.post("/api/v1/exports", EXPORT | more).expect(202).json
        assert self.service.finished_export(job["id"])["status"] == "complete"
        return job["id"]

    def delivery(self, id):
        [delivery] = self.service.get(f"/api/v1/exports/{id}").expect().json["deliveries"]
        return delivery

    def wait(self, id, holds, timeout=60):
        """Waits until something holds of the one delivery of an export; gives it."""
        end = time.monotonic() + timeout
        while not holds(delivery := self.delivery(id)):
            assert time.monotonic() < end, f"{delivery}\n{self.service.said()[-3000:]}"
            time.sleep(0.05)
        return delivery

    def ended(self, id):
        return self.wait(id, lambda delivery: delivery["status"] != "waiting")

    def failed_once(self, id):
        return self.wait(id, lambda delivery: delivery["attempts"] > 0)

    def test(self, to="ada@example.com"):
        return self.service.post(TEST, {"to": to}).expect().json


@pytest.fixture
def place(tmp_path):
    running = Place(tmp_path)
    yield running
    if running.service:
        running.service.kill()


def bodies(letter):
    """The text and the page of a letter."""
    assert letter.get_content_type() == "multipart/alternative"
    text, page = letter.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    return text.get_content(), page.get_content()


def test_the_letter_read_back(place):
    with Relay() as relay:
        service = place.start(f"smtp://127.0.0.1:{relay.port}")
        id = place.export(max_rows=2)
        [letter] = relay.wait()
        assert (letter["To"], letter["From"]) == ("ada@example.com", "Wayfare <exports@wayfare.example>")
        assert letter.envelope == ("exports@wayfare.example", ["ada@example.com"])
        assert letter["Subject"] == "Your export is ready: 3 rows of profiles"
        text, page = bodies(letter)
        [link] = re.findall(r"http://\S+/download/\S+", text)
        path = link[link.index("/download/") :]
        listed = service.get(path).expect().json["files"]
        assert [file["rows"] for file in listed] == [2, 1]
        for said in (text, page):
            for fact in (id, "everyone", "3 rows of profiles", "in 2 files", "CSV", "UTC", "127.0.0.1"):
                assert fact in said, (fact, said)
        assert 'name="color-scheme" content="light dark"' in page and "prefers-color-scheme: dark" in page
        assert "<img" not in page and "<script" not in page and "url(" not in page
        delivery = place.ended(id)
        assert delivery["destination"] == "email" and delivery["name"] == "ada@example.com"
        assert (delivery["status"], delivery["attempts"], delivery["folder"], delivery["objects"]) == ("delivered", 1, "", [])
        assert [(one["address"], one["status"]) for one in delivery["recipients"]] == [("ada@example.com", "delivered")]
        assert "mail_id" not in service.get(f"/api/v1/exports/{id}").expect().json
        assert "to ada@example.com (email): delivered" in wayfare("export", "show", id, "--server", f"http://127.0.0.1:{service.port}").expect().out


@pytest.mark.parametrize("security, parameter", [("starttls", "?tls=required"), ("starttls", "?tls=opportunistic"), ("tls", "")])
def test_secure_relays(place, tmp_path, security, parameter):
    both, issuer = certificate(tmp_path, "good", 10)
    (tmp_path / "issuer.pem").write_text(issuer)
    with Relay(security=security, certificate=both) as relay:
        scheme = "smtps" if security == "tls" else "smtp"
        service = place.start(f"{scheme}://127.0.0.1:{relay.port}{parameter}", WAYFARE_SMTP_CA_CERTIFICATE=str(tmp_path / "issuer.pem"))
        assert place.ended(place.export())["status"] == "delivered"
        assert relay.letters[0].was_secure
        assert place.test() == {"ok": True, "done": ["connect", "send"], "message": "The relay took a test letter to ada@example.com."}
        assert relay.letters[1].was_secure and relay.letters[1]["Subject"] == "A test letter of Wayfare"
        assert f"http://127.0.0.1:{service.port}" in bodies(relay.letters[1])[0]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("security", [None, "starttls", "tls"])
def test_passwords(place, tmp_path, mechanism, security):
    both, issuer = certificate(tmp_path, "good", 10)
    (tmp_path / "issuer.pem").write_text(issuer)
    with Relay(security=security, certificate=both, users={"way@fare": "p#a s:s/ü"}, mechanisms=[mechanism]) as relay:
        scheme, parameter = {None: ("smtp", ""), "starttls": ("smtp", "?tls=required"), "tls": ("smtps", "")}[security]
        at = f"@127.0.0.1:{relay.port}{parameter}"
        more = {"WAYFARE_SMTP_CA_CERTIFICATE": str(tmp_path / "issuer.pem")}
        service = place.start(f"{scheme}://way%40fare:p%23a%20s%3As%2F%C3%BC{at}", **more)
        assert place.test()["ok"]
        assert relay.signed_in == [(mechanism, "way@fare")]
        service.kill(signal.SIGTERM)
        service = place.start(f"{scheme}://way%40fare:hush-hush{at}", **more)
        told = place.test()
        assert (told["ok"], told["failed"], told["fault"]) == (False, "connect", "credentials"), told
        assert "refuses the user or the password: 535" in told["message"]
        # It is the operator's to put right, so the letter waits.
        id = place.export()
        delivery = place.failed_once(id)
        assert (delivery["status"], "next_attempt_at" in delivery) == ("waiting", True) and "535" in delivery["last_error"]
        assert "hush" not in service.said() and "hush" not in json.dumps(told)
        service.kill(signal.SIGTERM)
        place.start(f"{scheme}://way%40fare:p%23a%20s%3As%2F%C3%BC{at}", **more)
        assert place.ended(id)["status"] == "delivered"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_certificates_that_are_not_trusted(place, tmp_path, security):
    expired, issuer_of_expired = certificate(tmp_path, "expired", -1)
    good, issuer = certificate(tmp_path, "good", 10)
    (tmp_path / "expired-issuer.pem").write_text(issuer_of_expired)
    (tmp_path / "issuer.pem").write_text(issuer)
    scheme, parameter = {"starttls": ("smtp", "?tls=required"), "tls": ("smtps", "")}[security]

    def told(pem, host, trusted):
        more = {"WAYFARE_SMTP_CA_CERTIFICATE": str(tmp_path / trusted)} if trusted else {}
        with Relay(security=security, certificate=pem) as relay:
            service = place.start(f"{scheme}://{host}:{relay.port}{parameter}", **more)
            report = place.test()
            service.kill(signal.SIGTERM)
            assert (report["ok"], report["done"], report["failed"], report["fault"]) == (False, [], "connect", "certificate"), report
            assert relay.letters == []
            return report["message"]

    assert "has expired" in told(expired, "127.0.0.1", "expired-issuer.pem")
    assert "an issuer that is not trusted" in told(good, "127.0.0.1", None)
    assert "for another name" in told(good, "localhost", "issuer.pem")


def test_starttls_that_is_required_is_never_left_out(place):
    with Relay() as relay:
        service = place.start(f"smtp://127.0.0.1:{relay.port}?tls=required")
        told = place.test()
        assert told["fault"] == "certificate" and "does not offer STARTTLS" in told["message"]
        assert relay.tried == []
        service.kill(signal.SIGTERM)
        place.start(f"smtp://127.0.0.1:{relay.port}?tls=opportunistic")
        assert place.test()["ok"] and not relay.letters[0].was_secure


@pytest.mark.parametrize("security", ["required", "opportunistic"])
def test_answers_that_came_before_tls_are_not_believed(place, tmp_path, security):
    """Somebody on the way puts answers behind the one to STARTTLS. Were they read as if they had come over TLS, every answer after
    them would be read a step late, and the leave to send a letter for its delivery."""
    both, issuer = certificate(tmp_path, "good", 10)
    (tmp_path / "issuer.pem").write_text(issuer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    upgrades, letters = [], []

    def speak(connection):
        plain = connection.makefile("rb")
        connection.sendall(b"220 relay\r\n")
        plain.readline()
        connection.sendall(b"250-relay\r\n250 STARTTLS\r\n")
        if plain.readline() != b"STARTTLS\r\n":
            return
        upgrades.append(1)
        connection.sendall(b"220 go\r\n250-relay\r\n250 AUTH PLAIN\r\n")
        with context.wrap_socket(connection, server_side=True) as secure:
            told = secure.makefile("rb")
            for answer in (b"250 relay\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
                told.readline()
                secure.sendall(answer)
            while (line := told.readline()) and line != b".\r\n":
                letters.append(line)

    def listen(listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(30)
                # What the service breaks off is an error here.
                with contextlib.suppress(OSError), connection:
                    speak(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=listen, args=[listener], daemon=True).start()
        port = listener.getsockname()[1]
        place.start(f"smtp://127.0.0.1:{port}?tls={security}", WAYFARE_SMTP_CA_CERTIFICATE=str(tmp_path / "issuer.pem"))
        told = place.test()
        assert (told["ok"], told["failed"], told["fault"]) == (False, "connect", "certificate"), told
        assert "behind the answer to STARTTLS" in told["message"]
        delivery = place.failed_once(place.export())
        assert delivery["status"] == "waiting" and "STARTTLS" in delivery["last_error"]
        assert upgrades and letters == []


def test_a_test_says_exactly_what_failed(place):
    def told(url, to="ada@example.com"):
        if place.service:
            place.service.kill(signal.SIGTERM)
        place.start(url)
        report = place.test(to)
        assert not report["ok"], report
        return report["failed"], report["fault"], report["message"]

    failed, fault, message = told("smtp://no-such-name.invalid")
    assert (failed, fault) == ("connect", "name") and "no-such-name.invalid:25" in message
    port = free_port()
    failed, fault, message = told(f"smtp://127.0.0.1:{port}")
    assert (failed, fault) == ("connect", "port") and f"nobody takes connections at 127.0.0.1:{port}" in message
    with Relay() as relay:
        failed, fault, message = told(f"smtps://127.0.0.1:{relay.port}")
        assert (failed, fault) == ("connect", "certificate") and "?tls=required" in message
        failed, fault, message = told(f"smtp://u:p@127.0.0.1:{relay.port}")
        assert (failed, fault) == ("connect", "credentials") and "AUTH PLAIN" in message
    with Relay(recipients=["550 5.1.1 no such user here"], contents=["554 5.6.0 no letters of this kind", "451 4.3.0 come later"]) as relay:
        url = f"smtp://127.0.0.1:{relay.port}"
        failed, fault, message = told(url, "nobody@example.com")
        assert (failed, fault) == ("send", "recipient")
        assert message == f"127.0.0.1:{relay.port} refuses nobody@example.com for good: 550 5.1.1 no such user here"
        at = ["--server", f"http://127.0.0.1:{place.service.port}"]
        failed = wayfare("mail", "test", "ada@example.com", *at).expect(1)
        assert "send (content)" in failed.err and "no letters of this kind" in failed.err
        report = wayfare("mail", "test", "ada@example.com", *at, "--json").expect(1).json
        assert report["fault"] == "unavailable" and "for now: 451" in report["message"]
        assert "took a test letter" in wayfare("mail", "test", "ada@example.com", *at).expect().out
        assert "to:" in wayfare("mail", "test", "nobody", *at).expect(2).err
        assert len(set(relay.ids())) == 1
    with Relay(users={"u": "p"}) as relay:
        failed, fault, message = told(f"smtp://127.0.0.1:{relay.port}")
        assert (failed, fault) == ("send", "credentials") and "530" in message


def test_without_a_relay_a_test_letter_is_a_file(place):
    service = place.start("")
    told = place.test()
    assert told["ok"] and "smtp_url" in told["message"]
    assert "asked for this test letter" in service.get(f"/api/v1/mail/{told['mail_id']}").expect().json["text"]
    id = place.export()
    delivery = place.ended(id)
    assert delivery["status"] == "delivered"
    job = service.get(f"/api/v1/exports/{id}").expect().json
    assert job["mail_id"] == delivery["recipients"][0]["mail_id"]
    assert id in service.get(f"/api/v1/mail/{job['mail_id']}").expect().json["text"]


@pytest.mark.parametrize("said", [{"recipients": ["450 4.2.1 come later"]}, {"contents": ["451 4.3.0 come later"]}])
def test_what_is_refused_for_now_is_tried_again(place, said):
    with Relay(**said) as relay:
        place.start(f"smtp://127.0.0.1:{relay.port}")
        id = place.export()
        delivery = place.failed_once(id)
        assert "come later" in (delivery.get("last_error") or "come later")
        delivery = place.ended(id)
        assert (delivery["status"], delivery["attempts"], "last_error" in delivery) == ("delivered", 2, False)
        time.sleep(2.5)
        assert len(relay.letters) == 1, "it is delivered once"
        assert re.fullmatch(r"<mail_[0-9a-f]{32}@wayfare\.example>", relay.ids()[0])


def test_an_answer_that_is_lost_does_not_make_a_second_letter(place):
    with Relay(contents=["cut"]) as relay:
        place.start(f"smtp://127.0.0.1:{relay.port}")
        id = place.export()
        assert place.ended(id)["attempts"] == 2
        first, second = relay.wait(2)
        assert first["Message-ID"] == second["Message-ID"], "who reads it knows it as the same one"


@pytest.mark.parametrize("said", [{"recipients": ["550 5.1.1 no such user here"]}, {"contents": ["552 5.3.4 too large for us"]}])
def test_what_is_refused_for_good_bounces(place, said):
    words = [answer for answers in said.values() for answer in answers][0]
    with Relay(**said) as relay:
        service = place.start(f"smtp://127.0.0.1:{relay.port}")
        id = place.export()
        delivery = place.ended(id)
        assert (delivery["status"], delivery["attempts"]) == ("bounced", 1) and "next_attempt_at" not in delivery
        assert words in delivery["last_error"] and delivery["recipients"][0]["status"] == "bounced"
        time.sleep(2.5)
        assert len(relay.tried) == 1 and relay.letters == [], "it is given up at once"
        at = ["--server", f"http://127.0.0.1:{service.port}"]
        assert f"bounced; 127.0.0.1:{relay.port} refuses" in wayfare("export", "show", id, *at).expect().out
        assert "to ada@example.com (email): waiting" in wayfare("destination", "deliver", id, "email", *at).expect().out
        assert place.ended(id)["status"] == "delivered"
        # Once more on request is another letter.
        service.post(f"/api/v1/exports/{id}/deliver", {"destinations": ["email"]}).expect()
        relay.wait(2)
        assert len(set(relay.ids())) == 2
        place.ended(id)


def test_an_export_without_an_address_has_no_letter_to_send(place):
    service = place.start("")
    id = place.export(email=None)
    end = time.monotonic() + 20
    while (answer := service.post(f"/api/v1/exports/{id}/deliver", {"destinations": ["email"]})).status == 409:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert answer.expect(422).json["path"] == "destinations[0]"
    problem = service.post("/api/v1/exports", EXPORT | {"destinations": ["email"]}).expect(422).json
    assert problem["path"] == "destinations[0]"


def test_a_relay_that_is_away_and_comes_back(place):
    port = free_port()
    url = f"smtp://127.0.0.1:{port}"
    service = place.start(url)
    id = place.export()
    delivery = place.failed_once(id)
    assert delivery["status"] == "waiting" and "nobody takes connections" in delivery["last_error"]
    service.kill(signal.SIGKILL)
    service = place.start(url)
    again = place.wait(id, lambda now: now["attempts"] > delivery["attempts"])
    assert again["status"] == "waiting"
    with Relay(port=port) as relay:
        relay.wait()
        assert place.ended(id)["status"] == "delivered"
        assert "/download/" in bodies(relay.letters[0])[0]


def test_a_service_that_is_killed_over_a_letter_sends_the_same_one(place):
    """The relay takes the letter and says nothing more, while the service goes down."""
    held = threading.Event()

    class Slow(Relay):
        async def handle_DATA(self, server, session, envelope):
            answer = await super().handle_DATA(server, session, envelope)
            if not held.is_set():
                held.set()
                await asyncio.sleep(30)
            return answer

    with Slow() as relay:
        url = f"smtp://127.0.0.1:{relay.port}"
        service = place.start(url)
        id = place.export()
        assert held.wait(30)
        service.kill(signal.SIGKILL)
        place.start(url)
        assert place.ended(id)["status"] == "delivered"
        assert len(relay.letters) == 2 and len(set(relay.ids())) == 1


def test_a_relay_that_says_nothing_is_given_time_and_no_more(place):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place.start(f"smtp://127.0.0.1:{listener.getsockname()[1]}")
        told = place.test()
        assert told["fault"] == "connection" and "within 30 seconds" in told["message"] and "smtps://" in told["message"]


def test_a_missed_run_is_told_when_the_relay_is_back(place):
    port = free_port()
    daily = {"name": "Daily", "request": {"kind": "profiles", "format": "csv", "attributes": ["user_id"]}, "rule": {"every": "day", "at": "06:00"},
             "time_zone": "UTC", "backfill": False, "expected_within_seconds": 600, "notify": "ana@example.com"}
    service = place.start(f"smtp://127.0.0.1:{port}")
    made = service.post("/api/v1/schedules", daily).expect(201).json
    service.kill(signal.SIGTERM)
    with contextlib.closing(sqlite3.connect(place.data / "wayfare.db")) as database, database:
        # As if the service had not run for three days.
        database.execute("update schedules set decided_until = decided_until - ?", [3 * 86_400 * 1_000_000])
    service = place.start(f"smtp://127.0.0.1:{port}")
    end = time.monotonic() + 60
    while "nobody could be told of missed runs" not in service.said():
        assert time.monotonic() < end, service.said()
        time.sleep(0.1)
    with Relay(port=port) as relay:
        [letter] = relay.wait()
        assert (letter["To"], "late" in letter["Subject"]) == ("ana@example.com", True)
        time.sleep(3)
        assert len(relay.letters) == 1
    runs = service.get(f"/api/v1/schedules/{made['id']}/runs").expect().json["runs"]
    assert not [run for run in runs if "nobody takes connections" in run.get("why", "")]


@pytest.mark.parametrize("url, words", [
    ("smtp://u:hush@relay.example", "nothing would keep it secret"),
    ("smtp://relay.example?tls=yes", "tls=required or tls=opportunistic"),
    ("relay.example:25", "smtps://"),
    ("smtp://u@relay.example", "without a password"),
])
def test_relays_that_are_refused_at_the_start(tmp_path, url, words):
    run = wayfare("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", env={"WAYFARE_SMTP_URL": url}, timeout=60).expect(2)
    assert "smtp_url" in run.err and words in run.err and "hush" not in run.err


def test_an_issuer_that_is_refused_at_the_start(tmp_path):
    (tmp_path / "no.pem").write_text("no certificate")
    for file, words in ((tmp_path / "no.pem", "no certificate"), (tmp_path / "missing.pem", "missing.pem")):
        env = {"WAYFARE_SMTP_URL": "smtps://relay.example", "WAYFARE_SMTP_CA_CERTIFICATE": str(file)}
        run = wayfare("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", env=env, timeout=60).expect(2)
        assert "smtp_ca_certificate" in run.err and words in run.err


def test_letters_of_many_exports_leave_at_their_own_time(place):
    """One letter that waits for its next attempt holds up none that comes after it."""
    with Relay(recipients=["450 4.2.1 come later"]) as relay:
        place.start(f"smtp://127.0.0.1:{relay.port}", WAYFARE_HOOK_RETRY_SECONDS="60")
        waits = place.export(email="slow@example.com")
        place.failed_once(waits)
        assert place.ended(place.export())["status"] == "delivered"
        waiting = place.delivery(waits)
        assert waiting["status"] == "waiting"
        assert 0 < (datetime.fromisoformat(waiting["next_attempt_at"]) - datetime.now().astimezone()).total_seconds() < 61
