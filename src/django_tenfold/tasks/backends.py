"""Django's tasks (6.0 and later) on Celery, with all that this block gives to Celery's own.

    TASKS = {"default": {"BACKEND": "django_tenfold.tasks.backends.CeleryBackend", "QUEUES": []}}

Each task that is enqueued is a row in the caller's transaction: its result, for `get_result` from anywhere.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from celery.utils import uuid
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

try:
    from django.tasks import DEFAULT_TASK_QUEUE_NAME
    from django.tasks.backends.base import BaseTaskBackend
    from django.tasks.base import TaskError, TaskResult, TaskResultStatus
    from django.tasks.exceptions import TaskResultDoesNotExist
    from django.tasks.signals import task_enqueued
except ModuleNotFoundError as error:
    raise ImproperlyConfigured(
        "django_tenfold.tasks.backends needs Django 6.0 or later, which brings django.tasks; on Django 5.2 write"
        " Celery tasks (@shared_task): the rest of the block works there."
    ) from error

from django.utils.module_loading import import_string

from django_tenfold.tasks.defaults import is_redis

if TYPE_CHECKING:
    from django.tasks.base import Task

    from django_tenfold.tasks.models import TaskRecord

HIGHEST = 9
"""Celery's priorities are 0 to 9, Django's -100 to 100."""
SPAN = 201


class CeleryBackend(BaseTaskBackend):
    """OPTIONS: none."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.broker = str(
            getattr(settings, "CELERY_BROKER_URL", "") or os.environ.get("CELERY_BROKER_URL", "")
        )
        # RabbitMQ needs queues that are declared with priorities.
        self.supports_priority = is_redis(self.broker) or bool(
            getattr(settings, "CELERY_TASK_QUEUE_MAX_PRIORITY", None)
        )

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        """A result with status READY. Raises InvalidTask, TypeError for arguments that are no JSON."""
        from django_tenfold.tasks.django_tasks import run_django_task
        from django_tenfold.tasks.models import TaskRecord

        self.validate_task(task)
        record = TaskRecord.objects.create(
            id=uuid(),
            task=task.module_path,
            backend=self.alias,
            queue_name=task.queue_name,
            priority=task.priority,
            run_after=task.run_after,
            takes_context=task.takes_context,
            args=json.dumps(list(args)),
            kwargs=json.dumps(kwargs),
            status=TaskResultStatus.READY,
        )
        told: dict[str, Any] = {"task_id": record.id}
        if task.queue_name != DEFAULT_TASK_QUEUE_NAME:
            told["queue"] = task.queue_name
        if task.run_after is not None:
            told["eta"] = (
                task.run_after if timezone.is_aware(task.run_after) else timezone.make_aware(task.run_after)
            )
        if task.priority:
            told["priority"] = self.choose_priority(task.priority)
        run_django_task.apply_async((record.id, record.task), **told)
        result = build_result(record, task)
        task_enqueued.send(type(self), task_result=result)
        return result

    def choose_priority(self, priority: int) -> int:
        """Celery's number: on RabbitMQ the highest goes first, on Redis 0 does."""
        chosen = (priority + SPAN // 2) * (HIGHEST + 1) // SPAN
        return HIGHEST - chosen if is_redis(self.broker) else chosen

    def get_result(self, result_id: str) -> TaskResult:
        """Raises TaskResultDoesNotExist."""
        from django_tenfold.tasks.models import TaskRecord

        record = TaskRecord.objects.filter(pk=result_id, backend=self.alias).first()
        if record is None:
            raise TaskResultDoesNotExist(result_id)
        task = import_string(record.task).using(
            priority=record.priority,
            queue_name=record.queue_name,
            run_after=record.run_after,
            backend=record.backend,
        )
        return build_result(record, task)


def build_result(record: TaskRecord, task: Task) -> TaskResult:
    """Django's result of a record."""
    result = TaskResult(
        task=task,
        id=record.id,
        status=TaskResultStatus(record.status),
        enqueued_at=record.enqueued_at,
        started_at=record.started_at,
        finished_at=record.finished_at,
        last_attempted_at=record.last_attempted_at,
        args=json.loads(record.args),
        kwargs=json.loads(record.kwargs),
        backend=record.backend,
        errors=[
            TaskError(exception_class_path=path, traceback=text) for path, text in json.loads(record.errors)
        ],
        worker_ids=json.loads(record.worker_ids),
    )
    object.__setattr__(result, "_return_value", json.loads(record.return_value))
    return result
