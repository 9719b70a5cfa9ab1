"""Whether the documents are what the rows are: both are read by key, side by side, and their digests compared.

Each batch is one moment of rows, documents and outbox: what the outbox still holds is not wrong, only late. What it
has parked is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections, router, transaction

from django_tenfold.search.backend import backend_for
from django_tenfold.search.columns import adapt_key
from django_tenfold.search.documents import read_after, read_between
from django_tenfold.search.feeding import ALL
from django_tenfold.search.index import shape_of
from django_tenfold.search.live_generation import find_live
from django_tenfold.search.models import SearchChange
from django_tenfold.search.settings import options
from django_tenfold.search.updating import queue_keys, queue_of, update_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_tenfold.search.index import SearchIndex, Shape


@dataclass(frozen=True, slots=True)
class Drift:
    """A document that is not what its row is."""

    key: Any
    kind: str
    """"missing", "stale", or "extra": the row is gone, or belongs to the index no more."""


def verify_index(index: type[SearchIndex], *, using: str | None = None) -> list[Drift]:
    """Every drift of the live generation that no waiting change explains. Raises NotBuiltError."""
    shape = shape_of(index)
    using = using or router.db_for_write(shape.model)
    everything = SearchChange.objects.using(using).filter(index=shape.name, path=ALL)
    if everything.exists():  # after a TRUNCATE, until the worker came by
        return []
    return [*find_drifts(shape, find_live(shape, using=using), using=using)]


def repair_index(index: type[SearchIndex], *, using: str | None = None) -> list[Drift]:
    """Queue what drifted and bring the index up to date; what was wrong."""
    shape = shape_of(index)
    using = using or router.db_for_write(shape.model)
    drifts = verify_index(index, using=using)
    queue_keys(shape, (one.key for one in drifts), using=using)
    update_index(index, using=using)
    return drifts


def find_drifts(shape: Shape, number: int, *, using: str) -> Iterator[Drift]:
    """Of one generation."""
    after = None
    while True:
        looked = _compare_batch(shape, number, after, using)
        if looked.drifts:
            # An engine outside of the database is not of the same moment: what another worker wrote between the two
            # looks wrong once, and not twice.
            again = _compare_batch(shape, number, after, using, upto=looked.upto)
            yield from (Drift(one.key, one.kind) for one in looked.drifts if one in again.drifts)
        if looked.upto is None:
            return
        after = looked.upto


@dataclass(frozen=True, slots=True)
class _Suspect:
    key: Any
    kind: str
    row: str | None
    document: str | None
    """Digests of both."""


@dataclass(frozen=True, slots=True)
class _Looked:
    drifts: list[_Suspect]
    upto: Any
    """The key that it came to; None at the end."""


def _compare_batch(shape: Shape, number: int, after: Any, using: str, *, upto: Any = None) -> _Looked:
    """What differs behind the key `after`: up to a batch of rows, or to the key `upto`."""
    size = options().batch_rows
    with transaction.atomic(using=using):
        _see_one_moment(using)
        if upto is None:
            rows = read_after(shape, after, size, using=using)
            upto = rows[-1].key if len(rows) == size else None
        else:
            rows = read_between(shape, after, upto, using=using)
        kept = backend_for(using).read_digests(shape, number, after, upto)
        there = {one.key: one.digest for one in rows}
        suspects = {key for key in there.keys() | kept.keys() if there.get(key) != kept.get(key)}
        suspects -= _find_waiting(shape, number, suspects, using=using)
    kinds = {key: "missing" if key not in kept else "stale" if key in there else "extra" for key in suspects}
    found = [_Suspect(key, kinds[key], there.get(key), kept.get(key)) for key in sorted(suspects)]
    return _Looked(found, upto)


def _see_one_moment(using: str) -> None:
    """Rows, documents and outbox as one snapshot; an SQLite transaction is one already. Inside of another
    transaction what changes between two reads may look like a drift."""
    connection = connections[using]
    if connection.vendor == "postgresql" and not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")


def _find_waiting(shape: Shape, number: int, keys: set[Any], *, using: str) -> set[Any]:
    """Those of the keys that the outbox has a change for, of their own or of a row that they refer to."""
    queues = [shape.name, queue_of(shape, number)]
    changes = SearchChange.objects.using(using).filter(index__in=queues, reason="")
    waiting: set[Any] = set()
    ordered = sorted(keys)
    for chunk in (ordered[at : at + 500] for at in range(0, len(ordered), 500)):
        by_text = {str(key): key for key in chunk}
        by_text |= {
            str(adapt_key(shape, key, connections[using])): key for key in chunk
        }  # as triggers write it
        own = changes.filter(path="", key__in=[*by_text]).values_list("key", flat=True)
        waiting |= {by_text[text] for text in own}
        for path, key in changes.exclude(path__in=["", ALL]).values_list("path", "key").distinct():
            rows = shape.model._base_manager.using(using).filter(pk__in=chunk, **{f"{path}__pk": key})
            waiting |= {*rows.values_list("pk", flat=True)}
    return waiting
