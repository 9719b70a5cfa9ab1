"""Several processes of one site, and a browser that may ask any of them."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.test import Client

from tests.live.stack.driving import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from tests.django_site.servers import Servers

ROOT = Path(__file__).parents[3]
PROMISED = 1.0
"""Seconds after which no request may start and still see what was before a commit."""


@contextmanager
def site_processes(servers: Servers, count: int, *, asgi: bool = False) -> Iterator[list[int]]:
    """The ports of `count` granian servers of one worker each: as many hosts."""
    environment = {
        **os.environ,
        "DATABASE": json.dumps(servers.database_entry(CONN_MAX_AGE=0 if asgi else None)),
        "CACHE_URL": servers.cache_url,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "ASGI": "1" if asgi else "",
    }
    ports = [free_port() for _ in range(count)]
    words = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asginl" if asgi else "wsgi",
        "--log-level",
        "error",
    ]
    words += ["tests.live.blocks.accounts_site.wsgi:application", "--port"]
    processes = [
        subprocess.Popen([*words, str(port)], cwd=ROOT, env=environment, start_new_session=True)
        for port in ports
    ]
    try:
        for port in ports:
            wait_until(lambda port=port: answers(port), "the site answers")
        yield ports
    finally:
        for one in processes:
            one.terminate()
        for one in processes:
            one.wait(10)


def answers(port: int) -> bool:
    try:
        return Browser({}).ask(port, "/all/") == b"{}"
    except OSError:
        return False


class Browser:
    """Keeps cookies, as a browser does, and refuses any answer of 5xx."""

    def __init__(self, cookies: dict[str, str]) -> None:
        self.cookies = cookies

    @classmethod
    def signed_in(cls, user: Any) -> Browser:
        client = Client()
        client.force_login(user)
        return cls({"sessionid": client.cookies["sessionid"].value})

    def ask(self, port: int, path: str, data: dict[str, str] | None = None) -> bytes:
        """The body; with `data` the request is a POST."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request("GET" if data is None else "POST", path, urlencode(data or {}), headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        assert answer.status < 500, f"{path} answered {answer.status}: {body[:2000]!r}"
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return body


def warm(browser: Browser, ports: list[int], path: str = "/who/", times: int = 10) -> None:
    """Until every process has asked the database and has begun to follow it."""
    for port in ports:
        for _ in range(times):
            browser.ask(port, path)
            time.sleep(0.02)


def assert_effective(shows_new: Callable[[], bool], committed: float) -> None:
    """Whatever the machine is busy with: no request that starts PROMISED after the commit sees the old state."""
    while True:
        started = time.monotonic()
        if shows_new():
            return
        assert started - committed <= PROMISED, "an old state was shown later than promised"


@contextmanager
def under_load(browsers: list[Browser], ports: list[int], expected: bytes) -> Iterator[list[str]]:
    """Requests of all browsers to all processes all the time; yields what went wrong."""
    wrong: list[str] = []
    over = threading.Event()

    def go_on(browser: Browser, number: int) -> None:
        while not over.is_set():
            try:
                said = browser.ask(ports[number % len(ports)], "/who/")
            except (AssertionError, OSError) as error:
                wrong.append(repr(error))
            else:
                if said != expected:
                    wrong.append(repr(said))
            number += 1

    threads = [threading.Thread(target=go_on, args=(one, number)) for number, one in enumerate(browsers)]
    for one in threads:
        one.start()
    try:
        yield wrong
    finally:
        over.set()
        for one in threads:
            one.join()
