"""One run of a task in a worker: counted, its effect once, tried again when it may help, buried when not."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from celery.exceptions import Ignore, Reject, Retry
from django.db import DatabaseError, connections
from django.db.models import F
from django.utils import timezone

from django_tenfold.tasks import dead_letters, metrics
from django_tenfold.tasks.idempotency import once
from django_tenfold.tasks.models import Delivery
from django_tenfold.tasks.payload import SENT_HEADER
from django_tenfold.tasks.retries import choose_wait, is_transient
from django_tenfold.tasks.settings import options

if TYPE_CHECKING:
    from django_tenfold.tasks.celery import TenfoldTask

log = logging.getLogger("django_tenfold.tasks")
RUNNING = "tenfold_running"
UNRECORDED_WAIT = 60.0
"""Seconds until a task is tried again whose failure could not be recorded: the database may be back."""


class PoisonError(Exception):
    """The worker of this task died each time that it ran."""


def run_task(task: TenfoldTask, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the task returns; raises Retry for another try, and what the task raised when it failed for good."""
    request = task.request
    if getattr(request, RUNNING, False):  # called by itself
        return task.run(*args, **kwargs)
    setattr(request, RUNNING, True)
    queue = (request.delivery_info or {}).get("routing_key") or ""
    if (sent := getattr(request, SENT_HEADER, None)) is not None:
        metrics.record_wait(task.name, queue, time.time() - sent)
    _refuse_poison(task, args, kwargs)
    started = time.perf_counter()
    outcome = metrics.FAILED
    try:
        outcome, result = _run_once(task, args, kwargs)
    except Retry:
        outcome = metrics.RETRIED
        raise
    except (Ignore, Reject):
        outcome = metrics.SUCCEEDED  # it ended itself
        raise
    except Exception as error:
        if is_transient(error, task.transient) and request.retries < count_retries(task):
            outcome = metrics.RETRIED
            _try_later(task, error, seconds=choose_wait(request.retries, error))
        _bury(task, args, kwargs, error)
        raise
    finally:
        metrics.record_run(task.name, queue, outcome=outcome, seconds=time.perf_counter() - started)
    return result


def count_retries(task: TenfoldTask) -> int:
    """How often a task may be tried again."""
    return options().retries if task.max_retries is None else task.max_retries


def _run_once(task: TenfoldTask, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, Any]:
    """(outcome, result)."""
    if not task.idempotent:
        return metrics.SUCCEEDED, task.run(*args, **kwargs)
    make_key = type(task).key  # of the class: a function of an instance would be given the task
    key = f"{task.name}:{make_key(*args, **kwargs) if make_key else task.request.id}"
    with once(key, using=task.using) as first:
        if first:
            return metrics.SUCCEEDED, task.run(*args, **kwargs)
    log.info("%s had its effect before: nothing is done", key)
    return metrics.REPEATED, None


def _try_later(task: TenfoldTask, error: Exception, *, seconds: float) -> None:
    """Raises Retry; Reject with a new delivery when the broker does not take the message."""
    try:
        task.retry(exc=error, countdown=seconds, max_retries=task.request.retries + 1)
    except Reject as refused:  # Celery would acknowledge it: the task would be gone
        raise Reject(refused.reason, requeue=True) from error


def _bury(task: TenfoldTask, args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception) -> None:
    """Keep a task that failed for good. When the database does not take it the task is tried again."""
    if task.request.is_eager:
        return
    try:
        dead_letters.bury_task(task.name, args, kwargs, request=task.request, error=error)
    except DatabaseError:
        log.exception("%s[%s] failed, and that could not be recorded", task.name, task.request.id)
        for connection in connections.all(initialized_only=True):
            connection.close_if_unusable_or_obsolete()
        _try_later(task, error, seconds=UNRECORDED_WAIT)


def _refuse_poison(task: TenfoldTask, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Bury a task whose worker died too often. Raises Ignore: it is acknowledged, and does not run.

    Only what the broker marks as delivered again is counted: a task that goes well costs no query.
    """
    request = task.request
    if request.is_eager or not (request.delivery_info or {}).get("redelivered"):
        return
    try:
        count = count_delivery(request.id)
    except DatabaseError:
        log.exception("%s[%s] was delivered again, and that could not be counted", task.name, request.id)
        return
    if count < options().deliveries:
        return
    error = PoisonError(f"delivered again {count} times: its worker died each time")
    _bury(task, args, kwargs, error)
    log.error("%s[%s] is buried: %s", task.name, request.id, error)
    Delivery.objects.filter(task_id=request.id).delete()
    raise Ignore(str(error))


def count_delivery(task_id: str) -> int:
    """Count one more; how many there were."""
    row, made = Delivery.objects.get_or_create(task_id=task_id)
    if made:
        return 1
    Delivery.objects.filter(task_id=task_id).update(count=F("count") + 1, updated_at=timezone.now())
    row.refresh_from_db(fields=["count"])
    return int(row.count)
