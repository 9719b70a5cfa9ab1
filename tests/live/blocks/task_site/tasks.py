"""Tasks whose effects are rows of `effects` and whose beginnings are files."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from django_tenfold.tasks.periodic import periodic


def folder() -> Path:
    return Path(os.environ["SITE_FOLDER"])


def note_begin(name: str) -> None:
    (folder() / f"{name}.{time.time_ns()}").write_text(str(os.getpid()))


def add_effect(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effects (name) VALUES (%s)", [name])


@shared_task(name="site.note")
def note(name: str) -> None:
    add_effect(name)


@shared_task(name="site.pay", idempotent=True)
def pay(name: str) -> None:
    """The effect, then work until the test lets it end."""
    add_effect(name)
    note_begin(name)
    while not (folder() / f"{name}-may-end").exists():
        time.sleep(0.02)


@shared_task(name="site.call", retry_backoff=False)
def call(name: str) -> None:
    """A service that does not answer until the test says so."""
    note_begin(name)
    if not (folder() / f"{name}-answers").exists():
        raise ConnectionError("nobody answers")
    add_effect(name)


@shared_task(name="site.poison")
def poison(name: str) -> None:
    note_begin(name)
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="site.endless", time_limit=2)
def endless(name: str) -> None:
    while True:
        with suppress(SoftTimeLimitExceeded):
            time.sleep(0.1)


@periodic(every=1)
@shared_task(name="site.every_second")
def every_second() -> None:
    add_effect("second")
