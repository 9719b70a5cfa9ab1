"""A small Celery application for the tests, on a broker in memory."""

from __future__ import annotations

from celery import Celery

from django_tenfold.tasks.celery import configure

app = configure(Celery("shop", broker="memory://", set_as_current=False))


@app.task(name="shop.add")
def add(one: int, other: int) -> int:
    return one + other
