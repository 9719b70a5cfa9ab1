"""What befalls a task outside of its own process: killed for its time, or unknown to this worker.

https://docs.celeryq.dev/en/stable/userguide/tasks.html#requests-and-custom-requests
"""

from __future__ import annotations

import logging
from typing import Any

from billiard.exceptions import TimeLimitExceeded  # type: ignore[import-untyped]
from celery import signals
from celery.worker.request import Request
from django.db import DatabaseError, connections

from django_tenfold.tasks import dead_letters, metrics
from django_tenfold.tasks.settings import options

log = logging.getLogger("django_tenfold.tasks")


class TenfoldRequest(Request):
    """A task that is killed at its hard limit is buried: its own process cannot do that any more."""

    def on_timeout(self, soft: bool, timeout: float) -> None:
        if not soft:
            args, kwargs, _ = self._payload
            _bury_here(self.name, args, kwargs, request=self._context, error=TimeLimitExceeded(timeout))
            metrics.record_run(
                self.name,
                self.delivery_info.get("routing_key") or "",
                outcome=metrics.FAILED,
                seconds=timeout,
            )
        super().on_timeout(soft, timeout)


def _bury_here(name: str, args: Any, kwargs: Any, *, request: Any, error: BaseException) -> None:
    """In the worker's main process, which keeps no connection: its children would inherit it."""
    try:
        dead_letters.bury_task(name, args, kwargs, request=request, error=error)
    except DatabaseError:
        log.exception("%s[%s] is lost: args %r kwargs %r", name, request.id, args, kwargs)
    finally:
        connections.close_all()


class _Unknown:
    """Celery's context of a task that never became one."""

    retries = 0

    def __init__(self, message: Any, task_id: str) -> None:
        self.id = task_id
        self.delivery_info = message.delivery_info or {}
        self.__dict__.update({key: value for key, value in message.headers.items() if isinstance(value, str)})
        self.id = task_id


class UnknownTaskError(Exception):
    """A worker of an older or newer release has no such task."""


def bury_unknown(sender: object, message: Any, name: str, id: str, **_: object) -> None:
    """Celery throws away what it does not know, for example what the web servers of the next release send."""
    args, kwargs, _ignored = message.payload
    error = UnknownTaskError(f"no task of this worker is named {name!r}")
    _bury_here(name, args, kwargs, request=_Unknown(message, id), error=error)


def forget_process(pid: int | None = None, **_: object) -> None:
    if pid:
        metrics.forget_process(pid)


def serve_metrics(**_: object) -> None:
    if port := options().metrics_port:
        metrics.serve_metrics(port)


def connect_signals() -> None:
    """Once in a worker."""
    signals.task_unknown.connect(bury_unknown, weak=False)
    signals.worker_process_shutdown.connect(forget_process, weak=False)
    signals.worker_ready.connect(serve_metrics, weak=False)
