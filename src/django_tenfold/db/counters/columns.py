"""Columns that follow counters: what lists are sorted by, which no number in another table can be.

    Counter("reviews_of_product", "shop.Review", by="product", column="shop.Product.review_count")

A roll-up brings the column of each row whose number changed up to date, in its own transaction: the column is what
the counter was at the last roll-up, and an index on it serves ORDER BY. Counters with columns of one model are
rolled up in one moment, so that a sum and a count of one row belong together. Where the database keeps no counters
a roll-up counts the rows.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import connections

from django_tenfold.db.counters.declaring import is_kept
from django_tenfold.db.counters.triggers import VALUES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from django_tenfold.db.counters.declaring import Counter

NAMED = 100
"""Rows that one statement names by their keys."""
MOST_NAMED = 2_000
"""Rows; of more, one statement finds those that differ by itself."""


def group_counters(counters: Iterable[Counter]) -> Iterator[tuple[Counter, ...]]:
    """Those with columns of one model together, each other one alone."""
    known = [*counters]
    yield from ((one,) for one in known if not one.column)
    followed = sorted((one for one in known if one.column), key=_model_of)
    yield from (tuple(group) for _, group in groupby(followed, key=_model_of))


def write_columns(counters: Sequence[Counter], keys: Collection[str], *, using: str) -> None:
    """Bring the rows with these keys up to date, all columns of a row in one statement."""
    if len(keys) > MOST_NAMED:
        mend_columns(counters, using=using)
        return
    connection = connections[using]
    quote, meta = connection.ops.quote_name, counters[0].followed[0]._meta
    held = counters[0].followed_key
    table, key = quote(meta.db_table), quote(held.column)
    # Only the last WHERE is written large: the statement names its rows as those of Django do, and who watches
    # statements (the cache block) sees which ones it changes.
    values = [
        f"{quote(one.followed[1].column)} = coalesce((select value from {VALUES}"
        f" where counter = %s and key = {table}.{key}::text), 0)"
        for one in counters
    ]
    names = [one.name for one in counters]
    read = held.target_field.to_python if held.is_relation else held.to_python
    wanted = sorted(map(read, keys))
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), NAMED):
            named = wanted[start : start + NAMED]
            places = ", ".join(["%s"] * len(named))
            cursor.execute(
                f"UPDATE {table} SET {', '.join(values)} WHERE {table}.{key} IN ({places})", [*names, *named]
            )


def mend_columns(counters: Sequence[Counter], *, using: str) -> int:
    """Correct every row that is not what its counters were at the last roll-up; how many. Reads the whole table."""
    if not is_kept(using):
        return _recount(counters, using)
    connection = connections[using]
    quote, meta = connection.ops.quote_name, counters[0].followed[0]._meta
    table, key = quote(meta.db_table), quote(counters[0].followed_key.column)
    columns = [quote(one.followed[1].column) for one in counters]
    changes = ", ".join(f"{column} = known.v{at}" for at, column in enumerate(columns))
    now = ", ".join(f"{table}.{column}" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {table} set {changes} from ({_known(counters, connection)}) known where known.pk = {table}.{key}"
            f" and ({now}) is distinct from ({', '.join(f'known.v{at}' for at in range(len(columns)))})",
            {"names": [one.name for one in counters], **_names(counters)},
        )
        return int(cursor.rowcount)


def find_column_drifts(counter: Counter, *, using: str) -> Iterator[tuple[str, int, int]]:
    """(key, in the column, at the last roll-up) of every row where the two differ. Reads the whole table."""
    connection = connections[using]
    column = connection.ops.quote_name(counter.followed[1].column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select known.pk, known.{column}, known.v0"
            f" from ({_known([counter], connection, with_columns=True)}) known where known.{column} <> known.v0",
            {"names": [counter.name], **_names([counter])},
        )
        yield from ((str(key), int(kept), int(counted)) for key, kept, counted in cursor.fetchall())


def _known(
    counters: Sequence[Counter], connection: BaseDatabaseWrapper, *, with_columns: bool = False
) -> str:
    """A row for each of the followed table: its key as `pk`, and what its counters were at the last roll-up."""
    quote, meta = connection.ops.quote_name, counters[0].followed[0]._meta
    key = quote(counters[0].followed_key.column)
    sums = ", ".join(
        f"max(value) filter (where counter = %(name{at})s) as v{at}" for at in range(len(counters))
    )
    values = ", ".join(f"coalesce(v{at}, 0) as v{at}" for at in range(len(counters)))
    own = "".join(f", t.{quote(one.followed[1].column)}" for one in counters) if with_columns else ""
    return (
        f"select t.{key} as pk, {values}{own} from {quote(meta.db_table)} t left join ("
        f"select key, {sums} from {VALUES} where counter = any(%(names)s) group by key) k on k.key = t.{key}::text"
    )


def _names(counters: Sequence[Counter]) -> dict[str, str]:
    return {f"name{at}": one.name for at, one in enumerate(counters)}


def _recount(counters: Sequence[Counter], using: str) -> int:
    """By the rows themselves, where the database keeps no counters."""
    model = counters[0].followed[0]
    numbers: dict[str, Any] = {
        one.followed[1].name: one.of(one.followed_key.attname, using=using) for one in counters
    }
    return int(model._base_manager.using(using).exclude(**numbers).update(**numbers))


def _model_of(counter: Counter) -> tuple[str, str]:
    """And the key: rows are found by one."""
    return counter.column.rpartition(".")[0].lower(), str(counter.followed_key.column)
