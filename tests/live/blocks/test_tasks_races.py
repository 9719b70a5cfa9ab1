"""Two at once on a real database: who is first, and that nothing is sent twice."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from celery.signals import before_task_publish
from django.db import connection, transaction

from django_tenfold.tasks.idempotency import once
from django_tenfold.tasks.lease import Lease
from django_tenfold.tasks.models import OutboxTask
from django_tenfold.tasks.outbox import sweep_outbox
from tests.live.blocks.task_fixtures import task_site
from tests.live.blocks.task_processes import count_effects
from tests.live.blocks.task_site import tasks
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.blocks.task_processes import TaskSite

__all__ = ["task_site"]

pytestmark = pytest.mark.live


def start(act: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def blocked() -> bool:
    """Whether some session waits for another's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        (count,) = cursor.fetchone()
    return bool(count)


@pytest.mark.parametrize(("rolled_back", "effects"), [(False, 1), (True, 1)])
def test_the_second_with_a_key_waits_for_how_the_first_ends(
    task_site: TaskSite, rolled_back: bool, effects: int
) -> None:
    firsts: list[bool] = []

    def second() -> None:
        with once("bill") as first:
            firsts.append(first)
            if first:
                tasks.add_effect("bill")

    with transaction.atomic(), once("bill") as first:
        assert first
        tasks.add_effect("bill")
        thread = start(second)
        wait_until_blocked()
        transaction.set_rollback(rolled_back)
    thread.join(30)
    assert firsts == [rolled_back]
    assert count_effects("bill") == effects


def wait_until_blocked() -> None:
    found: list[bool] = []

    def look() -> None:
        wait_until(blocked, "the second waits")
        found.append(True)

    start(look).join(30)
    assert found


def test_many_sweepers_and_hooks_send_each_task_once(task_site: TaskSite) -> None:
    ids: list[str] = []

    def note(headers: dict[str, Any], **_: object) -> None:
        ids.append(headers["id"])

    before_task_publish.connect(note, weak=False)
    task_site.options["outbox"] = True
    stop = threading.Event()

    def sweep() -> None:
        while not stop.is_set():
            OutboxTask.objects.update(send_after="2020-01-01T00:00:00Z")
            sweep_outbox(tasks.note.app)

    def enqueue() -> None:
        for _ in range(60):
            with transaction.atomic():
                tasks.note.delay("x")
                tasks.note.delay("x")

    try:
        sweepers = [start(sweep) for _ in range(2)]
        senders = [start(enqueue) for _ in range(2)]
        for one in senders:
            one.join(60)
        wait_until(lambda: not OutboxTask.objects.exists(), "everything is sent")
    finally:
        stop.set()
        for one in sweepers:
            one.join(30)
        before_task_publish.disconnect(note)
    assert (len(ids), len(set(ids))) == (240, 240)


def test_of_many_that_want_a_lease_one_has_it(task_site: TaskSite) -> None:
    leases = [Lease("scheduler", f"holder {number}", seconds=60) for number in range(8)]
    held: list[bool] = []
    threads = [start(lambda lease=lease: held.append(lease.acquire())) for lease in leases]
    for one in threads:
        one.join(30)
    assert sorted(held) == [False] * 7 + [True]
