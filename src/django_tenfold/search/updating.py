"""The worker: takes changes from the outbox and writes the documents anew.

A change is claimed, then a version is drawn, then the rows are read, each in a statement of its own that sees what is
committed by then. So a document of a higher version was read later than every change that a lower one had claimed:
the engine refuses lower versions, and a worker that was slow for an hour overwrites nothing newer. Many workers may
run at once. What is interrupted is rolled back, and its changes are still there. What cannot be made is parked.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connections, router, transaction
from django.db.models import Q

from django_tenfold.search.feeding import ALL
from django_tenfold.search.index import list_indexes, shape_of
from django_tenfold.search.models import SearchChange, SearchGeneration
from django_tenfold.search.parking import park, write_keys
from django_tenfold.search.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django_tenfold.search.index import SearchIndex, Shape

log = logging.getLogger("django_tenfold.search")
CHUNK = 2_000
"""Rows of the outbox that are inserted by one statement."""


def update_indexes() -> int:
    """Bring every index of the settings up to date; the number of changes. For a periodic task or a cron job."""
    return sum(update_index(index) for index in list_indexes())


def update_index(
    index: type[SearchIndex], *, using: str | None = None, halted: Callable[[], bool] = bool
) -> int:
    """Work off what the outbox has now, and what that leads to; the number of changes. `halted` is asked after each
    batch.

    Before the first rebuild changes are dropped: the rebuild reads all rows.
    """
    shape = shape_of(index)
    using = using or router.db_for_write(shape.model)
    total = 0
    while done := _update_batch(shape, _list_queues(shape, using), using):
        total += done
        if halted():
            break
    return total


def update_generation(shape: Shape, number: int, *, using: str) -> None:
    """Work off what workers of another declaration left to this generation."""
    while _update_batch(shape, [queue_of(shape, number)], using):
        pass


def queue_of(shape: Shape, number: int) -> str:
    """What the outbox calls changes that one generation alone has yet to get: see `_hand_over`."""
    return f"{shape.name}@{number}"


def list_changes(shape: Shape, *, using: str) -> Any:
    """All of the index in the outbox, parked ones too."""
    own = Q(index=shape.name) | Q(index__startswith=queue_of(shape, 0)[:-1])
    return SearchChange.objects.using(using).filter(own)


def _list_queues(shape: Shape, using: str) -> list[str]:
    fed = _list_fed(shape, using)
    return [shape.name, *(queue_of(shape, one.number) for one in fed if one.fingerprint == shape.fingerprint)]


def _list_fed(shape: Shape, using: str) -> list[SearchGeneration]:
    states = [SearchGeneration.LIVE, SearchGeneration.BUILDING]
    rows = SearchGeneration.objects.using(using).filter(index=shape.name, state__in=states)
    return [*rows.order_by("number")]


def _update_batch(shape: Shape, queues: list[str], using: str) -> int:
    """How many changes were taken; 0: there are none that no other worker has."""
    size = options().batch_rows
    rows = SearchChange.objects.using(using)
    with transaction.atomic(using=using):
        begin_reading(using)
        skip = connections[using].features.has_select_for_update_skip_locked
        claimed = rows.filter(index__in=queues, reason="").order_by("id")
        changes = list(claimed.select_for_update(skip_locked=skip)[:size] if skip else claimed[:size])
        if not changes:
            return 0
        fed = _list_fed(shape, using)
        generations = [one for one in fed if one.fingerprint == shape.fingerprint]
        if fed and not generations:
            _tell_once(shape.name, fed[-1].number)
            return 0
        if generations:
            _hand_over(shape, changes, [one for one in fed if one not in generations], using=using)
            queue_keys(shape, _expand(shape, generations, changes, using=using), using=using)
            _write(shape, generations, changes, using)
        rows.filter(pk__in=[one.pk for one in changes]).delete()
    return len(changes)


def _hand_over(
    shape: Shape, changes: list[SearchChange], others: list[SearchGeneration], *, using: str
) -> None:
    """While a release is rolled out, workers of two declarations run: each writes to generations of its own alone, and
    leaves the others' changes in the outbox."""
    SearchChange.objects.using(using).bulk_create(
        SearchChange(index=queue_of(shape, other.number), path=one.path, key=one.key)
        for other in others
        for one in changes
        if one.index == shape.name
    )


@cache
def _tell_once(name: str, number: int) -> None:
    """Per process: a following worker comes here each second."""
    log.warning(
        "Generation %d of the search index %s was built from another declaration: changes wait in the outbox for a"
        " worker of that one, or for manage.py search_index rebuild %s",
        number,
        name,
        name,
    )


def _write(
    shape: Shape, generations: list[SearchGeneration], changes: list[SearchChange], using: str
) -> None:
    reasons: dict[Any, str] = {}
    keys = [*{*_read_keys(shape, changes, reasons)}]
    if keys:
        version = draw_version(using)
        reasons |= write_keys(shape, generations, keys, version=version, using=using)
    park(shape, [*keys, *reasons], reasons, using=using)


def begin_reading(using: str) -> None:
    """The first statement of a transaction whose later ones must each see what is committed by then."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not connection.savepoint_ids:
            cursor.execute("set transaction isolation level read committed")
        elif (
            connection.vendor == "sqlite"
        ):  # a write takes the lock at once: one that waits for it later may fail
            cursor.execute(f"delete from {SearchChange._meta.db_table} where id = 0")


def draw_version(using: str) -> int:
    """A number higher than all that were drawn before. From the outbox's own sequence: no table more, and no lock."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id'))", [SearchChange._meta.db_table])
            return int(cursor.fetchone()[0])
    row = SearchChange.objects.using(using).create(index="", path="", key="")
    number = int(row.pk)
    row.delete(using=using)
    return number


def queue_keys(shape: Shape, keys: Iterable[Any], *, using: str) -> int:
    """Write these keys to the outbox; how many."""
    total = 0
    waiting: list[SearchChange] = []
    rows = SearchChange.objects.using(using)
    for key in keys:
        waiting.append(SearchChange(index=shape.name, key=str(key)))
        total += 1
        if len(waiting) >= CHUNK:
            rows.bulk_create(waiting)
            waiting = []
    rows.bulk_create(waiting)
    return total


def _expand(
    shape: Shape, generations: list[SearchGeneration], changes: list[SearchChange], *, using: str
) -> Iterator[Any]:
    """Keys of the documents that refer to rows that changed; of all that differ after a TRUNCATE."""
    from django_tenfold.search.verifying import find_drifts  # which writes to the outbox itself

    for path, key in {(one.path, one.key) for one in changes if one.path}:
        if path == ALL:
            for one in generations:
                yield from (drift.key for drift in find_drifts(shape, one.number, using=using))
            continue
        rows = shape.model._base_manager.using(using).filter(**{f"{path}__pk": key}).order_by()
        yield from rows.values_list("pk", flat=True).iterator(chunk_size=CHUNK)


def _read_keys(shape: Shape, changes: list[SearchChange], reasons: dict[Any, str]) -> Iterator[Any]:
    """Keys of rows of the index itself; a text that is none is given a reason."""
    for one in changes:
        if not one.path:
            try:
                yield shape.key_field.to_python(one.key)
            except ValidationError as error:
                reasons[one.key] = f"This is no key: {error}"
