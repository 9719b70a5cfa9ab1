"""The scheduler's decisions, one tick at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from celery.beat import BeatLazyFunc, ScheduleEntry
from celery.schedules import crontab, schedule
from django.db import OperationalError
from django.utils import timezone

from django_tenfold.tasks.models import OutboxTask, PeriodicRun, PeriodicTask, SchedulerLease
from django_tenfold.tasks.scheduler import Scheduler, find_due
from tests.django_tenfold.tasks.shop import app

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("sqlite_database")
HOUR = timedelta(hours=1)


@pytest.fixture
def _hourly() -> Iterator[None]:
    before = app.conf.beat_schedule
    app.conf.beat_schedule = {"hourly": {"task": "shop.add", "schedule": HOUR, "args": (1, 2)}}
    yield
    app.conf.beat_schedule = before


def make_overdue(hours: float) -> None:
    PeriodicTask.objects.update_or_create(
        name="hourly", defaults={"last_run_at": timezone.now() - hours * HOUR}
    )


def tick(scheduler: Scheduler) -> None:
    """Until nothing more is due."""
    for _ in range(5):
        scheduler.tick()


@pytest.mark.usefixtures("_hourly")
def test_a_new_entry_waits_for_its_first_interval(sent: list[dict[str, Any]]) -> None:
    tick(Scheduler(app))
    assert (sent, PeriodicTask.objects.filter(name="hourly").count()) == ([], 1)


@pytest.mark.usefixtures("_hourly")
def test_many_missed_runs_are_one_run(sent: list[dict[str, Any]]) -> None:
    make_overdue(hours=9.5)
    tick(Scheduler(app))
    assert [(one["name"], one["args"]) for one in sent] == [("shop.add", [1, 2])]
    assert not OutboxTask.objects.exists()


@pytest.mark.usefixtures("_hourly")
def test_a_run_that_is_recorded_is_not_enqueued_again(sent: list[dict[str, Any]]) -> None:
    make_overdue(hours=1.5)
    first = Scheduler(app)
    tick(first)
    make_overdue(hours=1.5)  # as if the record of the last run had been lost: the run itself is known
    PeriodicRun.objects.update(due_at=PeriodicTask.objects.get(name="hourly").last_run_at + HOUR)
    first.close()
    tick(Scheduler(app))
    assert len(sent) == 1


@pytest.mark.usefixtures("_hourly")
def test_a_scheduler_whose_token_is_old_enqueues_nothing(sent: list[dict[str, Any]]) -> None:
    make_overdue(hours=0.5)
    paused = Scheduler(app)
    tick(paused)
    SchedulerLease.objects.update(holder="other", token=9)
    paused.schedule["hourly"].last_run_at = timezone.now() - 2 * HOUR
    paused._heap = None
    paused._renew_at = float("inf")  # it has just renewed, as far as it knows
    tick(paused)
    assert (sent, PeriodicRun.objects.filter(name="hourly").count(), paused.lease.token) == ([], 0, 0)


def test_a_run_is_due_at_the_same_moment_for_every_scheduler() -> None:
    last = datetime(2026, 3, 1, 3, 0, 12, tzinfo=UTC)
    every = ScheduleEntry(name="x", task="t", schedule=schedule(HOUR, app=app), last_run_at=last, app=app)
    assert find_due(every) == last + HOUR
    nightly = crontab(hour=3, minute=0, app=app, nowfun=lambda: datetime(2026, 3, 9, 5, tzinfo=UTC))
    entry = ScheduleEntry(name="x", task="t", schedule=nightly, last_run_at=last, app=app)
    assert find_due(entry) == find_due(entry)
    assert last < find_due(entry) <= last + timedelta(days=1)


@pytest.mark.usefixtures("_hourly")
def test_an_entry_that_cannot_be_sent_does_not_stop_the_others(
    sent: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    broken = {"task": "shop.add", "schedule": HOUR, "args": (object(), 2)}
    app.conf.beat_schedule = {"broken": broken, **app.conf.beat_schedule}
    PeriodicTask.objects.create(name="broken", last_run_at=timezone.now() - 2 * HOUR)
    make_overdue(hours=1.5)
    tick(Scheduler(app))
    assert [one["args"] for one in sent] == [[1, 2]]
    assert "broken (shop.add) cannot be sent" in caplog.text


@pytest.mark.usefixtures("_hourly")
def test_lazy_arguments_are_made_when_the_run_is_due(sent: list[dict[str, Any]]) -> None:
    entry = {"task": "shop.add", "schedule": HOUR, "args": (BeatLazyFunc(int, "7"), 2)}
    app.conf.beat_schedule = {"hourly": entry}
    make_overdue(hours=1.5)
    tick(Scheduler(app))
    assert [one["args"] for one in sent] == [[7, 2]]


@pytest.mark.usefixtures("_hourly")
def test_a_scheduler_that_cannot_read_its_memory_does_not_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OperationalError("gone")

    scheduler = Scheduler(app)
    with monkeypatch.context() as broken:
        broken.setattr(PeriodicTask.objects, "filter", refuse)
        assert scheduler.tick() > 0
    assert scheduler.lease.token == 0


@pytest.mark.usefixtures("_hourly")
def test_a_signal_in_the_midst_of_a_tick_touches_the_database_only_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scheduler = Scheduler(app)
    scheduler.tick()

    def be_stopped() -> None:
        scheduler.close()  # as the handler of SIGTERM does
        assert SchedulerLease.objects.filter(expires_at__gt=timezone.now()).exists()
        raise SystemExit

    monkeypatch.setattr(scheduler, "_is_leader", be_stopped)
    with pytest.raises(SystemExit):
        scheduler.tick()
    scheduler.close()
    assert not SchedulerLease.objects.filter(expires_at__gt=timezone.now()).exists()
