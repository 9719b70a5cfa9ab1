"""What the middleware of the blocks costs a request, in process, beside none and Django's own seven.

A request is made, passes the stack and a view that answers two bytes, and its answer is closed, under WSGI's handler
and under ASGI's (asynchronous view, one event loop). Nobody is signed in. Observability records, counts and writes
its JSON access line to a file. The whole stack is the template's: Django's five that stay, with those of the
blocks in their places. Each round takes every stack once, in another order; medians. Any answer but 200 ends the
run.

python benchmarks/middleware.py [rounds] [requests]; needs the runtime extras. To results/middleware.json.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import django
from measuring.results import write_results

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

OBSERVABILITY = (
    "django_tenfold.observability.health_middleware.HealthMiddleware",
    "django_tenfold.observability.middleware.RequestMiddleware",
)
ACCOUNTS = (
    "django_tenfold.accounts.middleware.SessionMiddleware",
    "django_tenfold.accounts.middleware.AuthenticationMiddleware",
    "django_tenfold.accounts.throttle_middleware.throttle_middleware",
)
BLOCKS = (*OBSERVABILITY, *ACCOUNTS)
"""All middleware of all blocks: a new one is added here."""
SECURITY, COMMON, CSRF, MESSAGES, FRAMES = (
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
STACKS: dict[str, tuple[str, ...]] = {
    "none": (),
    "observability": OBSERVABILITY,
    "all blocks": BLOCKS,
    "startproject": (
        SECURITY,
        "django.contrib.sessions.middleware.SessionMiddleware",
        COMMON,
        CSRF,
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        MESSAGES,
        FRAMES,
    ),
    "template": (*OBSERVABILITY, SECURITY, ACCOUNTS[0], COMMON, CSRF, *ACCOUNTS[1:], MESSAGES, FRAMES),
}
TARGET = 150.0
"""Microseconds of processor time that all middleware of the blocks may add to a request."""

urlpatterns: list[Any] = []


def main(rounds: int = 9, requests: int = 3_000) -> int:
    with tempfile.TemporaryDirectory() as folder:
        configure(Path(folder))
        runs = {
            (server, name): make_run(server, stack)
            for server in ("wsgi", "asgi")
            for name, stack in STACKS.items()
        }
        taken: dict[tuple[str, str], list[float]] = {name: [] for name in runs}
        order = list(runs)
        for _ in range(rounds):
            random.shuffle(order)
            for name in order:
                taken[name].append(measure(runs[name], requests))
        logging.shutdown()
    medians = {name: median(figures) for name, figures in taken.items()}
    document = {
        server: judge({n: f for (s, n), f in medians.items() if s == server}) for server in ("wsgi", "asgi")
    }
    write_results("middleware", {"rounds": rounds, "requests": requests, "target_us": TARGET, **document})
    for server, told in document.items():
        for name, figures in told.items():
            sys.stdout.write(f"{server}, {name}: {figures['us']} us, {figures['added_us']} more than none\n")
    return 0 if all(told["all blocks"]["added_us"] < TARGET for told in document.values()) else 1


def judge(medians: dict[str, float]) -> dict[str, dict[str, float]]:
    return {
        name: {"us": round(figure, 1), "added_us": round(figure - medians["none"], 1)}
        for name, figure in medians.items()
    }


def configure(folder: Path) -> None:
    """One Django for all stacks; its log goes to a file."""
    from django_tenfold.observability.log_config import logging_config

    log = logging_config()
    log["handlers"]["console"] |= {"class": "logging.FileHandler", "filename": str(folder / "log")}
    settings.configure(
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="only for the benchmark",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django_tenfold.accounts",
            "django_tenfold.observability",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "database")}},
        SESSION_ENGINE="django_tenfold.accounts.sessions",
        LOGGING=log,
        TENFOLD_OBSERVABILITY={"metrics_folder": str(folder)},
    )
    django.setup()
    from django.http import HttpResponse
    from django.urls import path

    async def answer_later(request: Any) -> HttpResponse:
        return HttpResponse(b"ok")

    urlpatterns[:] = [
        path("", lambda request: HttpResponse(b"ok"), name="home"),
        path("later/", answer_later),
    ]


def make_run(server: str, stack: tuple[str, ...]) -> Callable[[int], None]:
    """A function that sends so many requests through the stack."""
    from django.test import override_settings

    with override_settings(MIDDLEWARE=[*stack]):
        return _make_wsgi() if server == "wsgi" else _make_asgi()


def _make_wsgi() -> Callable[[int], None]:
    from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
    from django.test import RequestFactory

    handler = WSGIHandler()
    environ = RequestFactory().get("/").environ

    def run(requests: int) -> None:
        for _ in range(requests):
            response = handler.get_response(WSGIRequest(environ))
            response.close()
            refuse_other_answers(response)

    return run


def _make_asgi() -> Callable[[int], None]:
    from django.core.handlers.asgi import ASGIHandler, ASGIRequest
    from django.test import AsyncRequestFactory

    handler = ASGIHandler()
    scope = AsyncRequestFactory().get("/later/").scope

    async def run(requests: int) -> None:
        for _ in range(requests):
            response = await handler.get_response_async(ASGIRequest(scope, None))
            response.close()
            refuse_other_answers(response)

    return lambda requests: asyncio.run(run(requests))


def refuse_other_answers(response: Any) -> None:
    if response.status_code != 200 or response.content != b"ok":
        raise SystemExit(f"an answer is {response.status_code}: nothing is compared")


def measure(run: Callable[[int], None], requests: int) -> float:
    """Microseconds of processor time a request."""
    run(200)
    started = time.process_time()
    run(requests)
    return (time.process_time() - started) / requests * 1e6


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
