"""A tiny Django project and its processes, started as they are planned, without supervisor and overlay."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.stack.example_site import make_shape, make_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.stack.service import Service
    from tenfold.stack.site import Site

PATIENCE = 60.0
SETTINGS = """
import os, sys, time
import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["localhost"], SECRET_KEY="k" * 50, ROOT_URLCONF=__name__, MIDDLEWARE=[],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
)
django.setup()

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path


def home(request):
    return HttpResponse("at home, in %d" % os.getpid())


def slow(request):
    open("slow.begun", "w").close()
    time.sleep(float(request.GET["seconds"]))
    return HttpResponse("slow, but whole")


def stream(request):
    return StreamingHttpResponse(iter([b"one ", b"two"]))


urlpatterns = [path("", home), path("slow", slow), path("stream", stream)]
"""
WSGI = "import shop_site\nfrom django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"


def make_project(folder: Path, **config: Any) -> Site:
    """A project in `folder` whose overlay modules are its own, served by this interpreter."""
    folder.mkdir()
    (folder / "shop_site.py").write_text(SETTINGS)
    (folder / "tenfold_wsgi.py").write_text(WSGI)
    (folder / "tenfold_asgi.py").write_text(WSGI.replace("wsgi", "asgi"))
    # Where the folder of manage.py is a package itself, servers tend to look for modules inside it.
    (folder / "__init__.py").write_text("")
    below = folder / ".tenfold"
    for name in ("run", "logs"):
        (below / name).mkdir(parents=True)
    shape = make_shape(root=str(folder), folder=str(folder), python=sys.executable)
    site = make_site(str(below), shape=shape, config=config, environment={"PYTHONPATH": str(folder)})
    assert site.sockets, "the folder of the test is too deep for a Unix socket"
    return site


class Over(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float = PATIENCE) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def wait_until(holds: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, f"{what}: not within {PATIENCE:g} s"
        time.sleep(0.05)


@dataclass
class Running:
    """One planned service that was started."""

    site: Site
    service: Service
    process: subprocess.Popen[bytes]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return Path(self.site.path(f"logs/{self.service.name}.log"))

    def fetch(self, path: str = "/", headers: dict[str, str] | None = None) -> tuple[int, str]:
        one = Over(self.site.path(self.service.sockets[0]))
        try:
            one.request("GET", path, headers=headers or {})
            answer = one.getresponse()
            return answer.status, answer.read().decode()
        finally:
            one.close()

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with suppress(OSError, http.client.HTTPException):
            return self.fetch()[0] == 200
        return False

    def says(self, text: str) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return text in self.log.read_text()

    def requests(self) -> list[dict[str, Any]]:
        """The lines of the access log."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith('{"time"')]

    def children(self) -> list[int]:
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]

    def end(self) -> None:
        """TERM, and after its time KILL to the whole group."""
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start(site: Site, service: Service, **environment: str) -> Running:
    """Its files written, its command started in a session of its own."""
    for folder in service.folders:
        Path(site.path(folder)).mkdir(parents=True, exist_ok=True)
    for file in service.files:
        Path(site.path(file.path)).write_text(file.text)
    with Path(site.path(f"logs/{service.name}.log")).open("ab") as log:
        process = subprocess.Popen(
            service.command.words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **service.command.environment, **environment},
            cwd=service.command.folder or site.folder,
            start_new_session=True,
        )
    return Running(site, service, process)


def with_workers(site: Site, workers: int, threads: int = 1) -> Site:
    """The site with another number of workers and threads for each instance."""
    app = site.topology.app
    sized = replace(
        app, workers=replace(app.workers, value=workers), threads=replace(app.threads, value=threads)
    )
    return replace(site, topology=replace(site.topology, app=sized))
