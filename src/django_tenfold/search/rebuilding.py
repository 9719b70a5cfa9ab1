"""A new generation beside the old, switched in one transaction: searches go on all the while.

The worker writes changes to both. Filling goes by key, a batch a transaction: what is interrupted goes on where it
stopped. The generation before stays, not fed any more, until the next rebuild: searches that still run read it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections, router, transaction
from django.db.models import Max
from django.utils import timezone

from django_tenfold.search.backend import backend_for
from django_tenfold.search.documents import list_keys_after
from django_tenfold.search.feeding import install_feed, remove_feed, take_turns
from django_tenfold.search.index import shape_of
from django_tenfold.search.models import SearchChange, SearchGeneration
from django_tenfold.search.parking import park, write_keys
from django_tenfold.search.settings import options
from django_tenfold.search.updating import (
    begin_reading,
    draw_version,
    list_changes,
    queue_of,
    update_generation,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.search.index import SearchIndex, Shape


@dataclass(frozen=True, slots=True)
class Filled:
    """How far a rebuild is."""

    number: int
    """Of the generation."""
    rows: int
    """Filled in by this call."""


def rebuild_index(
    index: type[SearchIndex], *, using: str | None = None, progress: Callable[[Filled], object] | None = None
) -> Filled:
    """Build a generation from all rows and switch to it; goes on with one that was begun for the same declaration.

    Raises TransactionManagementError inside a transaction: there nothing could be resumed.
    """
    shape = shape_of(index)
    using = using or router.db_for_write(shape.model)
    if connections[using].in_atomic_block:
        raise transaction.TransactionManagementError(
            "A rebuild inside a transaction would hold its locks to the end and resume nothing: call it outside of"
            " atomic()."
        )
    install_feed(shape, using=using)  # from now on every change is in the outbox, and only then are rows read
    number = _begin(shape, using)
    rows = 0
    while filled := _fill_batch(shape, number, using):
        rows += filled
        if progress is not None:
            progress(Filled(number, rows))
    update_generation(shape, number, using=using)
    _switch(shape, number, using)
    return Filled(number, rows)


def remove_index(index: type[SearchIndex], *, using: str | None = None) -> None:
    """Take away everything of an index: triggers, generations, waiting changes."""
    shape = shape_of(index)
    using = using or router.db_for_write(shape.model)
    remove_feed(shape, using=using)
    with transaction.atomic(using=using):
        for one in _generations(shape, using):
            _drop(shape, one, using)
        list_changes(shape, using=using).delete()


def _drop(shape: Shape, old: SearchGeneration, using: str) -> None:
    backend_for(using).drop(shape, old.number)
    SearchChange.objects.using(using).filter(index=queue_of(shape, old.number)).delete()
    old.delete(using=using)


def _generations(shape: Shape, using: str):  # type: ignore[no-untyped-def]  # a queryset, which has no type here
    return SearchGeneration.objects.using(using).filter(index=shape.name)


def _begin(shape: Shape, using: str) -> int:
    with transaction.atomic(using=using):
        begin_reading(using)
        take_turns(shape, using=using)
        for old in _generations(shape, using).filter(state=SearchGeneration.BUILDING).select_for_update():
            if old.fingerprint == shape.fingerprint:
                return int(old.number)
            _drop(shape, old, using)
        number = (_generations(shape, using).aggregate(last=Max("number"))["last"] or 0) + 1
        SearchGeneration.objects.using(using).create(
            index=shape.name, number=number, state=SearchGeneration.BUILDING, fingerprint=shape.fingerprint
        )
        backend_for(using).drop(shape, number)
        backend_for(using).create(shape, number)
    return number


def _fill_batch(shape: Shape, number: int, using: str) -> int:
    """Rows filled in; 0 when all are. Two rebuilds of one generation take turns."""
    with transaction.atomic(using=using):
        begin_reading(using)
        one = _generations(shape, using).select_for_update().get(number=number)
        if one.filled or one.state != SearchGeneration.BUILDING:
            return 0
        after = shape.key_field.to_python(json.loads(one.cursor)) if one.cursor else None
        version = draw_version(using)
        keys = list_keys_after(shape, after, options().batch_rows, using=using)
        if keys:
            reasons = write_keys(shape, [one], keys, version=version, using=using)
            park(shape, reasons, reasons, using=using)
            one.cursor = json.dumps(str(keys[-1]))
        else:
            one.filled = True
        one.save(using=using, update_fields=["cursor", "filled"])
    return len(keys)


def _switch(shape: Shape, number: int, using: str) -> None:
    """Index the new generation, let it answer, and drop those before the one that answered until now."""
    backend = backend_for(using)
    with transaction.atomic(using=using):
        begin_reading(using)
        one = _generations(shape, using).select_for_update().get(number=number)
        if one.state != SearchGeneration.BUILDING:
            return
        backend.finish(shape, number)
        for old in _generations(shape, using).filter(state=SearchGeneration.RETIRED):
            _drop(shape, old, using)
        for old in _generations(shape, using).filter(state=SearchGeneration.LIVE):
            SearchChange.objects.using(using).filter(index=queue_of(shape, old.number)).delete()
            old.state = SearchGeneration.RETIRED
            old.save(using=using, update_fields=["state"])
        one.state, one.switched_at = SearchGeneration.LIVE, timezone.now()
        one.save(using=using, update_fields=["state", "switched_at"])
