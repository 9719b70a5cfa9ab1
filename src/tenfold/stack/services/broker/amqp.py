"""AMQP 0-9-1, as much as it takes to ask whether an application could log in.

A broker that listens may not answer yet, and another process may have its port: only a login tells. The
whole conversation is written at once, for a server reads its frames in turn.
https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, section 1.4 (connection) and 2.3.5 (frames).
"""

from __future__ import annotations

import struct

PROTOCOL = b"AMQP\x00\x00\x09\x01"
CONNECTION = 10
"""The class of every method here."""
START_OK, TUNE_OK, OPEN, CLOSE, CLOSE_OK = 11, 31, 40, 50, 51
FRAME_SIZE = 8_192
"""Bytes; RabbitMQ 4 accepts no smaller one."""
GOODBYE = 200


def render_visit(user: str, password: str) -> str:
    """What a client writes that logs in to the virtual host "/" and leaves, a character for each byte."""
    login = f"\x00{user}\x00{password}".encode()
    no_properties = _long(b"")
    parts = (
        PROTOCOL,
        _method(START_OK, no_properties + _short("PLAIN") + _long(login) + _short("en_US")),
        # One channel and no heartbeat.
        _method(TUNE_OK, struct.pack(">HIH", 1, FRAME_SIZE, 0)),
        _method(OPEN, _short("/") + _short("") + b"\x00"),
        _method(CLOSE, struct.pack(">H", GOODBYE) + _short("") + struct.pack(">HH", 0, 0)),
    )
    return b"".join(parts).decode("latin-1")


def render_farewell() -> str:
    """What the server writes last to a visitor whom it let in, a character for each byte."""
    return _method(CLOSE_OK, b"").decode("latin-1")


def _method(method: int, arguments: bytes) -> bytes:
    """A method frame on channel 0."""
    payload = struct.pack(">HH", CONNECTION, method) + arguments
    return struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce"


def _short(text: str) -> bytes:
    encoded = text.encode()
    return bytes((len(encoded),)) + encoded


def _long(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
