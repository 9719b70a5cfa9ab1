"""Django's tasks on Celery."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from django_tenfold.tasks.models import DeadTask, OutboxTask, TaskRecord
from tests.django_tenfold.tasks.shop import app, run_as_worker

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("sqlite_database")
needs_tasks = pytest.mark.skipif(django.VERSION < (6, 0), reason="django.tasks came with Django 6.0")
BACKEND = "django_tenfold.tasks.backends.CeleryBackend"


@pytest.fixture
def functions() -> Iterator[Any]:
    """A module of tasks, imported while TASKS names the backend."""
    app.set_current()
    with override_settings(
        TASKS={"default": {"BACKEND": BACKEND, "QUEUES": []}}, CELERY_BROKER_URL="redis://x"
    ):
        from tests.django_tenfold.tasks import functions as module

        yield module


def run(result: Any, **told: Any) -> None:
    from django_tenfold.tasks.django_tasks import run_django_task

    run_as_worker(run_django_task, result.id, "", id=result.id, **told)


@pytest.mark.skipif(django.VERSION >= (6, 0), reason="for Django without django.tasks")
def test_without_django_tasks_the_backend_says_what_it_needs() -> None:
    sys.modules.pop("django_tenfold.tasks.backends", None)
    with pytest.raises(ImproperlyConfigured, match=r"Django 6\.0"):
        __import__("django_tenfold.tasks.backends")


@needs_tasks
def test_a_task_is_a_row_of_the_transaction_and_a_message_after_it(
    functions: Any, sent: list[dict[str, Any]]
) -> None:
    with transaction.atomic():
        result = functions.double.enqueue(21)
        assert (sent, TaskRecord.objects.count()) == ([], 1)
    assert [one["headers"]["id"] for one in sent] == [result.id]
    run(result)
    result.refresh()
    assert (result.status, result.return_value, result.worker_ids) == ("SUCCESSFUL", 42, ["w@x"])
    assert functions.double.get_result(result.id).return_value == 42


@needs_tasks
def test_a_rollback_leaves_neither_result_nor_message(functions: Any, sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        functions.double.enqueue(21)
        transaction.set_rollback(True)
    assert (sent, TaskRecord.objects.count()) == ([], 0)


@needs_tasks
def test_a_task_that_fails_for_good_has_its_errors_and_is_dead(functions: Any) -> None:
    result = functions.divide.enqueue(0)
    with pytest.raises(ZeroDivisionError):
        run(result)
    result.refresh()
    assert (result.status, result.errors[0].exception_class) == ("FAILED", ZeroDivisionError)
    assert DeadTask.objects.get().task_id == result.id


@needs_tasks
def test_a_transient_error_makes_the_task_ready_again(functions: Any, sent: list[dict[str, Any]]) -> None:
    from celery.exceptions import Retry

    result = functions.fetch.enqueue()
    with pytest.raises(Retry):
        run(result)
    result.refresh()
    assert (result.status, len(result.errors), len(sent)) == ("READY", 1, 2)


@needs_tasks
def test_a_message_that_comes_twice_runs_a_finished_task_once(functions: Any) -> None:
    result = functions.double.enqueue(21)
    run(result)
    run(result)
    result.refresh()
    assert result.attempts == 1


@needs_tasks
def test_coroutines_and_contexts_are_supported(functions: Any) -> None:
    result = asyncio.run(functions.tell_attempt.aenqueue())
    run(result)
    result.refresh()
    assert result.return_value == 1


@needs_tasks
def test_queue_priority_and_time_travel_with_the_message(functions: Any, sent: list[dict[str, Any]]) -> None:
    soon = timezone.now() + timedelta(seconds=60)
    functions.double.using(queue_name="slow", run_after=soon, priority=100).enqueue(1)
    assert (sent[0]["queue"], sent[0]["headers"]["eta"]) == ("slow", soon.isoformat())
    functions.double.using(run_after=soon + timedelta(days=2)).enqueue(1)
    assert (len(sent), OutboxTask.objects.count()) == (1, 1)


@needs_tasks
def test_the_highest_priority_is_what_the_broker_calls_so(functions: Any) -> None:
    backend = functions.double.get_backend()
    assert [backend.choose_priority(one) for one in (-100, 0, 100)] == [9, 5, 0]
    backend.broker = "amqp://x"
    assert [backend.choose_priority(one) for one in (-100, 0, 100)] == [0, 4, 9]


@needs_tasks
def test_rabbitmq_without_priorities_supports_none(functions: Any) -> None:
    from django_tenfold.tasks.backends import CeleryBackend

    with override_settings(CELERY_BROKER_URL="amqp://x"):
        assert not CeleryBackend("default", {}).supports_priority
    with override_settings(CELERY_BROKER_URL="amqp://x", CELERY_TASK_QUEUE_MAX_PRIORITY=9):
        assert CeleryBackend("default", {}).supports_priority


@needs_tasks
def test_a_result_that_nobody_has_is_told_so(functions: Any) -> None:
    from django.tasks.exceptions import TaskResultDoesNotExist

    with pytest.raises(TaskResultDoesNotExist):
        functions.double.get_result("nobody")
