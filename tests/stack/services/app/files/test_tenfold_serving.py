from __future__ import annotations

import asyncio
import importlib.util
import io
import json
import logging
import os
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tenfold.stack.services.app.wrapper import wrapper_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

ENVIRON = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/shop/",
    "QUERY_STRING": "token=secret",
    "HTTP_X_REAL_IP": "203.0.113.9",
    "HTTP_X_REQUEST_ID": "abc",
    "REMOTE_ADDR": "",
}


class Plain:
    """What Django's HttpResponse is to a server."""

    streaming = False
    content = b"hello"
    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[ModuleType]:
    path = tmp_path / "tenfold_serving.py"
    path.write_text(wrapper_file().text)
    spec = importlib.util.spec_from_file_location("tenfold_serving", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("tenfold_serving", None)


@pytest.fixture
def lines(serving: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every line that was written, read as JSON."""
    written: list[dict[str, Any]] = []

    def keep(descriptor: int, line: bytes) -> int:
        assert descriptor == 1
        assert line.endswith(b"\n")
        written.append(json.loads(line))
        return len(line)

    monkeypatch.setattr(serving.os, "write", keep)
    return written


def answering(body: object, status: str = "200 OK") -> Callable[..., object]:
    def application(environ: dict[str, str], start_response: Callable[..., object]) -> object:
        start_response(status, [("Content-Type", "text/plain")])
        return body

    return application


def ask(serving: ModuleType, application: Callable[..., object], **environ: str) -> Any:
    told: list[object] = []
    served = serving.serve_wsgi(application, {})
    return served({**ENVIRON, **environ}, lambda *given: told.append(given))


def test_a_request_becomes_one_line_with_the_asked_keys(
    serving: ModuleType, lines: list[dict[str, Any]]
) -> None:
    assert ask(serving, answering(Plain())) == [b"hello"]
    (line,) = lines
    assert line.pop("time").startswith("20")
    assert line.pop("seconds") >= 0
    assert line == {
        "client": "203.0.113.9",
        "request_id": "abc",
        "method": "GET",
        "path": "/shop/",
        "status": 200,
        "length": 5,
    }


def test_a_plain_response_is_closed_before_the_server_has_it(
    serving: ModuleType, lines: list[dict[str, Any]]
) -> None:
    body = Plain()
    ask(serving, answering(body))
    assert body.closed


def test_a_list_is_sent_in_one_piece(serving: ModuleType, lines: list[dict[str, Any]]) -> None:
    assert ask(serving, answering([b"ab", b"c"], "404 Not Found")) == [b"abc"]
    assert [(line["status"], line["length"]) for line in lines] == [(404, 3)]


def test_a_path_cannot_forge_a_line(serving: ModuleType, lines: list[dict[str, Any]]) -> None:
    ask(serving, answering(Plain()), PATH_INFO='/"}\n{"status": 200', HTTP_X_REQUEST_ID='"')
    assert [line["path"] for line in lines] == ['/"}\n{"status": 200']


def test_a_path_outside_ascii_is_logged_as_it_reads(serving: ModuleType, lines: list[dict[str, Any]]) -> None:
    ask(serving, answering(Plain()), PATH_INFO="/küche/".encode().decode("latin-1"))
    assert lines[0]["path"] == "/küche/"


def test_a_stream_is_logged_once_with_its_length_when_it_is_closed(
    serving: ModuleType, lines: list[dict[str, Any]]
) -> None:
    body = ask(serving, answering(iter([b"ab", b"cde"]), "206 Partial Content"))
    assert list(body) == [b"ab", b"cde"]
    assert lines == []
    body.close()
    body.close()
    assert [(line["status"], line["length"]) for line in lines] == [(206, 5)]


def test_an_application_that_fails_is_logged_as_500(serving: ModuleType, lines: list[dict[str, Any]]) -> None:
    def application(environ: object, start_response: object) -> object:
        raise ValueError("no")

    running: dict[int, object] = {}
    with pytest.raises(ValueError, match="no"):
        serving.serve_wsgi(application, running)(dict(ENVIRON), lambda *given: None)
    assert lines[0]["status"] == 500
    assert running == {}


def test_an_asgi_request_is_logged_with_the_bytes_that_were_sent(
    serving: ModuleType, lines: list[dict[str, Any]]
) -> None:
    async def application(scope: object, receive: object, send: Callable[..., Any]) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"ab", "more_body": True})
        await send({"type": "http.response.body", "body": b"c"})

    async def send(message: object) -> None: ...

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/küche/",
        "client": ("10.0.0.1", 9),
        "headers": [(b"x-request-id", b"abc"), (b"x-forwarded-for", b"10.9.9.9, 203.0.113.9")],
    }
    asyncio.run(serving.serve_asgi(application)(scope, None, send))
    (line,) = lines
    asked = ("client", "request_id", "method", "path", "status", "length")
    assert [line[key] for key in asked] == ["203.0.113.9", "abc", "POST", "/küche/", 201, 3]


def test_a_websocket_passes_without_a_line(serving: ModuleType, lines: list[dict[str, Any]]) -> None:
    seen: list[object] = []

    async def application(scope: object, receive: object, send: object) -> None:
        seen.append(send)

    send = object()
    asyncio.run(serving.serve_asgi(application)({"type": "websocket"}, None, send))
    assert (seen, lines) == ([send], [])


def test_a_request_that_hangs_is_reported_once_with_where_it_is(
    serving: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = io.StringIO()
    monkeypatch.setattr(serving.sys, "stderr", told)
    running = {threading.get_ident(): (time.perf_counter() - 9, dict(ENVIRON))}
    seen: set[tuple[int, float]] = set()
    for _ in range(2):
        serving.watch(running, 5, 2, seen)
    assert told.getvalue().count("GET /shop/ runs for more than 5 s") == 1
    assert "test_a_request_that_hangs_is_reported_once" in told.getvalue()


def test_a_worker_goes_only_when_none_of_its_threads_is_free(
    serving: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(serving.os, "_exit", ended.append)
    late = (time.perf_counter() - 9, dict(ENVIRON))
    serving.watch({1: late, 2: (time.perf_counter(), dict(ENVIRON))}, 5, 2, set())
    assert ended == []
    serving.watch({1: late, 2: late}, 5, 2, set())
    assert ended == [1]


def test_views_that_cannot_be_imported_are_told_and_the_worker_serves(
    serving: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    urls = SimpleNamespace(get_resolver=lambda: SimpleNamespace())
    monkeypatch.setitem(sys.modules, "django", SimpleNamespace(urls=urls))
    monkeypatch.setitem(sys.modules, "django.urls", urls)
    serving.load_urls()
    assert "url_patterns" in capfd.readouterr().err


def test_the_application_is_the_one_that_the_environment_names(
    serving: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENFOLD_SERVES", "os:getcwd")
    assert serving.load() is os.getcwd
    with pytest.raises(AttributeError):
        _ = serving.nothing


def test_only_granians_workers_get_their_signals_back(
    serving: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[tuple[int, object]] = []
    monkeypatch.setattr(serving.signal, "signal", lambda *given: changed.append(given))
    monkeypatch.delitem(sys.modules, "granian", raising=False)
    serving.let_stop()
    assert changed == []
    monkeypatch.setitem(sys.modules, "granian", SimpleNamespace())
    serving.let_stop()
    assert changed == [(serving.signal.SIGTERM, serving.signal.SIG_DFL)]


def test_servers_that_the_projects_logging_silenced_speak_again(serving: ModuleType) -> None:
    server, other = logging.getLogger("uvicorn.error"), logging.getLogger("shop.quiet")
    server.disabled = other.disabled = True
    serving.let_speak()
    assert (server.disabled, other.disabled) == (False, True)
    other.disabled = False
