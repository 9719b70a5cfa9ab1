"""A WebSocket through a real nginx, out of the wheel and from PATH."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.services.edge.service import NGINX
from tests.live.stack.edges import start_edge
from tests.stack.example_site import make_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenfold.stack.site import Site
    from tests.live.stack.driving import Driver
    from tests.live.stack.edges import Edge

pytestmark = pytest.mark.live
ASKS = (
    "GET /ws/chat/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture(params=[True, False], ids=["wheel", "path"])
def start(
    request: pytest.FixtureRequest, site_with: Callable[..., Site], driving: Callable[[Site], Driver]
) -> Callable[[str], Edge]:
    def started(interface: str) -> Edge:
        shape = make_shape(interface=interface)
        site = site_with(NGINX, wheel=request.param, shape=shape, root_user=os.geteuid() == 0)
        return start_edge(site, driving(site))

    return started


def read_until(connection: socket.socket, end: bytes) -> bytes:
    received = b""
    while end not in received:
        piece = connection.recv(65_536)
        assert piece, received
        received += piece
    return received


def asked(edge: Edge) -> Iterator[tuple[socket.socket, bytes]]:
    with (
        socket.create_connection(("localhost", edge.port), timeout=20) as plain,
        edge.context().wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(ASKS.encode())
        yield connection, read_until(connection, b"\r\n\r\n")


def test_a_websocket_goes_through_both_ways_for_a_project_with_consumers(
    start: Callable[[str], Edge],
) -> None:
    for connection, head in asked(start("asgi")):
        assert head.startswith(b"HTTP/1.1 101 ")
        for message in (b"first", b"second"):
            connection.sendall(message)
            assert read_until(connection, message).endswith(message)


def test_a_project_without_consumers_is_never_asked_to_switch(start: Callable[[str], Edge]) -> None:
    for _, head in asked(start("wsgi")):
        assert head.startswith(b"HTTP/1.1 200 ")
