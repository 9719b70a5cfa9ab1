"""Runs a read: one statement for the rows, one more for each nested list, no instance of any model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import QuerySet
from django.db.models.query import BaseIterable

from django_tenfold.api.compiling.shape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_tenfold.api.compiling.shape import Context, Many
    from django_tenfold.api.rows.bind import Bound

_CHUNK = 2_000
"""Rows fetched from the driver at once; it has them all already."""
_MOST = 65_535
"""Parameters that PostgreSQL takes where the server binds them: Django 5.2 does not say so."""


def read(bound: Bound, context: Context) -> list[Any]:
    """What the shape says of every row, in order."""
    rows = [*fetch(bound.queryset, bound.columns)]
    return finish(bound, rows, context)


def finish(bound: Bound, rows: list[tuple[Any, ...]], context: Context) -> list[Any]:
    """`rows` have the columns of `bound`, as `as_rows` gives them."""
    if bound.extra:
        width = len(bound.plan.emitter.columns)
        rows = [tuple(row[:width]) for row in rows]
    columns = bound.plan.emitter.columns
    lists = [
        _read_lists(
            child,
            many,
            [row[columns.index(many.key)] for row in rows],
            context=context,
            using=bound.queryset.db,
        )
        for many, child in zip(bound.plan.emitter.lists, bound.children, strict=True)
    ]
    return bound.plan.emitter.emit(rows, context, lists)


def fetch(queryset: Any, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """The queryset's rows as tuples; none of the queryset's own methods is called."""
    values = choose_columns(queryset, columns)
    compiler = values.query.get_compiler(values.db)
    found: Iterator[tuple[Any, ...]] = compiler.results_iter(tuple_expected=True, chunk_size=_CHUNK)
    return found


def choose_columns(queryset: Any, columns: tuple[str, ...]) -> Any:
    """A plain queryset of the same rows, with these columns."""
    plain = QuerySet(queryset.model, query=queryset.query.chain(), using=queryset._db, hints=queryset._hints)
    return plain.values_list(*columns)


def _read_lists(
    child: Bound, many: Many, keys: list[Any], *, context: Context, using: str
) -> dict[Any, list[Any]]:
    """The children of all parents, by the parent's key, each list in the order of the children's queryset."""
    wanted = [*dict.fromkeys(key for key in keys if key is not None)]
    queryset = child.queryset if child.queryset._db else child.queryset.using(using)
    found: list[tuple[Any, ...]] = []
    for some in _split(wanted, connections[queryset.db].features.max_query_params):
        found += fetch(queryset.filter(**{f"{many.back}__in": some}), (*child.columns, many.back))
    owners = [row[-1] for row in found]
    if not set(owners) <= set(wanted):
        raise RefusedError(
            f"the database finds keys of {many.steps} alike that differ (a collation may do so)"
        )
    made: dict[Any, list[Any]] = {}
    for owner, one in zip(owners, finish(child, [row[:-1] for row in found], context), strict=True):
        made.setdefault(owner, []).append(one)
    return made


def _split(keys: list[Any], most: int | None) -> Iterator[list[Any]]:
    """Django's limit for the database, None for none; the queryset may have parameters of its own."""
    size = max(min(most or _MOST, _MOST) - 100, 1)
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def as_rows(bound: Bound, named: type[tuple[Any, ...]] | None = None) -> Any:
    """The queryset once more, which gives tuples of the columns of `bound` (of class `named`) where it gave instances.

    Everything else about it is as it was: it is counted, filtered, ordered and sliced as before, by paginators too.
    """
    clone = bound.queryset._chain()
    clone._iterable_class = type("Rows", (_Rows,), {"columns": bound.columns, "named": named})
    return clone


class _Rows(BaseIterable):
    columns: tuple[str, ...] = ()
    named: type[tuple[Any, ...]] | None = None

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        found = fetch(self.queryset, self.columns)
        return found if self.named is None else map(self.named, found)
