"""A lease with fencing, in a row of the primary: one holder at a time, each with a higher token than the last.

No session-level lock: a pooler in transaction mode gives every transaction another session. All times are the
database's, since clocks of machines differ.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, router, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Now

from django_tenfold.tasks.models import SchedulerLease

if TYPE_CHECKING:
    from django.db.models import QuerySet


class LostLeaseError(Exception):
    """Another holder has a higher token."""


class Lease:
    """The lease of `name`, for a holder that says who it is."""

    def __init__(self, name: str, holder: str, *, seconds: float) -> None:
        self.name, self.holder, self.seconds = name, holder, seconds
        self.token = 0
        """0: not held, as far as this process knows."""

    @property
    def database(self) -> str:
        return str(router.db_for_write(SchedulerLease))

    def _rows(self) -> QuerySet[SchedulerLease]:
        return SchedulerLease.objects.using(self.database).filter(name=self.name)

    def _until(self) -> ExpressionWrapper:
        return ExpressionWrapper(Now() + Value(timedelta(seconds=self.seconds)), output_field=DateTimeField())

    def acquire(self) -> bool:
        """Take it when nobody holds it or its time has passed; whether it is ours."""
        free = self._rows().filter(expires_at__lte=Now())
        taken = free.update(holder=self.holder, token=F("token") + 1, expires_at=self._until())
        if not taken and (self._rows().exists() or not self._create()):
            return False
        row = self._rows().get()
        self.token = row.token if row.holder == self.holder else 0
        return bool(self.token)

    def _create(self) -> bool:
        try:
            with transaction.atomic(using=self.database):
                row = SchedulerLease(name=self.name, holder=self.holder, token=1, expires_at=self._until())
                row.save(using=self.database, force_insert=True)
        except IntegrityError:
            return False
        return True

    def renew(self) -> None:
        """Prolong it. Inside a transaction it also keeps others from taking it until the commit: the fence.

        Raises LostLeaseError when another has it: whatever this process then thinks is due is not its to do.
        """
        if not self.token or not self._rows().filter(token=self.token, holder=self.holder).update(
            expires_at=self._until()
        ):
            self.token = 0
            raise LostLeaseError(f"{self.holder} no longer holds {self.name}")

    def release(self) -> None:
        """Let another take it at once."""
        if self.token:
            self._rows().filter(token=self.token, holder=self.holder).update(expires_at=Now())
            self.token = 0
