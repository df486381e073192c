"""An SMTP relay of this machine (aiosmtpd), which keeps what it takes and says no on demand."""

import asyncio
import email
import email.policy
import ssl
import threading
import time
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


class Relay:
    """Takes letters on a port of its own, until the end of its `with` block.

    `security` is `None`, `starttls` (and nothing without it) or `tls`; `users` are passwords by name, of which one is asked for.
    `recipients` and `contents` are the answers to the next recipients and letters, the rest is taken; an answer of `cut` takes the
    letter and ends the connection without a word.
    """

    def __init__(self, port=0, security=None, certificate=None, users=None, mechanisms=("PLAIN", "LOGIN"), recipients=(), contents=()):
        self.recipients, self.contents = list(recipients), list(contents)
        self.letters = []
        self.tried = []
        self.signed_in = []
        self.users = users
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self.settings = {"hostname": "relay.test", "enable_SMTPUTF8": True}
        if security == "starttls":
            self.settings |= {"tls_context": self.context, "require_starttls": True}
        if users is not None:
            others = [name for name in ("PLAIN", "LOGIN") if name not in mechanisms]
            self.settings |= {"authenticator": self._authenticate, "auth_required": True, "auth_exclude_mechanism": others}
            self.settings |= {"auth_require_tls": security == "starttls"}
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        wrapped = self.context if security == "tls" else None
        self.server = self._run(self._listen(port, wrapped))
        self.port = self.server.sockets[0].getsockname()[1]

    async def _listen(self, port, wrapped):
        return await self.loop.create_server(self._begin, "127.0.0.1", port, ssl=wrapped)

    def _begin(self):
        with warnings.catch_warnings():
            # A relay on the same machine may ask for a password without TLS.
            warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
            return SMTP(self, loop=self.loop, **self.settings)

    def _run(self, step):
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(30)

    def _authenticate(self, server, session, envelope, mechanism, data):
        self.signed_in.append((mechanism, data.login.decode()))
        good = self.users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=good, handled=good)

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tried.append(address)
        answer = self.recipients.pop(0) if self.recipients else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.contents.pop(0) if self.contents else "250 taken"
        if answer == "cut" or answer.startswith("250"):
            letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.letters.append(letter)
            letter.was_secure = server.transport.get_extra_info("ssl_object") is not None
            letter.envelope = (envelope.mail_from, envelope.rcpt_tos)
        if answer == "cut":
            server.transport.abort()
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        async def close():
            self.server.close()
            for task in asyncio.all_tasks(self.loop):
                if task is not asyncio.current_task():
                    task.cancel()

        self._run(close())
        self.loop.call_soon_threadsafe(self.loop.stop)

    def wait(self, letters=1, timeout=60):
        """Waits for so many letters; gives them."""
        end = time.monotonic() + timeout
        while len(self.letters) < letters:
            assert time.monotonic() < end, f"{len(self.letters)} letters instead of {letters}; tried {self.tried}"
            time.sleep(0.05)
        return self.letters

    def ids(self):
        """The ids of the letters that came."""
        return [letter["Message-ID"] for letter in self.letters]
