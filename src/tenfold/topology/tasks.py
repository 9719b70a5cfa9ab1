"""The task worker: how many children, how long a task may take, when it is handed out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.topology.model import NOT_SIZED, Number, TaskSize

if TYPE_CHECKING:
    from tenfold.topology.model import Wishes, Work

HARD_LIMIT = 1800
"""Seconds: half of Celery's visibility timeout, so that no task is handed out twice while it runs."""
SOFT_LIMIT = 1500
VISIBILITY = 3600
"""Seconds, Celery's default with Redis.
https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout"""
TASKS_PER_CHILD = 1000


def size_tasks(cores: int, work: Work, wishes: Wishes) -> TaskSize:
    """Everything but the memory of a child (0): see `memory`."""
    concurrency = Number(cores, "a child a core: Celery's own default", "processes")
    if wishes.worker_concurrency is not None:
        concurrency = Number(wishes.worker_concurrency, "as configured: worker-concurrency", "processes")
    return TaskSize(
        concurrency=concurrency,
        prefetch=Number(1, "a child takes one task at a time: a long one holds up no others", "tasks"),
        max_tasks_per_child=Number(TASKS_PER_CHILD, "a child that leaks is replaced", "tasks"),
        soft_time_limit=Number(SOFT_LIMIT, "five minutes to clean up before the hard limit", "s"),
        time_limit=Number(
            HARD_LIMIT,
            "a task that hangs ends; half of Celery's visibility timeout: never handed out twice",
            "s",
        ),
        visibility_timeout=_size_visibility(work),
        memory=NOT_SIZED,
    )


def _size_visibility(work: Work) -> Number:
    least = int(work.longest_countdown) + 2 * HARD_LIMIT
    if work.longest_countdown:
        why = f"longer than the longest countdown, {work.longest_countdown:g} s, and twice the time limit"
        return Number(max(VISIBILITY, least), f"{why}: sooner, waiting tasks are handed out again", "s")
    why = "Celery's default, twice the time limit; a longer countdown would be handed out again and again"
    return Number(VISIBILITY, why, "s")
