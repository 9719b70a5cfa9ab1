"""Real application servers on a tiny project: they serve, log, replace workers, and stop when asked to."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.stack.services.app.service import plan
from tests.live.stack.project_processes import make_project, start, wait_until, with_workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.live.stack.project_processes import Running

    Serve = Callable[..., Running]

pytestmark = pytest.mark.live
SERVERS = ("gunicorn", "granian", "uvicorn")
KEYS = {"time", "client", "request_id", "method", "path", "status", "seconds", "length"}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts the first instance of a server and waits until it answers."""
    started: list[Running] = []

    def make(server: str, *, workers: int = 2, threads: int = 1, **environment: str) -> Running:
        pytest.importorskip(server)
        site = with_workers(make_project(tmp_path / "shop", server=server), workers, threads)
        one = start(site, next(iter(plan(site))), **environment)
        started.append(one)
        wait_until(one.answers, f"{server} answers")
        return one

    yield make
    for one in started:
        one.end()


def logged(one: Running, request_id: str) -> list[dict[str, Any]]:
    return [line for line in one.requests() if line["request_id"] == request_id]


@pytest.mark.parametrize("server", SERVERS)
def test_a_request_over_the_socket_is_answered_and_logged(serve: Serve, server: str) -> None:
    one = serve(server)
    headers = {"X-Real-IP": "203.0.113.9", "X-Request-ID": "asked-1"}
    status, body = one.fetch("/?token=secret", headers)
    assert (status, body[:8]) == (200, "at home,")
    wait_until(lambda: logged(one, "asked-1"), "the request is logged")
    (line,) = logged(one, "asked-1")
    assert line.keys() == KEYS
    assert [line[key] for key in ("client", "method", "path", "status")] == ["203.0.113.9", "GET", "/", 200]
    assert line["length"] >= len(body)
    assert "secret" not in one.log.read_text()


@pytest.mark.parametrize("server", SERVERS)
def test_an_answer_in_pieces_arrives_whole(serve: Serve, server: str) -> None:
    one = serve(server, workers=1)
    assert one.fetch("/stream") == (200, "one two")
    wait_until(lambda: any(line["path"] == "/stream" for line in one.requests()), "the stream is logged")


@pytest.mark.parametrize("server", SERVERS)
def test_a_killed_worker_is_replaced_and_requests_go_on(serve: Serve, server: str) -> None:
    one = serve(server)
    victim = int(one.fetch()[1].rpartition(" ")[2])
    assert victim != one.process.pid
    os.kill(victim, signal.SIGKILL)

    def replaced() -> bool:
        told = {one.fetch()[1] for _ in range(20)} if one.answers() else set()
        return f"at home, in {victim}" not in told and len(told) == 2

    wait_until(replaced, "two workers answer, and none is the killed one")


@pytest.mark.parametrize("server", SERVERS)
def test_a_running_request_ends_before_a_stopping_server(serve: Serve, server: str) -> None:
    one = serve(server, workers=1)
    told: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: told.append(one.fetch("/slow?seconds=1.5")))
    asking.start()
    wait_until((one.log.parents[2] / "slow.begun").exists, "the slow request runs")
    one.process.terminate()
    asking.join()
    assert told == [(200, "slow, but whole")]
    # A lone uvicorn ends by the signal that it was sent.
    assert one.process.wait(one.service.stop_seconds) in (0, -signal.SIGTERM)


def test_a_granian_worker_whose_threads_all_hang_is_replaced(serve: Serve) -> None:
    one = serve("granian", workers=1, TENFOLD_REQUEST_SECONDS="0.5")
    victim = int(one.fetch()[1].rpartition(" ")[2])
    with pytest.raises((OSError, http.client.HTTPException)):
        one.fetch("/slow?seconds=50")
    wait_until(one.answers, "another worker answers")
    assert int(one.fetch()[1].rpartition(" ")[2]) != victim
    assert "GET /slow runs for more than 0.5 s" in one.log.read_text()


def test_a_granian_that_is_still_loading_stops_at_once(tmp_path: Path) -> None:
    site = make_project(tmp_path / "late", server="granian")
    (tmp_path / "late" / "tenfold_wsgi.py").write_text(
        "import time\nopen('loading', 'w').close()\ntime.sleep(300)\n"
    )
    one = start(site, next(iter(plan(site))))
    try:
        wait_until((tmp_path / "late" / "loading").exists, "its worker loads the application")
        one.process.terminate()
        grace = site.topology.timeouts.graceful.seconds
        assert one.process.wait(grace - 1) == 0, "it does not wait for requests that nobody made"
    finally:
        one.end()


def test_the_projects_own_gunicorn_configuration_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--bind 127.0.0.1:1")
    site = make_project(tmp_path / "own", server="gunicorn")
    (tmp_path / "own" / "gunicorn.conf.py").write_text("raise SystemExit('read')")
    one = start(site, next(iter(plan(site))))
    try:
        wait_until(one.answers, "gunicorn answers on our socket")
    finally:
        one.end()


def test_gunicorn_forks_without_an_open_database_connection(tmp_path: Path) -> None:
    site = make_project(tmp_path / "eager", server="gunicorn")
    (tmp_path / "eager" / "tenfold_wsgi.py").write_text(
        "import os, shop_site\n"
        "from django.core.wsgi import get_wsgi_application\n"
        "from django.db import connection\n"
        "connection.ensure_connection()\n"
        "django_application = get_wsgi_application()\n"
        "master = os.getpid()\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [f'{connection.connection is None} {os.getpid() != master}'.encode()]\n"
    )
    one = start(site, next(iter(plan(site))))
    try:
        wait_until(one.answers, "gunicorn answers")
        assert one.fetch() == (200, "True True"), "loaded once before the fork, and closed before it"
    finally:
        one.end()
