"""One run of a task in a worker."""

from __future__ import annotations

from typing import Any

import pytest
from celery.exceptions import Ignore, Reject, Retry
from django.db import DatabaseError
from django.test import override_settings
from prometheus_client import REGISTRY

from django_tenfold.tasks.models import DeadTask, Delivery
from tests.django_tenfold.tasks.shop import add, bill, count_down, fetch, run_as_worker

pytestmark = pytest.mark.usefixtures("sqlite_database")


def read(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_run_is_counted_with_its_wait() -> None:
    labels = {"task": "shop.add", "queue": "celery"}
    before = read("tenfold_tasks_total", task="shop.add", outcome="succeeded")
    waited = read("tenfold_task_wait_seconds_count", **labels)
    assert run_as_worker(add, 1, 2, tenfold_sent=1.0) == 3
    assert read("tenfold_tasks_total", task="shop.add", outcome="succeeded") == before + 1
    assert read("tenfold_task_wait_seconds_count", **labels) == waited + 1
    assert read("tenfold_task_seconds_count", outcome="succeeded", **labels) >= 1


def test_a_task_that_is_called_as_a_function_is_a_function() -> None:
    assert add(1, 2) == 3


def test_a_task_may_call_itself_within_its_run() -> None:
    before = read("tenfold_tasks_total", task="shop.count_down", outcome="succeeded")
    assert run_as_worker(count_down, 3) == 0
    assert read("tenfold_tasks_total", task="shop.count_down", outcome="succeeded") == before + 1


def test_an_idempotent_task_has_its_effect_once_for_its_key(calls: list[str]) -> None:
    assert run_as_worker(bill, 7) == "billed"
    assert run_as_worker(bill, 7, id="another message") is None
    assert calls == ["bill 7"]


def test_an_idempotent_task_that_failed_may_run_again(calls: list[str]) -> None:
    with pytest.raises(ValueError, match="no such order"):
        run_as_worker(bill, 7, True)
    assert run_as_worker(bill, 7) == "billed"
    assert calls == ["bill 7", "bill 7"]


@pytest.mark.parametrize("error", ["transient", "down"])
def test_a_transient_error_is_tried_again_with_a_wait(error: str, sent: list[dict[str, Any]]) -> None:
    with pytest.raises(Retry):
        run_as_worker(fetch, error)
    (message,) = sent
    assert (message["headers"]["retries"], message["headers"]["id"]) == (1, "id-1")
    assert message["headers"]["eta"] is not None
    assert not DeadTask.objects.exists()


def test_an_error_that_will_not_pass_is_buried_at_once(sent: list[dict[str, Any]]) -> None:
    with pytest.raises(KeyError):
        run_as_worker(fetch, "final")
    dead = DeadTask.objects.get()
    assert (sent, dead.exception, dead.args, dead.tries) == ([], "KeyError: 'final'", '["final"]', 1)


def test_the_last_retry_is_followed_by_burial(sent: list[dict[str, Any]]) -> None:
    with override_settings(TENFOLD_TASKS={"retries": 2}), pytest.raises(ConnectionError):
        run_as_worker(fetch, "down", retries=2)
    assert (sent, DeadTask.objects.get().tries) == ([], 3)


def test_an_error_that_the_project_names_is_tried_again(sent: list[dict[str, Any]]) -> None:
    with override_settings(TENFOLD_TASKS={"transient_errors": ["builtins.KeyError"]}), pytest.raises(Retry):
        run_as_worker(fetch, "final")
    assert len(sent) == 1


@pytest.mark.usefixtures("broken_broker")
def test_a_retry_that_the_broker_refuses_is_given_back_to_it() -> None:
    with pytest.raises(Reject) as caught:
        run_as_worker(fetch, "down")
    assert caught.value.requeue


def test_a_failure_that_cannot_be_recorded_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, sent: list[dict[str, Any]]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DatabaseError("read only")

    monkeypatch.setattr(DeadTask.objects, "create", refuse)
    with pytest.raises(Retry):
        run_as_worker(fetch, "final")
    assert len(sent) == 1


def test_a_task_that_was_delivered_again_too_often_is_buried_unrun(calls: list[str]) -> None:
    again = {"delivery_info": {"routing_key": "celery", "redelivered": True}}
    with override_settings(TENFOLD_TASKS={"deliveries": 2}):
        assert run_as_worker(bill, 1, **again) == "billed"
        with pytest.raises(Ignore):
            run_as_worker(bill, 1, **again)
    assert (DeadTask.objects.get().name, Delivery.objects.count()) == ("shop.bill", 0)
    assert calls == ["bill 1"]


def test_a_task_that_is_delivered_for_the_first_time_asks_nothing_of_the_database() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        run_as_worker(add, 1, 2)
    assert len(queries) == 0
