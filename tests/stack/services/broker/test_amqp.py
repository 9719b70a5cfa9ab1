from __future__ import annotations

from tenfold.stack.services.broker.amqp import render_farewell, render_visit


def test_a_visit_says_hello_logs_in_opens_and_leaves() -> None:
    said = render_visit("tenfold", "sécret").encode("latin-1")
    assert said.startswith(b"AMQP\x00\x00\x09\x01")
    assert "\x00tenfold\x00sécret".encode() in said
    assert read_methods(said[8:]) == [11, 31, 40, 50]


def test_a_farewell_is_one_frame_that_the_server_sends_last() -> None:
    assert read_methods(render_farewell().encode("latin-1")) == [51]


def read_methods(data: bytes) -> list[int]:
    """The methods of the class "connection" whose frames follow each other."""
    found = []
    while data:
        kind, channel = data[0], data[1:3]
        size = int.from_bytes(data[3:7])
        payload, end = data[7 : 7 + size], data[7 + size]
        assert (kind, channel, end) == (1, b"\x00\x00", 0xCE)
        assert payload[:2] == b"\x00\x0a"
        found.append(int.from_bytes(payload[2:4]))
        data = data[8 + size :]
    return found
