"""A Django project with Celery on its whole stack, run by the supervisor as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.config import Config, UpConfig
from tenfold.stack.plan_file import decode_plan
from tenfold.stack.runner.control_client import ask
from tenfold.stack.runner.preparing import Wish, prepare
from tenfold.stack.runner.recovery import find_leftovers
from tenfold.stack.runner.status import decode_status
from tests.live.stack.driving import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.stack.runner.status import ServiceStatus, StackStatus

PATIENCE = 120.0
CELERY = """
from celery import Celery

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {"tick": {"task": "shop.tick", "schedule": 3600}}


@app.task(name="shop.tick")
def tick():
    return 1
"""
VIEWS = """
from django.http import HttpResponse
from django.contrib.auth.models import User


def home(request):
    return HttpResponse("users: %d" % User.objects.count())
"""
URLS = "from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.home)]\n"


def make_project(folder: Path) -> Path:
    """What `django-admin startproject` makes, with a view that asks the database and a Celery application."""
    folder.mkdir(parents=True)
    words = [sys.executable, "-m", "django", "startproject", "shop", str(folder)]
    subprocess.run(words, check=True)
    (folder / "shop/celery.py").write_text(CELERY)
    (folder / "shop/__init__.py").write_text("from shop.celery import app\n")
    (folder / "shop/views.py").write_text(VIEWS)
    (folder / "shop/urls.py").write_text(URLS)
    return folder


class RunningStack:
    """A planned stack and its supervisor's process."""

    def __init__(self, project: Path, **config: Any) -> None:
        # Not the usual 8443: between a stop and a start of this stack another test's would take it.
        up = UpConfig(**{"https_port": free_port(), "http_port": free_port(), **config})
        wish = Wish(root=project, config=Config(python=sys.executable, up=up), wheels=True)
        self.plan_file = prepare(wish, keep=True).write(lambda _: None)
        self.plan = decode_plan(self.plan_file.read_text())
        self.folder = Path(self.plan.folder)
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> subprocess.Popen[bytes]:
        """Start the supervisor, and do not wait for the stack."""
        words = [sys.executable, "-m", "tenfold.stack.runner", str(self.plan_file), "--view", "none"]
        self.process = subprocess.Popen(words)
        return self.process

    def start(self) -> None:
        """Start the supervisor and wait until every service is ready or done."""
        process = self.begin()
        self.until(lambda: process.poll() is not None or self.settled(), "the stack does not come up")
        assert process.poll() is None, self.journal()

    def settled(self) -> bool:
        status = self.status()
        return status is not None and all(one.state in ("ready", "done") for one in status.services)

    def status(self) -> StackStatus | None:
        with suppress(Exception):
            return decode_status(ask(self.folder, "status"))
        return None

    def service(self, name: str) -> ServiceStatus:
        status = self.status()
        assert status is not None, self.journal()
        return next(one for one in status.services if one.name == name)

    def ask(self, verb: str, **arguments: Any) -> Any:
        return ask(self.folder, verb, **arguments)

    def until(self, holds: Callable[[], object], what: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < ends, f"{what}: {self.journal()}"
            time.sleep(0.05)

    def until_ready_again(self, before: ServiceStatus) -> None:
        """The service runs as another process, and is ready."""

        def again() -> bool:
            now = self.service(before.name)
            return now.run > before.run and now.state == "ready"

        self.until(again, f"{before.name} does not come back")

    def fetch(self) -> str:
        """The project's page through the edge, over TLS."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with urllib.request.urlopen(self.plan.url, context=context, timeout=30) as answer:
            return str(answer.read().decode())

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it by a signal to the supervisor; its exit code."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def left(self) -> list[str]:
        """What still runs, and sockets that still lie about."""
        running = [Path(f"/proc/{one.pid}/cmdline").read_text() for one in find_leftovers(self.folder)]
        return [*running, *(str(one) for one in (self.folder / "run").iterdir() if one.is_socket())]

    def clean_up(self) -> None:
        """Whatever happened: nothing is left running."""
        if self.process and self.process.poll() is None:
            self.stop()
        for one in find_leftovers(self.folder):
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)

    def journal(self) -> str:
        with suppress(OSError):
            return (self.folder / "logs/tenfold.log").read_text()
        return json.dumps("no journal")
