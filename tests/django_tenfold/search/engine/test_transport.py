from __future__ import annotations

import base64
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_tenfold.search.engine.errors import EngineDownError, EngineRefusedError
from django_tenfold.search.engine.transport import Transport, read_node
from tests.django_tenfold.search.engine_double.server import run_double

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_tenfold.search.engine_double.server import Double

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def double() -> Iterator[Double]:
    with run_double() as made:
        yield made


def connect(*urls: str, tries: int = 3) -> tuple[Transport, list[float]]:
    """And the pauses that it makes, which are none."""
    pauses: list[float] = []
    return Transport(tuple(map(read_node, urls)), 5, tries, pause=pauses.append), pauses


def test_a_busy_node_is_asked_again_after_longer_and_longer_pauses(double: Double) -> None:
    double.faults = [(429, {}), (503, {})]
    transport, pauses = connect(double.url)
    assert transport.ask("GET", "/_alias/some").status == 404
    assert 0.05 <= pauses[0] <= 0.15
    assert 0.1 <= pauses[1] <= 0.3


def test_what_a_node_says_of_waiting_is_heeded(double: Double) -> None:
    double.faults = [(429, {"Retry-After": "2"}), (429, {"Retry-After": "9999"})]
    transport, pauses = connect(double.url)
    transport.ask("GET", "/_alias/some")
    assert 1 <= pauses[0] <= 3
    assert pauses[1] <= 7.5


def test_a_node_that_stays_busy_is_down_for_the_caller(double: Double) -> None:
    double.faults = [(503, {})] * 3
    transport, pauses = connect(double.url)
    with pytest.raises(EngineDownError, match=r"3 tries.*status 503.*engine_fallback"):
        transport.ask("GET", "/_alias/some")
    assert len(pauses) == 2
    assert len(double.requests) == 3


def test_the_next_node_answers_when_one_is_gone(double: Double) -> None:
    transport, _ = connect(NOWHERE, double.url)
    assert transport.ask("GET", "/_alias/some").status == 404


def test_a_refusal_is_not_tried_again(double: Double) -> None:
    double.faults = [(401, {})]
    transport, pauses = connect(double.url)
    assert transport.ask("GET", "/").status == 401
    assert not pauses


def test_a_connection_is_kept_and_made_anew_when_it_was_closed(double: Double) -> None:
    transport, pauses = connect(double.url)
    transport.ask("GET", "/_alias/some")
    (kept,) = transport.kept.connections().values()
    transport.ask("GET", "/_alias/some")
    assert [*transport.kept.connections().values()] == [kept]
    double.faults = [(0, {})]  # as a node does that was idle for long
    assert transport.ask("GET", "/_alias/some").status == 404
    assert not pauses


def test_a_node_that_hangs_is_waited_for_once_a_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted: list[socket.socket] = []

        def serve() -> None:
            accepted.append(listener.accept()[0])
            accepted[0].recv(10_000)
            accepted[0].sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=serve)
        thread.start()
        node = read_node(f"http://127.0.0.1:{listener.getsockname()[1]}")
        transport = Transport((node,), 0.2, 1)
        assert transport.ask("GET", "/").body == {}
        thread.join()
        with pytest.raises(EngineDownError, match="timed out"):
            transport.ask("GET", "/")
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):  # no second connection to wait on
            listener.accept()
        accepted[0].close()


def test_another_process_does_not_share_the_connections_of_its_parent(double: Double) -> None:
    transport, _ = connect(double.url)
    transport.ask("GET", "/_alias/some")
    (parents,) = transport.kept.connections().values()
    transport.kept.pid = -1
    assert not transport.kept.connections()
    parents.close()


def test_credentials_are_sent_and_never_shown(double: Double) -> None:
    secret = "p@ss:w/ord"
    url = double.url.replace("http://", "http://ann:p%40ss%3Aw%2Ford@")
    transport, _ = connect(url, tries=1)
    transport.ask("GET", "/_alias/some")
    sent = double.requests[0][2]["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == f"ann:{secret}"
    assert secret not in repr(transport)
    assert sent not in repr(transport)
    double.faults = [(503, {})]
    with pytest.raises(EngineDownError) as caught:
        transport.ask("GET", "/")
    assert "ann" not in str(caught.value)


def test_a_key_is_sent_in_place_of_user_and_password() -> None:
    assert read_node("https://ann:secret@host", "abc").authorization == "ApiKey abc"


@pytest.mark.parametrize(
    "url", ["host:9200", "ftp://host", "https://", "https://h:x", "https://ann:topsecret@h:99999/?q=1", ""]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="https://host:9200") as caught:
        read_node(url)
    assert "topsecret" not in str(caught.value)


def test_an_answer_without_json_names_the_wrong_address(double: Double) -> None:
    transport, _ = connect(double.url)
    with pytest.raises(
        EngineRefusedError, match=r"answered 501 without JSON: TENFOLD_SEARCH\['engine_urls'\]"
    ):
        transport.ask("BREW", "/")


def test_a_certificate_that_nobody_vouches_for_is_refused(double: Double) -> None:
    secure, _ = connect(double.url.replace("http:", "https:"), tries=1)
    with pytest.raises(EngineDownError, match="SSL"):  # it speaks no TLS at all, and there is no way round
        secure.ask("GET", "/")
