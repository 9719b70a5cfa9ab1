"""Tasks of an application that uses the block."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from celery import Celery, chain, group
from django.db import transaction
from django.test import override_settings
from kombu.exceptions import OperationalError
from prometheus_client import REGISTRY

from django_tenfold.tasks.celery import configure
from tests.django_tenfold.tasks.shop import add, app

pytestmark = pytest.mark.usefixtures("sqlite_database")


def body() -> None:
    """Never runs."""


def test_outside_a_transaction_a_task_is_sent_at_once(sent: list[dict[str, Any]]) -> None:
    result = add.delay(1, 2)
    assert [(one["name"], tuple(one["args"])) for one in sent] == [("shop.add", (1, 2))]
    assert sent[0]["headers"]["id"] == result.id


def test_inside_a_transaction_a_task_waits_for_the_commit(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        result = add.delay(1, other=2)
        assert sent == []
    assert [(one["headers"]["id"], one["kwargs"]) for one in sent] == [(result.id, {"other": 2})]


def test_a_rollback_sends_nothing_at_all(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        add.delay(1, 2)
        transaction.set_rollback(True)
    assert sent == []


def test_a_task_can_be_sent_before_the_commit_when_asked(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        add.apply_async((1, 2), now=True)
        assert len(sent) == 1


def test_arguments_are_those_of_the_call_not_of_the_commit(sent: list[dict[str, Any]]) -> None:
    numbers = [1]
    with transaction.atomic():
        add.delay(numbers, 2)
        numbers.append(2)
    assert sent[0]["args"][0] == [1]


def test_arguments_that_are_no_json_fail_where_the_task_is_called() -> None:
    with transaction.atomic(), pytest.raises(TypeError):
        add.delay(object(), 2)


def test_chains_and_groups_wait_for_the_commit_too(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        chain(add.s(1, 2), add.s(3)).delay()
        group(add.s(1, 2), add.s(3, 4)).delay()
        assert sent == []
    assert len(sent) == 3


def test_tasks_are_acknowledged_late_and_limited_in_time_by_default() -> None:
    app.finalize()
    conf = app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (
        True,
        True,
        1,
    )
    assert (conf.task_soft_time_limit, conf.task_time_limit) == (240, 300)
    assert (add.acks_late, add.ignore_result, conf.accept_content) == (True, True, ["json"])


@pytest.mark.usefixtures("broken_broker")
def test_a_task_that_is_lost_after_the_commit_is_counted_and_stops_no_other_hook(
    caplog: pytest.LogCaptureFixture,
) -> None:
    labels = {"task": "shop.add"}
    before = REGISTRY.get_sample_value("tenfold_tasks_lost_total", labels) or 0.0
    ran = []
    with transaction.atomic():
        add.delay(1, 2)
        transaction.on_commit(lambda: ran.append("the next hook"))
    assert ran == ["the next hook"]
    assert REGISTRY.get_sample_value("tenfold_tasks_lost_total", labels) == before + 1
    assert "nobody listens" in caplog.text


def test_a_coroutine_sends_without_touching_the_event_loop(sent: list[dict[str, Any]]) -> None:
    async def view() -> str:
        return str((await add.adelay(1, 2)).id)

    assert asyncio.run(view()) == sent[0]["headers"]["id"]


@pytest.mark.parametrize(
    ("limits", "bound"),
    [({"time_limit": 50}, (40, 50)), ({"soft_time_limit": 900}, (900, 960)), ({}, (240, 300))],
)
def test_a_task_that_names_one_limit_keeps_both_in_order(
    limits: dict[str, int], bound: tuple[int, int]
) -> None:
    task = app.task(name=f"shop.limits.{limits}", shared=False, **limits)(body)
    app.finalize()
    assert (task.soft_time_limit, task.time_limit) == bound


def test_options_of_the_transport_that_the_project_names_leave_the_others() -> None:
    made = configure(Celery("other", broker="redis://127.0.0.1:1/0", set_as_current=False))
    with override_settings(CELERY_BROKER_TRANSPORT_OPTIONS={"visibility_timeout": 7}):
        found = made.conf.broker_transport_options
    app.set_default()
    assert (found["visibility_timeout"], found["max_retries"], found["connect_retries_timeout"]) == (
        7,
        1,
        2.0,
    )


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_takes_connections_and_never_answers_is_an_error_not_a_hang(scheme: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"
        made = configure(Celery("silent", broker=url, set_as_current=False))
        task = made.task(name="silent.task", shared=False)(body)
        with pytest.raises(OperationalError):
            task.delay()
    app.set_default()
