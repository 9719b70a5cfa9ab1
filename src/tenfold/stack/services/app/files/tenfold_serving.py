"""Stands between granian or uvicorn and the application: the access log, and the limit of a request.

Serve `tenfold_serving.py:wsgi` or `:asgi`. Runs in the project's interpreter: the standard library only.

Each request becomes one line of JSON on standard output, written straight to the file descriptor: the
logging module and the servers' own formats cost several times as much, and leave out the length.
Django's plain responses go to the server as a list, which granian sends in one piece.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import threading
import time
import traceback
from json.encoder import encode_basestring_ascii as quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, MutableMapping
    from typing import Any

    Environ = MutableMapping[str, Any]
    Running = MutableMapping[int, tuple[float, Environ]]

SERVES = "TENFOLD_SERVES"
"""The environment variable that names the application: "tenfold_wsgi:application"."""
SECONDS = "TENFOLD_REQUEST_SECONDS"
"""How long a request may take; 0 or nothing: for ever."""
THREADS = "TENFOLD_REQUEST_THREADS"
"""Threads of a worker that answer requests."""
LINE = (
    '{"time": "%s", "client": %s, "request_id": %s, "method": %s, "path": %s,'
    ' "status": %d, "seconds": %.6f, "length": %d}\n'
)

SPEAKERS = ("_granian", "granian", "uvicorn")
"""Loggers of the servers themselves."""

clock = (0, "")


def write_line(
    begun: float, client: str, request_id: str, *, method: str, path: str, status: int, length: int
) -> None:
    """One request. `begun` is of time.perf_counter, `client` and the others texts."""
    global clock
    now = int(time.time())
    kept = clock  # one tuple: threads may exchange it, never see half of it
    if kept[0] != now:
        kept = clock = (now, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)))
    seconds = time.perf_counter() - begun
    line = LINE % (
        kept[1],
        quote(client),
        quote(request_id),
        quote(method),
        quote(path),
        status,
        seconds,
        length,
    )
    os.write(1, line.encode("ascii"))


def write_environ(begun: float, environ: Environ, status: int, length: int) -> None:
    """One request that came as a WSGI environment."""
    path = environ.get("PATH_INFO", "")
    if not path.isascii():
        path = path.encode("latin-1", "replace").decode("utf-8", "replace")
    write_line(
        begun,
        environ.get("HTTP_X_REAL_IP")
        or environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        or environ.get("REMOTE_ADDR", ""),
        environ.get("HTTP_X_REQUEST_ID", ""),
        method=environ.get("REQUEST_METHOD", ""),
        path=path,
        status=status,
        length=length,
    )


class Streamed:
    """A body that comes in pieces: logged when it has been sent or given up."""

    def __init__(self, body: Iterable[bytes], begun: float, environ: Environ, status: str) -> None:
        self.body = body
        self.begun = begun
        self.environ: Environ | None = environ
        self.status = status
        self.length = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.body:
            self.length += len(piece)
            yield piece

    def close(self) -> None:
        if hasattr(self.body, "close"):
            self.body.close()
        if self.environ is not None:
            write_environ(self.begun, self.environ, int(self.status[:3]), self.length)
            self.environ = None


def serve_wsgi(application: Callable[..., Any], running: Running) -> Callable[..., Any]:
    """The application with its access log; `running` holds (begun, environ) by thread."""

    def logged(environ: Environ, start_response: Callable[..., Any]) -> Any:
        begun = time.perf_counter()
        status = "500"

        def start(given: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            nonlocal status
            status = given
            return start_response(given, headers, *error)

        thread = threading.get_ident()
        running[thread] = (begun, environ)
        try:
            body = application(environ, start)
            if isinstance(body, list):
                content = b"".join(body)
            elif getattr(body, "streaming", True):
                return Streamed(body, begun, environ, status)
            else:
                content = body.content
                body.close()
        except BaseException:
            write_environ(begun, environ, 500, 0)
            raise
        finally:
            running.pop(thread, None)
        write_environ(begun, environ, int(status[:3]), len(content))
        return [content]

    return logged


def serve_asgi(application: Callable[..., Any]) -> Callable[..., Any]:
    """The application with its access log; WebSockets and the lifespan pass through."""

    async def logged(scope: Environ, receive: Any, send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        begun = time.perf_counter()
        status, length = 500, 0

        async def counted(message: Environ) -> None:
            nonlocal status, length
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                length += len(message.get("body", b""))
            await send(message)

        try:
            await application(scope, receive, counted)
        finally:
            write_scope(begun, scope, status, length)

    return logged


def write_scope(begun: float, scope: Environ, status: int, length: int) -> None:
    """One request that came as an ASGI scope."""
    client = scope["client"][0] if scope.get("client") else ""
    real = forwarded = request_id = ""
    for name, value in scope["headers"]:
        if name == b"x-real-ip":
            real = value.decode("latin-1")
        elif name == b"x-forwarded-for":
            forwarded = value.decode("latin-1").rpartition(",")[2].strip()
        elif name == b"x-request-id":
            request_id = value.decode("latin-1")
    who = real or forwarded or client or ""
    write_line(
        begun, who, request_id, method=scope["method"], path=scope["path"], status=status, length=length
    )


def watch(running: Running, seconds: float, threads: int, told: set[tuple[int, float]]) -> None:
    """Reports requests that run for longer than `seconds`; ends the worker when none of its threads is free.

    granian has no limit of its own, and a thread cannot be stopped from outside: the worker goes as a
    whole, as gunicorn's do, and its master starts another.
    """
    now = time.perf_counter()
    hanging = {thread: one for thread, one in list(running.items()) if now - one[0] > seconds}
    frames = sys._current_frames() if hanging else {}
    for thread, (begun, environ) in hanging.items():
        if (thread, begun) in told or thread not in frames:
            continue
        told.add((thread, begun))
        what = f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
        stack = "".join(traceback.format_stack(frames[thread]))
        sys.stderr.write(f"{what} runs for more than {seconds:g} s; it is here:\n{stack}")
    if len(hanging) >= threads:
        sys.stderr.write(f"Every thread of worker {os.getpid()} hangs: it is replaced.\n")
        sys.stderr.flush()
        os._exit(1)
    told.intersection_update((thread, one[0]) for thread, one in hanging.items())


def keep_watch(running: Running, seconds: float, threads: int) -> None:
    """Watches for ever, each second."""
    told: set[tuple[int, float]] = set()
    while True:
        time.sleep(1)
        watch(running, seconds, threads, told)


def load() -> Callable[..., Any]:
    """The application that the environment names."""
    module, _, name = os.environ[SERVES].partition(":")
    served: Callable[..., Any] = getattr(importlib.import_module(module), name or "application")
    return served


def let_stop() -> None:
    """A TERM ends a worker of granian that is still loading. It has inherited its master's handler, which
    swallows the signal, and the master would wait for as long as requests may take to end."""
    if "granian" in sys.modules and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def let_speak() -> None:
    """LOGGING with disable_existing_loggers has silenced the server: a traceback would be told nowhere."""
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if name.partition(".")[0] in SPEAKERS and isinstance(logger, logging.Logger):
            logger.disabled = False


def load_urls() -> None:
    """The views, which Django would import in the first request. What fails here is told, and fails there as
    it would without: the worker serves."""
    if "django" not in sys.modules:
        return
    try:
        from django.urls import get_resolver

        get_resolver().url_patterns  # noqa: B018
    except Exception:
        traceback.print_exc()


def __getattr__(name: str) -> Callable[..., Any]:
    """`wsgi` and `asgi` are made when the server asks for one of them, in its worker."""
    if name not in ("asgi", "wsgi"):
        raise AttributeError(name)
    let_stop()
    application = load()
    let_speak()
    load_urls()
    if name == "asgi":
        return serve_asgi(application)
    running: Running = {}
    served = serve_wsgi(application, running)
    seconds = float(os.environ.get(SECONDS) or 0)
    if seconds > 0:
        threads = int(os.environ.get(THREADS) or 1)
        threading.Thread(target=keep_watch, args=(running, seconds, threads), daemon=True).start()
    return served
