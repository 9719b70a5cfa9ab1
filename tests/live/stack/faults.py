"""A project to hurt, requests that go on meanwhile, and `tenfold` as a person runs it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tenfold.stack.plan_file import decode_plan
from tenfold.stack.runner.recovery import find_leftovers
from tests.live.stack.running_stack import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.live.stack.running_stack import RunningStack

TENFOLD = (sys.executable, "-m", "tenfold")
UP = ("--wheels", "--python", sys.executable, "--detach")
SMALL = ("--without", "worker", "--without", "scheduler", "--without", "mail", "--without", "replica")
CELERY = """
import time
from celery import Celery

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {"tick": {"task": "shop.tick", "schedule": 3600}}


@app.task(name="shop.tick")
def tick():
    pass


@app.task(name="shop.keep", acks_late=True, reject_on_worker_lost=True)
def keep(name):
    from django.contrib.auth.models import Group

    time.sleep(0.02)
    Group.objects.get_or_create(name=name)
"""
VIEWS = """
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.mail import send_mail
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt


def home(request):
    return HttpResponse("users: %d" % User.objects.count())


@csrf_exempt
def keep(request):
    Group.objects.create(name=request.GET["name"])
    return HttpResponse("kept")


@csrf_exempt
def queue(request):
    from shop.celery import keep

    for number in range(int(request.GET["count"])):
        keep.delay("%s-%d" % (request.GET["name"], number))
    return HttpResponse("queued")


def count(request):
    return HttpResponse(str(Group.objects.filter(name__startswith=request.GET["name"] + "-").count()))


def cached(request):
    cache.set("seen", "1", 60)
    return HttpResponse(cache.get("seen", "nothing"))


@csrf_exempt
def mail(request):
    send_mail("Hello", "there", "a@example.org", ["b@example.org"])
    return HttpResponse("sent")
"""
MAILERS = """
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}}
"""
URLS = """
from django.urls import path
from shop import views

names = ("keep", "queue", "count", "cached", "mail")
urlpatterns = [path("", views.home), *(path(name, getattr(views, name)) for name in names)]
"""


def make_project(folder: Path, *, tasks: bool = True) -> Path:
    """What `django-admin startproject` makes, with views that write, queue, cache and send."""
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "django", "startproject", "shop", str(folder)], check=True)
    if tasks:
        (folder / "shop/celery.py").write_text(CELERY)
        (folder / "shop/__init__.py").write_text("from shop.celery import app\n")
    (folder / "shop/views.py").write_text(VIEWS)
    (folder / "shop/urls.py").write_text(URLS)
    with (folder / "shop/settings.py").open("a") as settings:
        settings.write(MAILERS)  # startproject's own write to the console
    return folder


def tenfold(
    *words: str | Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [*TENFOLD, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env=environment,
    )


@contextmanager
def taken_down(project: Path) -> Iterator[None]:
    """Whatever happens inside, nothing of the project's stack runs afterwards."""
    try:
        yield
    finally:
        tenfold("down", project)
        for one in find_leftovers(project.resolve() / ".tenfold"):
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)


def wait_until(holds: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.02)


def public_url(project: Path) -> str:
    return decode_plan((project / ".tenfold/plan.json").read_text()).url


def supervisor(project: Path) -> int:
    return int((project / ".tenfold/run/lock").read_text())


def status(project: Path) -> str:
    """The stack's state in one word; "" when none runs."""
    done = tenfold("status", "--json", project)
    return str(json.loads(done.stdout)["state"]) if done.stdout else ""


class Client:
    """A browser's one connection, kept and renewed."""

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self._context = ssl.create_default_context()
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE
        self._connection: http.client.HTTPSConnection | None = None

    def ask(self, path: str = "/", method: str = "GET") -> tuple[int, str]:
        """(status, body); (0, the exception's name) when there was no answer."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPSConnection(self.host, context=self._context, timeout=60)
            self._connection.request(method, path)
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            time.sleep(0.01)
            return 0, type(error).__name__

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


class Requests:
    """Requests that go on in threads, and their answers."""

    def __init__(self, url: str, paths: Sequence[str], method: str = "GET") -> None:
        self.answers: list[tuple[str, int, str]] = []
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=(url, path, method)) for path in paths]

    def _go_on(self, url: str, path: str, method: str) -> None:
        client, number = Client(url), 0
        while not self._done.is_set():
            number += 1
            asked = path.replace("{n}", str(number))
            self.answers.append((asked, *client.ask(asked, method)))
        client.close()

    def __enter__(self) -> Requests:
        for one in self._threads:
            one.start()
        self.more(8)
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        for one in self._threads:
            one.join()

    def more(self, count: int) -> None:
        """Wait until as many more have been answered."""
        before = len(self.answers)
        wait_until(lambda: len(self.answers) >= before + count, "requests are no longer answered")

    def failed(self) -> list[tuple[str, int, str]]:
        return [one for one in self.answers if one[1] != 200]


def worker_of(stack: RunningStack, name: str) -> int:
    """A worker process of an application's instance."""
    pid = stack.service(name).pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[-1])
