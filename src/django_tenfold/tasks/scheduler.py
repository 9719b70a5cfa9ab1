"""Exactly one scheduler: as many beats as you like may run, one of them works.

    celery -A shop beat

configure() names this scheduler; elsewhere it is `--scheduler django_tenfold.tasks.scheduler:Scheduler`.

The one that holds the lease enqueues; the others wait for it to fall silent. A run that is due is a row with a
unique key, written under the lease's token together with its row in the outbox: a scheduler that was paused and
wakes is refused by the first statement of that transaction, and no run is enqueued twice. Whoever takes over
starts from the last runs in the database: what was missed meanwhile runs once.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from datetime import UTC
from typing import TYPE_CHECKING, Any

from celery.beat import BeatLazyFunc
from celery.beat import Scheduler as CeleryScheduler
from django.db import Error as DatabaseError
from django.db import IntegrityError, close_old_connections, connections, transaction

from django_tenfold.tasks import outbox
from django_tenfold.tasks.lease import Lease, LostLeaseError
from django_tenfold.tasks.models import PeriodicRun, PeriodicTask
from django_tenfold.tasks.settings import options

if TYPE_CHECKING:
    from datetime import datetime

    from celery import Celery
    from celery.beat import ScheduleEntry

    from django_tenfold.tasks.models import OutboxTask

log = logging.getLogger("django_tenfold.tasks.scheduler")
NAME = "scheduler"
RUNS = uuid.UUID("6f0ee3c5-6f3c-4a52-9d53-1c4e0f6e6a57")
"""The namespace of the ids of runs: the same run has the same id, whoever enqueues it. Random."""
SWEEP_SECONDS = 5.0


class Scheduler(CeleryScheduler):
    """Celery's own scheduler behind a lease, its memory in the database."""

    def __init__(self, app: Celery, **told: Any) -> None:
        holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.lease = Lease(NAME, holder, seconds=options().lease_seconds)
        self._renew_at = self._sweep_at = 0.0
        self._ticking = False
        super().__init__(app, **told)

    def setup_schedule(self) -> None:
        self.install_default_entries(self.data)
        self.update_from_dict(self.app.conf.beat_schedule or {})

    @property
    def beat_seconds(self) -> float:
        """How often the lease is renewed, or looked at by those who wait."""
        return self.lease.seconds / 5

    def tick(self, *args: Any, **told: Any) -> float:
        """Seconds until the next call."""
        self._ticking = True
        try:
            return self._tick(*args, **told)
        finally:
            self._ticking = False

    def _tick(self, *args: Any, **told: Any) -> float:
        try:
            close_old_connections()
            if not self._is_leader():
                return self.beat_seconds
            waits = super().tick(*args, **told)
            self._sweep()
        except LostLeaseError as error:
            log.warning("%s: waiting", error)
            return self.beat_seconds
        except DatabaseError:
            log.exception("The database does not answer: nothing is scheduled until it does")
            self._heap = None
            return self.beat_seconds
        return min(waits, self.beat_seconds)

    def _is_leader(self) -> bool:
        if self.lease.token:
            if time.monotonic() >= self._renew_at:
                self.lease.renew()
                self._renew_at = time.monotonic() + self.beat_seconds
            return True
        if not self.lease.acquire():
            return False
        self._renew_at = time.monotonic() + self.beat_seconds
        log.info("%s schedules, with token %d", self.lease.holder, self.lease.token)
        try:
            self._load_runs()
        except DatabaseError:
            self.lease.token = 0  # without its memory it must not lead: it would repeat runs
            raise
        return True

    def _load_runs(self) -> None:
        """Last runs as the database has them; an entry that is new has its first run one interval from now."""
        names = list(self.schedule)
        known = dict(PeriodicTask.objects.filter(pk__in=names).values_list("name", "last_run_at"))
        for name in names:
            entry = self.schedule[name]
            if name not in known:
                row = PeriodicTask(name=name, last_run_at=_as_utc(entry.default_now()))
                PeriodicTask.objects.bulk_create([row], ignore_conflicts=True)
                known[name] = row.last_run_at
            entry.last_run_at = known[name]
        self._heap = None

    def apply_entry(self, entry: ScheduleEntry, producer: object = None) -> None:
        """Enqueue a run that is due, unless the token is old or the run is there already."""
        try:
            row = self._record_run(entry)
        except (DatabaseError, LostLeaseError):
            self.schedule[entry.name] = entry  # as it was: it is still due
            self._heap = None
            raise
        except Exception:  # arguments that are no JSON: the other entries go on
            log.exception("%s (%s) cannot be sent", entry.name, entry.task)
            return
        if row is None:
            log.info("%s is enqueued already", entry.name)
            return
        log.info("Sending due task %s (%s)", entry.name, entry.task)

    def _record_run(self, entry: ScheduleEntry) -> OutboxTask | None:
        due = find_due(entry)
        run = str(uuid.uuid5(RUNS, f"{entry.name}@{due.isoformat()}"))
        body = (
            [_call_lazy(value) for value in entry.args or ()],
            {name: _call_lazy(value) for name, value in (entry.kwargs or {}).items()},
            {"headers": {"celery_beat_task": True}, **entry.options},
        )
        using = self.lease.database
        with transaction.atomic(using=using):
            self.lease.renew()
            PeriodicTask.objects.update_or_create(
                name=entry.name, defaults={"last_run_at": _as_utc(self.schedule[entry.name].last_run_at)}
            )
            try:
                with transaction.atomic(using=using):
                    PeriodicRun.objects.create(
                        name=entry.name, due_at=due, task_id=run, token=self.lease.token
                    )
            except IntegrityError:
                return None
            row = outbox.keep_task(entry.task, body, task_id=run)
            outbox.send_on_commit(row, self.app, using=using)
        return row

    def _sweep(self) -> None:
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEEP_SECONDS
            outbox.sweep_outbox(self.app)

    def close(self) -> None:
        """The next one need not wait for the lease to end.

        Beat calls this in its handler of SIGTERM too, in the midst of whatever the tick does on the connection, and
        again at its end: only then the lease is given back.
        """
        if self._ticking:
            return
        try:
            connections[self.lease.database].close()  # what the signal cut off may have left it unusable
            self.lease.release()
        except DatabaseError:
            log.warning("The lease could not be released: it ends in %g s", self.lease.seconds, exc_info=True)
        super().close()


def find_due(entry: ScheduleEntry) -> datetime:
    """When the run was due that `entry` has before it: the same for every scheduler, whenever it looks."""
    last = entry.last_run_at
    if hasattr(entry.schedule, "remaining_delta"):
        start, delta, _ = entry.schedule.remaining_delta(last)
        return _as_utc(start + delta).replace(microsecond=0)
    if hasattr(entry.schedule, "run_every"):
        return _as_utc(last + entry.schedule.run_every)
    return _as_utc(entry.default_now()).replace(second=0, microsecond=0)


def _call_lazy(value: Any) -> Any:
    return value() if isinstance(value, BeatLazyFunc) else value


def _as_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
