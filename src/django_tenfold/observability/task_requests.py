"""Tasks keep the id of the request that asked for them, so that their log lines stand beside its own.

Celery: the id travels in the message's headers, by Celery's own signals, whatever project, task class or other
block sends the task. A worker's lines are then formatted by LOGGING, not by Celery's own set-up.
Django's tasks (6.0 and later) carry nothing beside their arguments: there the task's id stands in for it,
except where the task runs in the request itself.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING, Any

from django.conf import settings

from django_tenfold.observability.record import Record, current
from django_tenfold.observability.request_id import accepts, make_request_id
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from contextvars import Token

HEADER = "X-Request-ID"
"""In the headers of a Celery message; the task finds it by `self.request.get("X-Request-ID")`."""


def follow_tasks() -> None:
    """Connects to whatever runs tasks here; not with options that cannot be, which check E401 tells of."""
    if any(True for _ in options.find_problems()):
        return
    if options().celery and find_spec("celery") is not None:
        signals = importlib.import_module("celery.signals")
        signals.before_task_publish.connect(_send_along, weak=False, dispatch_uid="tenfold_request_id")
        signals.task_prerun.connect(_begin_celery_task, weak=False, dispatch_uid="tenfold_request_id")
        signals.task_postrun.connect(_end_celery_task, weak=False, dispatch_uid="tenfold_request_id")
        if settings.LOGGING:
            # That somebody listens is enough: Celery leaves logging alone then.
            signals.setup_logging.connect(_leave_logging, weak=False, dispatch_uid="tenfold_logging")
    if find_spec("django.tasks") is not None:
        tasks = importlib.import_module("django.tasks.signals")
        tasks.task_started.connect(_begin_django_task, dispatch_uid="tenfold_request_id")
        tasks.task_finished.connect(_end_django_task, dispatch_uid="tenfold_request_id")


def _leave_logging(**_: object) -> None:
    """Django has configured logging by LOGGING when it was set up."""


def _send_along(*, headers: dict[str, Any] | None = None, **_: object) -> None:
    record = current.get()
    if record is not None and headers is not None:
        headers.setdefault(HEADER, record.request_id)


def _begin_celery_task(*, task: Any, **_: object) -> None:
    if current.get() is None:  # else it runs in the request itself (task_always_eager)
        given = task.request.get(HEADER)
        known = isinstance(given, str) and accepts(given) is not None
        record = Record(given if known else make_request_id(), perf_counter(), view=task.name)
        task.request.tenfold_token = current.set(record)


def _end_celery_task(*, task: Any, **_: object) -> None:
    token = task.request.get("tenfold_token")
    if token is not None:
        task.request.tenfold_token = None
        _leave(token)


_tokens: dict[str, Token[Record | None]] = {}
"""Of Django tasks that run now, by the task's id: a result object has no place of its own to keep it."""


def _begin_django_task(*, task_result: Any, **_: object) -> None:
    if current.get() is None:
        known = accepts(task_result.id) is not None
        record = Record(
            task_result.id if known else make_request_id(), perf_counter(), view=task_result.task.module_path
        )
        _tokens[task_result.id] = current.set(record)


def _end_django_task(*, task_result: Any, **_: object) -> None:
    token = _tokens.pop(task_result.id, None)
    if token is not None:
        _leave(token)


def _leave(token: Token[Record | None]) -> None:
    try:
        current.reset(token)
    except ValueError:  # a worker that tells of the end elsewhere than of the beginning (asyncio, threads)
        current.set(None)
