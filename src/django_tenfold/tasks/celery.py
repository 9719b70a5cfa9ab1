"""A project's Celery application with the defaults of this block. Its celery.py:

    app = Celery("shop")
    configure(app)

Every task of the application, `shared_task` too, is then a TenfoldTask. Settings named CELERY_* win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import Task
from celery.utils import uuid
from django.conf import settings
from kombu.utils import json

from django_tenfold.tasks.settings import options, visibility_timeout
from django_tenfold.tasks.transactions import after_commit, open_transactions

if TYPE_CHECKING:
    from celery import Celery

TASK_CLASS = "django_tenfold.tasks.celery:TenfoldTask"
KIB_PER_MIB = 1024
REDIS = ("redis", "rediss", "valkey", "valkeys", "sentinel")


class TenfoldTask(Task):
    """Sent on commit. A task may set its own `on_commit` and `using`."""

    abstract = True
    on_commit = True
    using: str | None = None
    """The database whose commit is waited for; None: every one with an open transaction."""

    def apply_async(
        self,
        args: Any = None,
        kwargs: Any = None,
        task_id: str | None = None,
        *,
        now: bool = False,
        **told: Any,
    ) -> Any:
        """As Celery's, after the commit of the transactions that are open here; at once with `now=True`."""
        aliases = () if now or not self.on_commit else open_transactions(self.using)
        if not aliases:
            return super().apply_async(args, kwargs, task_id, **told)
        task_id = task_id or uuid()
        told.pop("producer", None)  # a pooled one, which another thread has by the time of the commit
        kept = json.dumps([args or (), kwargs or {}])  # as they are now; fails here, where the caller sees it
        send = super().apply_async

        def send_it() -> None:
            positional, named = json.loads(kept)
            send(positional, named, task_id, **told)

        after_commit(send_it, aliases)
        return self.AsyncResult(task_id)


def configure(app: Celery) -> Celery:
    """Give an application this block's task class and defaults, its settings (CELERY_*) and its tasks."""
    app.task_cls = TASK_CLASS
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.add_defaults(make_defaults)
    app.autodiscover_tasks()
    return app


def make_defaults() -> dict[str, Any]:
    """Celery's settings where the project has none."""
    told = options()
    defaults = {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "task_soft_time_limit": told.soft_time_limit,
        "task_time_limit": told.time_limit,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "task_track_started": False,
        "worker_max_tasks_per_child": told.tasks_per_child,
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": told.send_seconds,
        "task_publish_retry": True,
        "task_publish_retry_policy": retry_policy(),
        "broker_transport_options": transport_options(),
        "beat_scheduler": "django_tenfold.tasks.scheduler:Scheduler",
        "timezone": settings.TIME_ZONE,
        "enable_utc": True,
    }
    if told.memory_per_child:
        defaults["worker_max_memory_per_child"] = told.memory_per_child * KIB_PER_MIB
    return defaults


def retry_policy() -> dict[str, float]:
    """One more try at once: a kept connection that the broker had closed is the usual reason."""
    return {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}


def transport_options() -> dict[str, Any]:
    """Kombu tries for ever to connect where these options do not end it: a request would hang for minutes.

    https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.html#kombu.Connection.ensure_connection
    """
    seconds = options().send_seconds
    made: dict[str, Any] = {**retry_policy(), "connect_retries_timeout": seconds}
    broker = str(getattr(settings, "CELERY_BROKER_URL", "") or "")
    if not broker or broker.partition(":")[0].partition("+")[0] in REDIS:
        made |= {
            "visibility_timeout": visibility_timeout(),
            "socket_connect_timeout": seconds,
            "socket_timeout": 5 * seconds,
            "socket_keepalive": True,
        }
    return made
