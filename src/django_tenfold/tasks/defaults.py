"""Celery's settings as a production worker needs them, where the project says nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from django_tenfold.tasks.settings import options, visibility_timeout

KIB_PER_MIB = 1024
REDIS = ("redis", "rediss", "valkey", "valkeys", "sentinel")
BRPOP_SECONDS = 1.0
"""For so long a worker's BRPOP waits before it answers: kombu.transport.redis, `polling_interval`."""
SCHEDULER = "django_tenfold.tasks.scheduler:Scheduler"


def make_defaults() -> dict[str, Any]:
    """Celery's settings where the project has none.

    https://docs.celeryq.dev/en/stable/userguide/configuration.html
    """
    told = options()
    defaults = {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "task_soft_time_limit": told.soft_time_limit,
        "task_time_limit": told.time_limit,
        "task_ignore_result": True,
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "worker_max_tasks_per_child": told.tasks_per_child,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # a worker waits for its broker for ever; a request does not
        "broker_connection_timeout": told.send_seconds,
        "task_publish_retry": True,
        "task_publish_retry_policy": retry_policy(),
        "beat_scheduler": SCHEDULER,
        "timezone": settings.TIME_ZONE,
        "enable_utc": True,
    }
    if told.memory_per_child:
        defaults["worker_max_memory_per_child"] = told.memory_per_child * KIB_PER_MIB
    return defaults


def retry_policy() -> dict[str, float]:
    """One more try at once: a kept connection that the broker had closed is the usual reason."""
    return {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}


def is_redis(broker: str | None) -> bool:
    """Whether a broker has a visibility timeout: Redis and what speaks like it."""
    return str(broker or "").partition(":")[0].partition("+")[0] in REDIS


def transport_options(broker: str | None) -> dict[str, Any]:
    """Kombu tries for ever to connect where these options do not end it: a request would hang for minutes.

    https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.html#kombu.Connection.ensure_connection
    """
    seconds = options().send_seconds
    made: dict[str, Any] = {**retry_policy(), "connect_retries_timeout": seconds}
    if is_redis(broker):
        made |= {
            "visibility_timeout": visibility_timeout(),
            "unacked_restore_throttle": 1,  # look for what dead workers held each 10 s, not each 100 s
            "socket_connect_timeout": seconds,
            "socket_timeout": max(seconds, 2 * BRPOP_SECONDS),
            "socket_keepalive": True,
        }
    return made
