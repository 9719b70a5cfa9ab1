"""A small Celery application for the tests, on a broker in memory."""

from __future__ import annotations

from typing import Any

from celery import Celery

from django_tenfold.tasks.celery import configure
from django_tenfold.tasks.retries import Transient

app = configure(Celery("shop", broker="memory://", set_as_current=False))
calls: list[str] = []
"""What tasks were called with, in order; a fixture empties it."""


@app.task(name="shop.add")
def add(one: int, other: int) -> int:
    return one + other


@app.task(name="shop.write", outbox=True)
def write(text: str) -> None:
    calls.append(text)


@app.task(name="shop.bill", idempotent=True, key=lambda order, *_: f"order-{order}")
def bill(order: int, fails: bool = False) -> str:
    calls.append(f"bill {order}")
    if fails:
        raise ValueError("no such order")
    return "billed"


@app.task(name="shop.fetch")
def fetch(error: str) -> None:
    calls.append(error)
    raise {"transient": Transient("later"), "down": ConnectionError("down"), "final": KeyError("final")}[
        error
    ]


@app.task(name="shop.count_down", bind=True)
def count_down(self: Any, number: int) -> int:
    return number if number == 0 else int(self(number - 1))


def run_as_worker(task: Any, *args: Any, **told: Any) -> Any:
    """Run a task in this process as a worker's child does, with the message's id, retries and delivery."""
    request = {
        "id": "id-1",
        "retries": 0,
        "called_directly": False,
        "is_eager": False,
        "hostname": "w@x",
        **told,
    }
    task.push_request(args=args, kwargs={}, **{"delivery_info": {"routing_key": "celery"}, **request})
    try:
        return task(*args)
    finally:
        task.pop_request()
