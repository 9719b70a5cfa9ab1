"""Tasks that failed for good: kept with all that is needed to run them again, looked at, run again, discarded."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

from celery import current_app
from django.db import router, transaction

from django_tenfold.tasks import metrics, outbox
from django_tenfold.tasks.models import DeadTask, TaskRecord
from django_tenfold.tasks.payload import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celery import Celery

log = logging.getLogger("django_tenfold.tasks")
REQUEST_ID_HEADERS = ("X-Request-ID", "x-request-id", "request_id")
DJANGO_TASK = "tenfold.run_django_task"
LONGEST_TRACEBACK = 20_000
"""Characters. A recursion's traceback is its own end repeated."""


def bury_task(name: str, args: Any, kwargs: Any, *, request: Any, error: BaseException) -> DeadTask:
    """Keep a task that failed for good. `request` is Celery's context of the run. Raises DatabaseError."""
    text = "".join(traceback.format_exception(error))[-LONGEST_TRACEBACK:]
    info = getattr(request, "delivery_info", None) or {}
    dead = DeadTask.objects.create(
        task_id=request.id,
        name=name,
        queue=info.get("routing_key") or "",
        args=encode(list(args or ())),
        kwargs=encode(dict(kwargs or {})),
        exception=_clean(f"{type(error).__qualname__}: {error}"),
        traceback=_clean(text),
        tries=(getattr(request, "retries", 0) or 0) + 1,
        request_id=_find_request_id(request),
    )
    _end_record(request.id, dead)
    count_dead()
    return dead


def _end_record(task_id: str, dead: DeadTask) -> None:
    """One of Django's tasks whose process was killed could not say so itself: its result has the same id."""
    if dead.name == DJANGO_TASK:
        TaskRecord.objects.filter(pk=task_id, finished_at=None).update(
            status="FAILED",
            finished_at=dead.died_at,
            errors=json.dumps([["builtins.RuntimeError", dead.traceback]]),
        )


def _find_request_id(request: Any) -> str:
    found = (getattr(request, name, None) for name in REQUEST_ID_HEADERS)
    return next((one[:128] for one in found if isinstance(one, str)), "")


def _clean(text: str) -> str:
    """PostgreSQL's text holds no NUL, and UTF-8 no lone surrogate."""
    return text.replace("\x00", "\\x00").encode(errors="backslashreplace").decode()


def count_dead() -> int:
    """How many there are, for the metric too."""
    count = DeadTask.objects.count()
    metrics.record_dead(count)
    return count


def retry_dead(dead: Iterable[DeadTask], app: Celery | None = None) -> int:
    """Send them again, by the outbox and under their old ids: what they did once they do not do twice."""
    app = app or current_app._get_current_object()
    using = router.db_for_write(DeadTask)
    count = 0
    for one in dead:
        with transaction.atomic(using=using):
            if not DeadTask.objects.using(using).filter(pk=one.pk).delete()[0]:
                continue  # somebody else was faster
            told = {"queue": one.queue or None, "headers": _headers(one)}
            body = (decode(one.args), decode(one.kwargs), told)
            row = outbox.keep_task(one.name, body, task_id=one.task_id)
            outbox.send_on_commit(row, app, using=using)
        count += 1
    count_dead()
    return count


def _headers(dead: DeadTask) -> dict[str, str] | None:
    return {REQUEST_ID_HEADERS[0]: dead.request_id} if dead.request_id else None


def discard_dead(dead: Iterable[DeadTask]) -> int:
    """Delete them; how many there were."""
    count, _ = DeadTask.objects.filter(pk__in=[one.pk for one in dead]).delete()
    count_dead()
    return int(count)
