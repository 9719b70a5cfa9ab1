"""The outbox: a task is a row in the caller's transaction before it is a message.

The commit's own hook sends the row and deletes it, in one transaction that the row's deletion opens: whoever
deletes it sends it, and when the sending fails the row is back. What a hook never came to send (the process was
killed, the broker was down) the sweeper sends. A message may be sent twice when the process dies between
sending and committing; it has the same id then.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from celery import current_app
from django.db import connections, router, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from django_tenfold.tasks.models import OutboxTask
from django_tenfold.tasks.payload import decode, encode
from django_tenfold.tasks.settings import options

if TYPE_CHECKING:
    from datetime import datetime

    from celery import Celery

log = logging.getLogger("django_tenfold.tasks")
BATCH = 100
PAUSE_SECONDS = 5.0
NOT_KEPT = ("producer", "connection", "publisher", "router", "add_to_parent")
"""Options that mean something in this process and now only."""


def outbox_database() -> str:
    """The alias that the outbox is written to."""
    return str(router.db_for_write(OutboxTask))


def keep_task(
    name: str, body: tuple[Any, Any, dict[str, Any]], *, task_id: str, send_after: datetime | None = None
) -> OutboxTask:
    """A row for the sweeper, at `send_after` or when the outbox's age has passed. Raises TypeError for no JSON."""
    args, kwargs, told = body
    kept = {option: value for option, value in told.items() if option not in NOT_KEPT and value is not None}
    if (queue := kept.get("queue")) is not None:
        kept["queue"] = getattr(queue, "name", queue)
    return OutboxTask.objects.create(
        task_id=task_id,
        name=name,
        body=encode([args or (), kwargs or {}, kept]),
        send_after=send_after or timezone.now() + timedelta(seconds=options().outbox_age),
    )


def send_on_commit(row: OutboxTask, app: Celery, *, using: str) -> None:
    """Send the row when its transaction commits, together with the others of the same transaction."""
    connection = connections[using]
    here = set(connection.savepoint_ids)
    # A savepoint that is rolled back takes its hooks along: rows join a batch of their own savepoint only.
    for savepoints, hook, *_ in reversed(connection.run_on_commit):
        if isinstance(hook, _Batch) and savepoints == here:
            hook.rows.append(row)
            return
    transaction.on_commit(_Batch(app, using, [row]), using=using, robust=True)


class Pause:
    """Whether hooks leave their rows to the sweeper, since the broker did not answer a moment ago: else each
    request of an outage would wait for it."""

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self) -> None:
        self._until = time.monotonic() + PAUSE_SECONDS

    def end(self) -> None:
        self._until = 0.0

    def holds(self) -> bool:
        return time.monotonic() < self._until


pause = Pause()
"""Of this process: what one request learned of the broker spares the next one."""


class _Batch:
    """The rows that one transaction wrote, waiting for its commit."""

    def __init__(self, app: Celery, using: str, rows: list[OutboxTask]) -> None:
        self.app, self.using, self.rows = app, using, rows
        self.__qualname__ = "django_tenfold.tasks.outbox"  # by which Django 5.2 logs a hook that failed

    def __call__(self) -> None:
        if pause.holds():
            return
        with transaction.atomic(using=self.using):
            taken, _ = (
                OutboxTask.objects.using(self.using).filter(pk__in=[row.pk for row in self.rows]).delete()
            )
            if taken != len(self.rows):  # the sweeper was faster: it has the rest too
                transaction.set_rollback(True, using=self.using)
                return
            sent = send_rows(self.rows, self.app)
            if left := self.rows[sent:]:
                pause.begin()
                for row in left:
                    row.pk = None
                OutboxTask.objects.using(self.using).bulk_create(left)


def send_rows(rows: list[OutboxTask], app: Celery) -> int:
    """How many were sent: all up to the first that the broker did not take. That one is marked."""
    for number, row in enumerate(rows):
        try:
            send_row(row, app)
        except (OperationalError, OSError) as error:
            row.tries += 1
            row.error = repr(error)
            log.warning("%s stays in the outbox with %d others: %r", row, len(rows) - number - 1, error)
            return number
    return len(rows)


def send_row(row: OutboxTask, app: Celery) -> None:
    """Send it now, outside of every transaction. Raises what the broker raises."""
    args, kwargs, told = decode(row.body)
    told = {**told, "task_id": row.task_id}
    task = app.tasks.get(row.name)
    if hasattr(task, "send_now"):
        task.send_now(args, kwargs, **told)
    else:
        app.send_task(row.name, args, kwargs, **told)


def sweep_outbox(app: Celery | None = None) -> int:
    """Send every row that is due; how many were sent. Several sweepers at once share the work."""
    app = app or current_app._get_current_object()
    total = 0
    while sent := _sweep_batch(app):
        total += sent
        pause.end()
    return total


def _sweep_batch(app: Celery) -> int:
    using = outbox_database()
    skip = connections[using].features.has_select_for_update_skip_locked
    due = OutboxTask.objects.using(using).filter(send_after__lte=timezone.now()).order_by("send_after")
    with transaction.atomic(using=using):
        rows = list(due.select_for_update(skip_locked=skip)[:BATCH])
        sent = send_rows(rows, app)
        OutboxTask.objects.using(using).filter(pk__in=[row.pk for row in rows[:sent]]).delete()
        if sent < len(rows):
            rows[sent].save(using=using, update_fields=["tries", "error"])
            return 0
    return sent
