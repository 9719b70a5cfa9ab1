"""What changed is told to the caches before the site, again until they confirm."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.db import transaction
from django.test import override_settings

from django_tenfold.cache import edge_queue
from django_tenfold.cache.edge_queue import EdgeQueue
from django_tenfold.cache.purging import purge
from tests.django_site.goods.models import Shelf
from tests.django_tenfold.cache.conftest import WATCHED
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PURGERS = "django_tenfold.cache.edge_purgers"


class Edge(BaseHTTPRequestHandler):
    """A double of Varnish, Fastly and Cloudflare."""

    seen: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    answers: ClassVar[list[tuple[int, bytes]]] = []
    """The next ones; 200 when there are none."""

    def do_PURGE(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((f"{self.command} {self.path}", told, body))
        status, answer = self.answers.pop(0) if self.answers else (200, b'{"success": true}')
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_PURGE

    def log_message(self, *_: object) -> None:
        """Tests say nothing."""


@pytest.fixture
def edge() -> Iterator[str]:
    Edge.seen.clear()
    Edge.answers.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Edge) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/purge"
        server.shutdown()
        thread.join()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> EdgeQueue:
    """One whose thread the test plays itself."""
    made = EdgeQueue(clock=clock)
    monkeypatch.setattr(made, "_start", lambda: None)
    monkeypatch.setattr(edge_queue, "queue", made)
    return made


def settings_of(name: str, url: str, **more: Any) -> override_settings:
    given = {**WATCHED, "edge_purger": f"{PURGERS}.{name}", "edge_url": url, "edge_token": "secret", **more}
    return override_settings(TENFOLD_CACHE=given)


def test_each_edge_is_asked_in_its_own_way(edge: str, queue: EdgeQueue) -> None:
    for name, request, header, value, body in (
        ("purge_varnish", "PURGE /purge", "xkey-purge", "a%20b shop.thing:5", b""),
        ("purge_fastly", "POST /purge", "surrogate-key", "a%20b shop.thing:5", b""),
        (
            "purge_cloudflare",
            "POST /purge",
            "authorization",
            "Bearer secret",
            {"tags": ["a%20b", "shop.thing:5"]},
        ),
    ):
        queue.__init__(clock=Clock())  # type: ignore[misc]
        with settings_of(name, edge):
            queue.add(["a b", "shop.thing:5"])
            assert queue.send_due()
        asked, headers, given = Edge.seen.pop()
        assert (asked, headers[header]) == (request, value)
        assert (json.loads(given) if given else b"") == body
        assert headers.get("fastly-key", "secret") == "secret"


@pytest.mark.usefixtures("sqlite_database")
def test_what_a_transaction_changes_is_told_with_its_commit(edge: str, queue: EdgeQueue) -> None:
    with settings_of("purge_varnish", edge):
        with transaction.atomic():
            shelf = Shelf.objects.create(name="top")
            assert queue.is_empty()
        with transaction.atomic():
            Shelf.objects.update(name="low")
            transaction.set_rollback(True)
        queue.send_due()
        shelf.name = "first"
        shelf.save()
        queue.send_due()
    told = [headers["xkey-purge"].split() for _, headers, _ in Edge.seen]
    assert told == [["goods.shelf"], ["goods.shelf", f"goods.shelf:{shelf.pk}"]]


def test_a_purge_is_sent_again_until_it_is_confirmed(
    edge: str, queue: EdgeQueue, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    Edge.answers.extend([(503, b""), (500, b"")])
    with settings_of("purge_varnish", edge):
        queue.add(["a"])
        assert not queue.send_due()
        assert queue.send_due(), "nothing is due before the pause is over"
        assert len(Edge.seen) == 1
        clock.now += 1
        assert not queue.send_due()
        clock.now += 2
        assert queue.send_due()
        assert [headers["xkey-purge"] for _, headers, _ in Edge.seen] == ["a"] * 3
    assert len(caplog.records) == 1
    assert "The edge was not purged" in caplog.text


def test_what_was_on_its_way_to_the_edge_is_found_by_a_second_purge(
    edge: str, queue: EdgeQueue, clock: Clock
) -> None:
    with settings_of("purge_varnish", edge):
        queue.add(["a"])
        queue.send_due()
        queue.send_due()
        assert len(Edge.seen) == 1
        clock.now += edge_queue.AGAIN
        queue.send_due()
        assert len(Edge.seen) == 2
        assert queue.is_empty()


def test_an_answer_of_cloudflare_that_says_no_is_a_failure(edge: str, queue: EdgeQueue) -> None:
    Edge.answers.append((200, b'{"success": false, "errors": [{"message": "no"}]}'))
    with settings_of("purge_cloudflare", edge):
        queue.add(["a"])
        assert not queue.send_due()


def test_many_tags_go_in_requests_that_an_edge_takes(edge: str, queue: EdgeQueue) -> None:
    with settings_of("purge_varnish", edge):
        queue.add([str(one) for one in range(250)])
        assert all(queue.send_due() for _ in range(3))
    assert [len(headers["xkey-purge"].split()) for _, headers, _ in Edge.seen] == [100, 100, 50]


def test_an_edge_that_is_gone_costs_bounded_memory(queue: EdgeQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_queue, "MOST_WAITING", 3)
    queue.add(["a", "b", "c", "d"])
    assert len(queue._due) == 3


def test_a_process_that_ends_sends_what_waits(edge: str, clock: Clock) -> None:
    queue = EdgeQueue(clock=clock)
    queue._pid = edge_queue.os.getpid()
    queue._due = {"a": clock.now + 60}
    with settings_of("purge_varnish", edge):
        queue.flush()
    assert [headers["xkey-purge"] for _, headers, _ in Edge.seen] == ["a"]


def test_a_thread_of_the_process_sends_without_being_asked(edge: str) -> None:
    queue = EdgeQueue(again=0.01)
    with settings_of("purge_varnish", edge):
        queue.add(["x", "y"])
        wait_until(lambda: len(Edge.seen) >= 2 and queue.is_empty(), "both purges are sent")
    assert Edge.seen[0][1]["xkey-purge"] == "x y"


def test_without_a_purger_nothing_waits(queue: EdgeQueue) -> None:
    purge("x")
    assert queue.is_empty()
