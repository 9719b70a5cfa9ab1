"""Several schedulers on one database: each run is enqueued once, whoever dies, sleeps or wakes."""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from django_tenfold.tasks.lease import Lease
from django_tenfold.tasks.models import PeriodicRun, SchedulerLease
from tests.live.blocks.task_fixtures import task_site
from tests.live.blocks.task_processes import count_effects
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    import subprocess

    from tests.live.blocks.task_processes import TaskSite

__all__ = ["task_site"]

pytestmark = pytest.mark.live


def leader(one: subprocess.Popen[bytes], other: subprocess.Popen[bytes]) -> subprocess.Popen[bytes] | None:
    """The scheduler that holds the lease."""
    lease = SchedulerLease.objects.filter(name="scheduler").first()
    pid = int(lease.holder.split(":")[1]) if lease else 0
    return next((process for process in (one, other) if process.pid == pid), None)


def start_two(site: TaskSite) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """(the one that works, the one that waits)."""
    one, other = site.start_beat(), site.start_beat()
    wait_until(lambda: leader(one, other), "one of them leads")
    wait_until(lambda: runs() >= 2, "it enqueues")
    first = leader(one, other)
    assert first is not None
    return first, other if first is one else one


def runs() -> int:
    return PeriodicRun.objects.filter(name="site.every_second").count()


def sent_ids(site: TaskSite) -> Counter[str]:
    """How often each message of the task lies in the queue: nobody consumes it."""
    import json

    from tests.live.blocks.task_site.app import app

    with app.connection_for_write() as broker:
        found = broker.default_channel.client.lrange("celery", 0, -1)
    headers = [json.loads(one)["headers"] for one in found]
    return Counter(one["id"] for one in headers if one["task"] == "site.every_second")


def test_of_two_schedulers_one_works_and_a_worker_runs_each_run_once(task_site: TaskSite) -> None:
    start_two(task_site)
    task_site.start_worker()
    wait_until(lambda: count_effects("second") >= 3, "the worker ran some")
    assert PeriodicRun.objects.values("token").distinct().count() == 1
    assert count_effects("second") <= runs()


def test_the_second_scheduler_takes_over_when_the_first_is_killed(task_site: TaskSite) -> None:
    first, second = start_two(task_site)
    task_site.kill(first)
    wait_until(lambda: leader(first, second) is second, "the second leads")
    before = runs()
    wait_until(lambda: runs() > before, "it enqueues")
    assert set(sent_ids(task_site).values()) == {1}


def test_a_paused_leader_that_wakes_enqueues_nothing_and_waits(task_site: TaskSite) -> None:
    first, second = start_two(task_site)
    os.kill(first.pid, signal.SIGSTOP)
    wait_until(lambda: leader(first, second) is second, "the second leads")
    token = SchedulerLease.objects.get().token
    before = runs()
    wait_until(lambda: runs() > before + 1, "the second enqueues")
    os.kill(first.pid, signal.SIGCONT)
    wait_until(
        lambda: "no longer holds" in task_site.log_of(first), "the first sees that it is not the leader"
    )
    after = runs()
    wait_until(lambda: runs() > after + 1, "the second goes on")
    assert SchedulerLease.objects.get().token == token
    tokens = (
        PeriodicRun.objects.filter(name="site.every_second")
        .order_by("due_at")
        .values_list("token", flat=True)
    )
    assert list(tokens) == sorted(tokens), "a run was enqueued under an old token"
    assert set(sent_ids(task_site).values()) == {1}


def test_missed_runs_are_made_up_for_by_one_run(task_site: TaskSite) -> None:
    lease = Lease("scheduler", "test:0:0", seconds=60)
    beat = task_site.start_beat()
    wait_until(lambda: runs() >= 1, "it enqueues")
    os.kill(beat.pid, signal.SIGSTOP)
    wait_until(lease.acquire, "the lease has ended")
    os.kill(beat.pid, signal.SIGCONT)
    wait_until(lambda: "no longer holds" in task_site.log_of(beat), "it lost the lease")
    before, last = runs(), PeriodicRun.objects.order_by("-due_at").first()
    assert last is not None
    lease.release()
    wait_until(lambda: runs() >= before + 2, "it enqueues again")
    dues = list(
        PeriodicRun.objects.filter(name="site.every_second", pk__gt=last.pk)
        .order_by("due_at")
        .values_list("due_at", "created_at")[:2]
    )
    assert (dues[1][0] - dues[0][0]).total_seconds() > 1.5, "each missed second was made up for"


def test_a_scheduler_that_stops_hands_its_lease_over_at_once(task_site: TaskSite) -> None:
    beat = task_site.start_beat()
    wait_until(lambda: runs() >= 1, "it enqueues")
    beat.terminate()
    beat.wait(30)
    assert Lease("scheduler", "test:0:0", seconds=60).acquire()
