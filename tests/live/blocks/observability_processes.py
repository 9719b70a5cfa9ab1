"""The observability site under a real server, and what is asked of it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.live.stack.driving import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tests.django_site.servers import Servers

ROOT = Path(__file__).parents[3]
SITE = "tests.live.blocks.observability_site"
BEARER = {"Authorization": "Bearer sesame"}


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: dict[str, str]


@dataclass
class Site:
    """One server; `environment` is that of its processes."""

    port: int
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    log: Path

    def ask(self, path: str, *, host: str = "site.example", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers={"Host": host, **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
            return Answer(answer.status, text, {k.lower(): v for k, v in answer.getheaders()})
        finally:
            connection.close()

    def metrics(self) -> dict[str, float]:
        """Every sample by its name with labels, as Prometheus would scrape them."""
        answer = self.ask("/metrics", **BEARER)
        assert answer.status == 200, answer.text
        lines = (line for line in answer.text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def count(self, view: str, status: int = 200) -> float:
        name = f'tenfold_requests_total{{method="GET",status="{status}",view="{view}"}}'
        return self.metrics().get(name, 0.0)

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "django", *words],
            env=self.environment,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout


@contextmanager
def serving(servers: Servers, folder: Path, *words: str, **environment: str) -> Iterator[Site]:
    """`words` after `python -m`, with {port} for the port; the metrics' folder is below `folder`."""
    port = free_port()
    made = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PROMETHEUS")},
        "DJANGO_SETTINGS_MODULE": f"{SITE}.settings",
        "SITE_DATABASE": json.dumps(servers.database_entry(CONN_MAX_AGE=0)),
        "SITE_CACHE": servers.cache_url,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "TMPDIR": str(folder),
        **environment,
    }
    log = folder / f"{words[0]}-{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *(word.format(port=port) for word in words)],
            env=made,
            cwd=ROOT,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    site = Site(port, process, made, log)
    try:
        wait_until(lambda: _lives(site), f"{words[0]} answers: {log.read_text()[-3000:]}")
        yield site
    finally:
        process.terminate()
        try:
            process.wait(15)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _lives(site: Site) -> bool:
    assert site.process.poll() is None, site.log.read_text()[-4000:]
    try:
        return site.ask("/livez").status == 200
    except OSError:
        return False


def gunicorn(*more: str) -> tuple[str, ...]:
    return ("gunicorn", f"{SITE}.wsgi:application", "--bind", "127.0.0.1:{port}", *more)


def granian(*more: str) -> tuple[str, ...]:
    words = ("granian", "--interface", "wsgi", "--port", "{port}", "--log-level", "error", *more)
    return (*words, f"{SITE}.wsgi:application")


def uvicorn(*more: str) -> tuple[str, ...]:
    words = ("uvicorn", "--port", "{port}", "--no-access-log", "--log-level", "error", *more)
    return (*words, f"{SITE}.asgi:application")


def read_json(answer: Answer) -> Any:
    return json.loads(answer.text)
