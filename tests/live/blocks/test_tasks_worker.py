"""A real worker on real servers: what is killed runs again, and its effect is there once."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from django_tenfold.tasks.dead_letters import retry_dead
from django_tenfold.tasks.models import DeadTask, OutboxTask
from django_tenfold.tasks.outbox import sweep_outbox
from tests.live.blocks.task_fixtures import task_site
from tests.live.blocks.task_processes import count_effects
from tests.live.blocks.task_site import tasks
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from tests.live.blocks.task_processes import TaskSite

__all__ = ["task_site"]

pytestmark = pytest.mark.live


def test_a_task_sent_in_a_transaction_runs_after_its_commit(task_site: TaskSite) -> None:
    task_site.start_worker()
    with transaction.atomic():
        tasks.note.delay("committed")
    wait_until(lambda: count_effects("committed"), "the task ran")
    assert count_effects("committed") == 1


def test_a_task_whose_process_is_killed_runs_again_and_its_effect_happens_once(task_site: TaskSite) -> None:
    task_site.start_worker()
    tasks.pay.delay("bill")
    wait_until(lambda: task_site.begun("bill"), "the task began")
    os.kill(task_site.begun("bill")[0], signal.SIGKILL)
    task_site.allow("bill-may-end")
    wait_until(lambda: count_effects("bill"), "the task ran again")
    assert len(task_site.begun("bill")) == 2
    assert count_effects("bill") == 1


def test_a_task_whose_whole_worker_is_killed_runs_in_the_next_one(task_site: TaskSite) -> None:
    worker = task_site.start_worker()
    tasks.pay.delay("rent")
    wait_until(lambda: task_site.begun("rent"), "the task began")
    task_site.kill(worker)
    task_site.allow("rent-may-end")
    task_site.start_worker()
    wait_until(lambda: count_effects("rent"), "the task ran again")
    assert len(task_site.begun("rent")) == 2
    assert count_effects("rent") == 1


def test_a_task_that_kills_its_process_each_time_is_buried(task_site: TaskSite) -> None:
    task_site.start_worker()
    tasks.poison.delay("arsenic")
    wait_until(DeadTask.objects.exists, "the task is buried")
    dead = DeadTask.objects.get()
    assert (dead.name, "delivered again 2 times" in dead.exception) == ("site.poison", True)
    assert len(task_site.begun("arsenic")) == 2


def test_a_task_over_its_hard_limit_is_buried(task_site: TaskSite) -> None:
    task_site.start_worker()
    tasks.endless.delay("loop")
    wait_until(DeadTask.objects.exists, "the task is buried")
    assert "TimeLimitExceeded" in DeadTask.objects.get().exception


def test_a_task_that_this_worker_does_not_know_is_buried(task_site: TaskSite) -> None:
    task_site.start_worker()
    tasks.note.app.send_task("site.of_the_next_release", args=["x"])
    wait_until(DeadTask.objects.exists, "the task is buried")
    assert DeadTask.objects.get().args == '["x"]'


def test_a_failed_task_is_tried_again_then_buried_then_run_by_hand(task_site: TaskSite) -> None:
    task_site.start_worker()
    tasks.call.apply_async(("service",), headers={"X-Request-ID": "request-0001"})
    wait_until(DeadTask.objects.exists, "the task is buried")
    dead = DeadTask.objects.get()
    assert (dead.tries, dead.request_id) == (2, "request-0001")
    assert dead.exception == "ConnectionError: nobody answers"
    assert "raise ConnectionError" in dead.traceback
    assert len(task_site.begun("service")) == 2
    task_site.allow("service-answers")
    assert retry_dead(DeadTask.objects.all()) == 1
    wait_until(lambda: count_effects("service"), "the task ran")
    assert not DeadTask.objects.exists()


def test_a_broker_that_is_down_loses_no_task_of_the_outbox(task_site: TaskSite) -> None:
    task_site.start_worker()
    task_site.options["outbox"] = True
    task_site.servers.kill("cache")
    try:
        started = time.monotonic()
        with transaction.atomic():
            for number in range(3):
                tasks.note.delay(f"order {number}")
        assert time.monotonic() - started < 30, "the request hung"
        assert OutboxTask.objects.count() == 3
    finally:
        task_site.servers.start("cache")
    wait_until(lambda: sweep_outbox(tasks.note.app) or not OutboxTask.objects.exists(), "the outbox is sent")
    for number in range(3):
        wait_until(lambda name=f"order {number}": count_effects(name), "the task ran")
    assert [count_effects(f"order {number}") for number in range(3)] == [1, 1, 1]
