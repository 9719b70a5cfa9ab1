"""Answers requests of a Django project inside its own environment, one line of JSON for each order on standard input.

python answering.py make MODULE makes rows by MODULE.make_rows() and says what it returns;
python answering.py lists ROUTER says the addresses of a REST framework router's lists;
python answering.py explain MODULE:VIEW,... says why lists are not compiled;
python answering.py answer reads orders {"url", "times"}: what `times` answers took, and the last one's body.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import sys
import time
from pathlib import Path
from typing import Any


def main(verb: str, argument: str = "") -> None:
    import django

    django.setup()
    if verb == "make":
        say(importlib.import_module(argument).make_rows())
    elif verb == "lists":
        module, _, name = argument.partition(":")
        router = getattr(importlib.import_module(module), name)
        say([[prefix, view.__module__, view.__qualname__] for prefix, view, _ in router.registry])
    elif verb == "explain":
        say([explain(one) for one in argument.split(",")])
    else:
        from django.core.wsgi import get_wsgi_application

        application = get_wsgi_application()
        for line in sys.stdin:
            order = json.loads(line)
            say(spend(application, order["url"], order["times"], order["headers"]))


def explain(place: str) -> tuple[str, ...]:
    """Why the list of the view MODULE:NAME is read by REST framework itself."""
    from rest_framework.test import APIRequestFactory

    module, _, name = place.partition(":")
    view = getattr(importlib.import_module(module), name)()
    view.request = APIRequestFactory().get("/")
    told: tuple[str, ...] = view.explain_list()
    return told


def say(told: Any) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def spend(application: Any, url: str, times: int, headers: dict[str, str]) -> dict[str, Any]:
    """Milliseconds for one answer, of this process, of the database's, and of the clock."""
    from django.db import connection

    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    gc.collect()
    started = time.process_time(), read_seconds(backend), time.perf_counter()
    for _ in range(times):
        status, body = ask(application, url, headers)
    ended = time.process_time(), read_seconds(backend), time.perf_counter()
    process, database, wall = (1_000 * (b - a) / times for a, b in zip(started, ended, strict=True))
    return {
        "status": status,
        "body": body,
        "process_ms": process,
        "database_ms": database,
        "wall_ms": wall,
    }


def read_seconds(process: int) -> float:
    """Processor time, to the nanosecond. https://docs.kernel.org/scheduler/sched-stats.html"""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def ask(application: Any, url: str, headers: dict[str, str]) -> tuple[int, str]:
    path, _, query = url.partition("?")
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "testserver",
        "HTTP_ACCEPT": "application/json",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        **headers,
    }
    answer = application(environ, lambda status, _: told.append(status))
    try:
        body = b"".join(answer)
    finally:
        answer.close()
    return int(told[0].split()[0]), body.decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
