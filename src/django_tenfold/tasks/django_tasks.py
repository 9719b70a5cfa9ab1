"""The Celery task that runs Django's tasks (django.tasks) and keeps their results."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from django_tenfold.tasks.models import TaskRecord
from django_tenfold.tasks.retries import is_transient
from django_tenfold.tasks.running import count_retries

if TYPE_CHECKING:
    from django.tasks.base import TaskResult

log = logging.getLogger("django_tenfold.tasks")


@shared_task(name="tenfold.run_django_task", bind=True)
def run_django_task(self: Any, record_id: str, task_path: str) -> None:
    """Run the task of a record. `task_path` is for those who read queues and logs."""
    from django.tasks.base import TaskResultStatus

    found = _begin(record_id, self.request.hostname or "", TaskResultStatus)
    if found is None:
        log.info("Task %s (%s) has ended before, or its record is gone", record_id, task_path)
        return
    try:
        value = _call(found)
    except Exception as error:
        again = is_transient(error) and self.request.retries < count_retries(self)
        _end(found, TaskResultStatus.READY if again else TaskResultStatus.FAILED, error=error)
        raise
    _end(found, TaskResultStatus.SUCCESSFUL, value=value)


def _begin(record_id: str, worker: str, status: Any) -> TaskRecord | None:
    with transaction.atomic():
        record = TaskRecord.objects.select_for_update().filter(pk=record_id).first()
        if record is None or record.status == status.SUCCESSFUL:
            return None
        record.status = status.RUNNING
        record.last_attempted_at = timezone.now()
        record.started_at = record.started_at or record.last_attempted_at
        record.finished_at = None
        record.worker_ids = json.dumps([*json.loads(record.worker_ids), worker])
        record.save()
    return record


def _call(record: TaskRecord) -> Any:
    """What the task returns, as JSON holds it. Raises what it raises, TypeError for a result that is no JSON."""
    from django.tasks.base import TaskContext
    from django.tasks.signals import task_started
    from django.utils.json import normalize_json

    result = _result(record)
    task_started.send(type(result.task.get_backend()), task_result=result)
    context = (TaskContext(task_result=result),) if record.takes_context else ()
    return normalize_json(result.task.call(*context, *result.args, **result.kwargs))


def _end(record: TaskRecord, status: Any, *, value: Any = None, error: Exception | None = None) -> None:
    from django.tasks.signals import task_finished

    record.status = status
    if error is not None:
        path = f"{type(error).__module__}.{type(error).__qualname__}"
        text = "".join(traceback.format_exception(error))
        record.errors = json.dumps([*json.loads(record.errors), [path, text]])
    record.return_value = json.dumps(value)
    ended = status != "READY"
    record.finished_at = timezone.now() if ended else None
    record.save(update_fields=["status", "errors", "return_value", "finished_at"])
    if ended:
        result = _result(record)
        task_finished.send(type(result.task.get_backend()), task_result=result)


def _result(record: TaskRecord) -> TaskResult:
    from django_tenfold.tasks.backends import build_result

    task = import_string(record.task).using(
        priority=record.priority,
        queue_name=record.queue_name,
        run_after=record.run_after,
        backend=record.backend,
    )
    return build_result(record, task)
