"""A task may run twice; its effect happens once.

`once` is for effects in the database: the key is claimed in the effect's own transaction, so both happen or
neither. `leased` is for effects outside (an e-mail, a payment): no transaction spans both systems, so the effect
happens again when a worker dies between the effect and the record of it. Pass the key on to a service that
takes one.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, router, transaction
from django.utils import timezone

from django_tenfold.tasks.models import KEY_LENGTH, OnceKey
from django_tenfold.tasks.retries import Transient

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 5_000


class Busy(Transient):
    """Another process holds the key's lease: try again later."""


@contextmanager
def once(key: str, *, using: str | None = None) -> Iterator[bool]:
    """True the first time that a transaction with this key commits, False ever after.

        with once(f"invoice:{order.pk}") as first:
            if first:
                Invoice.objects.create(order=order)

    The body is one transaction. While another process is inside with the same key this one waits for its end.
    A body that raises gives the key back.
    """
    alias = using or router.db_for_write(OnceKey)
    with transaction.atomic(using=alias):
        yield _claim(_shorten(key), alias)


def _claim(key: str, using: str) -> bool:
    keys = OnceKey.objects.using(using)
    if keys.filter(key=key).exists():
        return False
    try:
        with transaction.atomic(using=using):
            keys.create(key=key)
    except IntegrityError:
        return False
    return True


@dataclass(slots=True)
class Claim:
    """What `leased` gives: whether to act, and what came of it when it was done before."""

    first: bool
    outcome: Any = None

    def record(self, outcome: Any) -> None:
        """Keep a JSON value as the outcome, for those who come later."""
        self.outcome = outcome


@contextmanager
def leased(key: str, *, seconds: float = 300, using: str | None = None) -> Iterator[Claim]:
    """Claim a key for an effect outside of the database, for `seconds`; must stand outside of transactions.

        with leased(f"charge:{order.pk}") as claim:
            if claim.first:
                claim.record(pay(order, idempotency_key=f"charge:{order.pk}"))

    Raises Busy (a transient error, the task is tried again) while another process holds it. A body that raises
    gives the key back. A holder that died keeps it until its lease ends: then the effect may happen again.
    """
    alias = using or router.db_for_write(OnceKey)
    key, holder = _shorten(key), uuid.uuid4()
    found = _take_lease(key, holder, seconds=seconds, using=alias)
    mine = OnceKey.objects.using(alias).filter(key=key, holder=holder, done=False)
    claim = Claim(first=found is None, outcome=json.loads(found) if found else None)
    if not claim.first:
        yield claim
        return
    try:
        yield claim
    except BaseException:
        mine.delete()
        raise
    mine.update(done=True, outcome=json.dumps(claim.outcome))


def _take_lease(key: str, holder: uuid.UUID, *, seconds: float, using: str) -> str | None:
    """None when it is ours now, else the outcome (JSON) that was recorded. Raises Busy."""
    keys = OnceKey.objects.using(using)
    now = timezone.now()
    fresh = {"holder": holder, "lease_until": now + timedelta(seconds=seconds)}
    with transaction.atomic(using=using, durable=True):
        row, made = keys.get_or_create(key=key, defaults={"done": False, **fresh})
        if made or keys.filter(key=key, done=False, lease_until__lte=now).update(**fresh):
            return None
    if row.done:
        return row.outcome or "null"
    left = (row.lease_until - now).total_seconds()
    raise Busy(f"{key} is held for {left:.0f} s by another process", after=left)


def _shorten(key: str) -> str:
    """A key as its column can hold it."""
    return key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def prune_keys(days: int) -> int:
    """Delete keys older than `days`, in batches that hold no lock for long; how many there were."""
    before = timezone.now() - timedelta(days=days)
    total = 0
    while found := list(OnceKey.objects.filter(created_at__lt=before).values_list("pk", flat=True)[:BATCH]):
        total += OnceKey.objects.filter(pk__in=found).delete()[0]
    return total
