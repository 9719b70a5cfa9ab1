"""Clients that a public server meets: slow ones, which never end their header, and malformed requests.

    python hostile.py HOST:PORT RATE SLOW [tls]

A program of its own, so that it takes no time of whoever measures. It keeps SLOW connections open with half a
header each, and sends RATE malformed requests a second, whether they are answered or not. When its standard
input ends it tells what it did as one line of JSON.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
import time
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
MALFORMED = (
    b"GET\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: local host\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
)
"""None of them may reach an application: no method, impossible lengths, version and host, and binary."""
SENDERS = 8
DRIP = 2.0
"""Seconds between two bytes of a slow client: often enough that no server takes it for gone."""
PATIENCE = 5.0


@dataclass
class Told:
    """What was done so far."""

    sent: int = 0
    refused: int = 0
    """Of those sent: answered with 4xx or 5xx, or closed."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, *, refused: bool) -> None:
        with self.lock:
            self.sent += 1
            self.refused += refused


class Target:
    """Where to, and the TLS session that the next connection resumes, as browsers and scanners do."""

    def __init__(self, address: str, *, tls: bool) -> None:
        host, _, port = address.rpartition(":")
        self.place = (host, int(port))
        self.session: ssl.SSLSession | None = None
        self.context: ssl.SSLContext | None = None
        if tls:
            self.context = ssl._create_unverified_context()  # the certificate was made on this machine

    def connect(self) -> socket.socket:
        plain = socket.create_connection(self.place, timeout=PATIENCE)
        if self.context is None:
            return plain
        try:
            return self.context.wrap_socket(plain, server_hostname="localhost", session=self.session)
        except OSError:
            plain.close()
            raise

    def remember(self, one: socket.socket) -> None:
        if isinstance(one, ssl.SSLSocket):
            self.session = one.session or self.session


def send_malformed(target: Target, told: Told, *, rate: float, over: threading.Event) -> None:
    """`rate` a second, in an open loop: what is late is sent at once."""
    due = time.monotonic()
    for request in cycle(MALFORMED):
        due += 1 / rate
        if over.wait(max(0.0, due - time.monotonic())):
            return
        told.count(refused=is_refused(ask(target, request)))


def ask(target: Target, request: bytes) -> bytes:
    """The first bytes of the answer; none when the server closed or did not answer in time."""
    try:
        with target.connect() as one:
            one.sendall(request)
            answer = one.recv(512)
            target.remember(one)
            return answer
    except OSError:
        return b""


def is_refused(answer: bytes) -> bool:
    """Whether an answer says no: a status of 4xx or 5xx, nginx's page without a head, or nothing."""
    words = answer.split(b" ", 2)
    if not answer.startswith(b"HTTP/"):
        return True
    return len(words) > 1 and words[1][:1] in b"45"


def hold_slowly(target: Target, count: int, *, over: threading.Event) -> None:
    """`count` connections, each with half a header and a byte more now and then; a closed one is opened anew."""
    held: list[socket.socket | None] = [None] * count
    while not over.is_set():
        for number, one in enumerate(held):
            held[number] = drip(one) if one else open_half(target)
        over.wait(DRIP)
    for one in held:
        if one:
            one.close()


def open_half(target: Target) -> socket.socket | None:
    try:
        one = target.connect()
        one.sendall(HALF)
    except OSError:
        return None
    return one


def drip(one: socket.socket) -> socket.socket | None:
    try:
        one.sendall(b"a")
    except OSError:
        one.close()
        return None
    return one


def start(
    target: Target, told: Told, *, rate: float, slow: int, over: threading.Event
) -> Iterator[threading.Thread]:
    """A thread for the slow clients, SENDERS for the malformed requests."""
    yield threading.Thread(target=hold_slowly, args=(target, slow), kwargs={"over": over})
    for _ in range(SENDERS if rate else 0):
        yield threading.Thread(
            target=send_malformed, args=(target, told), kwargs={"rate": rate / SENDERS, "over": over}
        )


def main(address: str, rate: str, slow: str, *rest: str) -> int:
    target, told, over = Target(address, tls="tls" in rest), Told(), threading.Event()
    threads = tuple(start(target, told, rate=float(rate), slow=int(slow), over=over))
    for one in threads:
        one.start()
    sys.stdin.read()
    over.set()
    for one in threads:
        one.join()
    sys.stdout.write(json.dumps({"sent": told.sent, "refused": told.refused}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
