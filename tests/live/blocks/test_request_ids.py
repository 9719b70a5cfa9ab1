"""One id from the edge to the worker, through real servers, a real broker and Celery's own processes."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.stack.driving import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[3]
SITE = "tests.live.blocks.request_site"
APPLICATION = {
    "wsgi": (
        "gunicorn",
        "--no-control-socket",
        "-b",
        "127.0.0.1:{port}",
        "django.core.wsgi:get_wsgi_application()",
    ),
    "asgi": (
        "uvicorn",
        "--factory",
        "--lifespan",
        "off",
        "--port",
        "{port}",
        "django.core.asgi:get_asgi_application",
    ),
}


@contextmanager
def running(servers: Servers, log: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": SITE,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        "SITE_BROKER": servers.cache_url.replace("/0", "/6"),
    }
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], env=environment, cwd=log.parent, stdout=file, stderr=file
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()


def told(log: Path, logger: str) -> list[dict[str, Any]]:
    """Lines of a logger, once they are whole."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("{")]
    return [one for one in map(json.loads, lines) if one["logger"] == logger]


def ask(port: int, address: str, request_id: str) -> tuple[bytes, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", address, headers={"X-Request-ID": request_id})
        answer = connection.getresponse()
        return answer.read(), answer.getheader("X-Request-ID")
    finally:
        connection.close()


@pytest.mark.parametrize("server", ["wsgi", "asgi"])
def test_one_id_stands_in_the_lines_of_the_server_and_of_the_worker(
    server: str, valkey_cache: Servers, tmp_path: Path
) -> None:
    web, worker, port = tmp_path / "web.log", tmp_path / "worker.log", free_port()
    with ExitStack() as stack:
        words = [word.format(port=port) for word in APPLICATION[server]]
        process = stack.enter_context(running(valkey_cache, web, *words))
        stack.enter_context(
            running(valkey_cache, worker, "celery", "-A", SITE, "worker", "-P", "solo", "--without-gossip")
        )

        def answers() -> bool:
            assert process.poll() is None, web.read_text()
            try:
                return ask(port, "/order/", "warming-up")[0] == b"ok"
            except OSError:
                return False

        wait_until(answers, f"{server} answers")
        assert ask(port, "/order/", "request-4711") == (b"ok", "request-4711")
        assert ask(port, "/export/", "request-4712") == (b"row\n" * 3, "request-4712")
        wait_until(lambda: len(told(worker, "shop")) >= 2, f"the worker works: {worker.read_text()}")
        wait_until(lambda: len(told(web, "tenfold.access")) >= 3, f"three lines of access: {web.read_text()}")
    assert [one["request_id"] for one in told(worker, "shop")][-1] == "request-4711"
    assert any(one.get("request_id") == "request-4711" for one in told(worker, "celery.app.trace"))
    lines = [one["message"] for one in told(web, "shop") if one["request_id"] == "request-4712"]
    access = {one["request_id"]: one for one in told(web, "tenfold.access")}
    assert access["request-4711"]["view"] == "order"
    assert access["request-4712"]["bytes"] == 12
    # Under ASGI Django reads a synchronous body in one go, in a thread.
    assert lines == ["row 0", "row 1", "row 2"]


def test_the_worker_writes_every_line_as_json_once_django_is_set_up(
    valkey_cache: Servers, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    with running(valkey_cache, log, "celery", "-A", SITE, "worker", "-P", "solo", "--without-gossip"):
        wait_until(lambda: "ready." in log.read_text(), "the worker is ready")
    (ready,) = [one for one in told(log, "celery.apps.worker") if one["message"].endswith(" ready.")]
    assert ready["level"] == "INFO"
