"""A proxy between Wayfare and a server over HTTP, which writes down what passes and goes wrong on demand.

It takes one request a connection, as Wayfare sends them. `faults` is asked with each request and gives the name of what
goes wrong with it, or nothing:

- `500`, `503`, `429`: the request is not passed on and answered so
- `slow`: the answer comes two seconds late
- `cut`: half of the request is passed on, then both connections end
- `lost`: the request is passed on whole, the answer is not
- `truncated`: half of the answer's bytes come
- `short`: one byte of the body is missing, and `Content-Length` says so
- `wrong length`: `Content-Length` of the answer is one more than it was
"""

import re
import socket
import ssl
import threading
import time


def _read(connection):
    """Head and body of a message; an answer to HEAD has none."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data, b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        more = connection.recv(65536)
        if not more:
            break
        body += more
    return head + b"\r\n\r\n", body


def _all(connection):
    data = b""
    while more := connection.recv(65536):
        data += more
    return data


class FaultProxy:
    """Listens on a port of its own in front of `port`, with TLS where a certificate is given.

    `check` may refuse a request before it is passed on: it gives the code of what is wrong with it.
    """

    def __init__(self, port, faults=lambda method, path: None, certificate=None, check=None):
        self.check = check
        self.upstream = port
        self.faults = faults
        self.seen = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self):
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"

    def writes(self):
        """Paths of the writes that were passed on, in order of arrival."""
        return [path for method, path, fault in self.seen if method == "PUT" and fault is None]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _listen(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
            with client:
                self._pass(client)
        except OSError:
            pass

    def _pass(self, client):
        head, body = _read(client)
        if not head:
            return
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        refused = self.check and self.check(method, path, head.split(b"\r\n\r\n")[0], body)
        fault = refused or self.faults(method, path)
        self.seen.append((method, path, fault))
        if refused:
            text = b"<Error><Code>%s</Code><Message>Refused by this test.</Message></Error>" % refused.encode()
            client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(text), text))
            return
        if fault in ("500", "503", "429"):
            text = b"<Error><Code>SlowDown</Code><Message>A fault of this test.</Message></Error>"
            client.sendall(b"HTTP/1.1 %s Fault\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (fault.encode(), len(text), text))
            return
        with socket.create_connection(("127.0.0.1", self.upstream)) as server:
            if fault == "cut":
                whole = head + body
                server.sendall(whole[: len(whole) // 2])
                return
            if fault == "short":
                body = body[:-1]
                head = re.sub(rb"(?im)^content-length: *\d+", b"content-length: %d" % len(body), head)
            server.sendall(head + body)
            answer = _all(server)
        if fault == "lost":
            return
        if fault == "slow":
            time.sleep(2)
        if fault == "truncated":
            answer = answer[: len(answer) // 2]
        if fault == "wrong length":
            answer = re.sub(rb"(?im)^content-length: *(\d+)", lambda found: b"content-length: %d" % (int(found[1]) + 1), answer)
        client.sendall(answer)
