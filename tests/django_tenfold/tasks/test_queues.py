"""How many messages wait."""

from __future__ import annotations

from celery import Celery

from django_tenfold.tasks.queues import measure_queues


def test_queues_that_nobody_declared_are_empty() -> None:
    app = Celery("probe", broker="memory://", set_as_current=False)
    (found,) = measure_queues(app, ["nobody"])
    assert (found.name, found.depth, found.oldest_seconds) == ("nobody", 0, None)


def test_messages_are_counted_on_a_broker_without_a_look_inside() -> None:
    app = Celery("probe", broker="memory://", set_as_current=False)
    for _ in range(2):
        app.send_task("any", queue="probed")
    (found,) = measure_queues(app, ["probed"])
    assert (found.depth, found.oldest_seconds) == (2, None)
