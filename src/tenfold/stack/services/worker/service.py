"""The task worker: one Celery worker with as many processes as the machine bears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.overlay.commands import CELERY, project_command
from tenfold.stack.presence import backing_services, has_dashboard, prepared_by
from tenfold.stack.service import Command, Says, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import BinaryNeed
    from tenfold.stack.site import Site, Wanted
    from tenfold.topology.model import TaskSize

NEEDS: tuple[BinaryNeed, ...] = ()
DEFAULT_QUEUE = "celery"
KIB_PER_MIB = 1024
"""Celery takes KiB: https://docs.celeryq.dev/en/stable/userguide/workers.html#max-memory-per-child-setting"""
LONGEST_STOP = 60.0
"""Seconds that a running task may take to end when the stack stops; a later one is delivered again."""


def ports(wanted: Wanted) -> tuple[str, ...]:
    """None: the broker is where tasks come from."""
    return ()


def plan(site: Site) -> Iterator[Service]:
    """The worker, where the project has a Celery application."""
    if not site.shape.celery or "worker" in site.config.without:
        return
    node = f"worker@{site.shape.name}"
    words = worker_words(
        site.topology.tasks,
        node=node,
        queues=site.shape.queues,
        events=has_dashboard(site.config, site.shape),
        limits=False,  # the overlay sets them, where the application has none
    )
    made = project_command(site, "celery", "-A", CELERY, *words, role="worker")
    yield Service(
        name="worker",
        kind="worker",
        title=f"Celery worker with {site.topology.tasks.concurrency.value} processes",
        command=Command(made.words, {**made.environment, **as_root(site)}, made.folder),
        ready=Says(f"{node} ready."),
        needs=(*backing_services(site), *prepared_by(site)),
        address=", ".join(consumed(site.shape.queues)) or DEFAULT_QUEUE,
        # TERM is Celery's warm shutdown: no new task, the running ones end.
        stop_seconds=min(site.topology.tasks.time_limit.seconds, LONGEST_STOP),
    )


def worker_words(
    size: TaskSize, *, node: str, queues: tuple[str, ...] = (), events: bool = False, limits: bool = True
) -> tuple[str, ...]:
    """After `celery -A APP`, for any place that runs the worker.

    Without gossip and mingle: workers that talk to each other fill the broker and buy a lone one nothing.
    `-O fair`: a process takes a task when it is free, so that no short task waits behind a long one.
    The memory of a process is checked after each task. The limits of time win over the application's, not over
    a task's own: without `limits` they are left to the application.
    https://docs.celeryq.dev/en/stable/reference/celery.html#celery.Celery.either
    """
    words: tuple[str, ...] = (
        *("worker", "--hostname", node, "--loglevel", "INFO", "-O", "fair"),
        *("--without-gossip", "--without-mingle"),
        *("--concurrency", str(size.concurrency.whole)),
        *("--prefetch-multiplier", str(size.prefetch.whole)),
        *("--max-tasks-per-child", str(size.max_tasks_per_child.whole)),
        *("--max-memory-per-child", str(size.memory.whole * KIB_PER_MIB)),
    )
    if limits:
        words += ("--soft-time-limit", str(size.soft_time_limit.whole))
        words += ("--time-limit", str(size.time_limit.whole))
    if queues:
        words += ("--queues", ",".join(consumed(queues)))
    return (*words, "--task-events") if events else words


def consumed(queues: tuple[str, ...]) -> tuple[str, ...]:
    """The queues that the project's own workers name and Celery's default: one worker stands for all of
    theirs, and a task that nothing routes goes to the default."""
    return tuple(dict.fromkeys((*queues, DEFAULT_QUEUE))) if queues else ()


def as_root(site: Site) -> dict[str, str]:
    """Celery refuses pickled tasks as root. The broker listens on this machine only and is the stack's."""
    return {"PYTHONUNBUFFERED": "1"} | ({"C_FORCE_ROOT": "1"} if site.root_user else {})
