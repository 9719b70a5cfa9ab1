"""What stands after a row, as ranges that an index serves one after the other.

`WHERE a < 5 OR (a = 5 AND b < 3)`, as it is mostly written, makes PostgreSQL filter every row from the start of the
index: slower than OFFSET. The row value `(a, b) < (5, 3)` is a place in the index. It needs keys that run the same
way and hold no NULL; where they do not, the rows after a place are several ranges, each an equality on the keys
before and one such comparison, in the order of the page:

    ORDER BY a DESC, b ASC     ->  a = 5 AND b > 3,  then a < 5
    ORDER BY a ASC NULLS LAST  ->  (a, id) > (5, 7), then a IS NULL

A page asks the next range only when the one before has too few rows. Databases that do not seek by row values
(MySQL reads them all, https://bugs.mysql.com/bug.php?id=16247; SQLite in Django 5.2 has no such lookup) get the OR
form with the bound on the first key, `a <= 5 AND (a < 5 OR ...)`, which an index can use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_tenfold.api.keyset.order import Key


def seeks_row_values(connection: Any) -> bool:
    """Whether the database finds the place of a row value in an index."""
    return bool(connection.features.supports_tuple_lookups) and connection.vendor != "mysql"


def find_ranges(keys: Sequence[Key], values: Sequence[Any], *, row_values: bool) -> list[list[Any]]:
    """The ranges strictly after the place `values`, in order; each is a list of conditions that all hold."""
    if not keys:
        return []
    first, place = keys[0], values[0]
    if place is None:
        inner = find_ranges(keys[1:], values[1:], row_values=row_values)
        found = [[IsNull(first.expression, True), *one] for one in inner]
        return [*found, [IsNull(first.expression, False)]] if first.nulls_first else found
    length = _run_length(keys)
    run, rest = keys[:length], keys[length:]
    same = [Exact(key.expression, _place(key, value)) for key, value in zip(run, values, strict=False)]
    found = [[*same, *one] for one in find_ranges(rest, values[length:], row_values=row_values)]
    found.append(_compare(run, values[:length], row_values=row_values))
    if first.nullable and not first.nulls_first:
        found.append([IsNull(first.expression, True)])
    return found


def _run_length(keys: Sequence[Key]) -> int:
    """How many keys from the first one comparison can take: one direction, no NULL but in the first."""
    length = 1
    while length < len(keys) and keys[length].descending == keys[0].descending and not keys[length].nullable:
        length += 1
    return length


def _compare(run: Sequence[Key], values: Sequence[Any], *, row_values: bool) -> list[Any]:
    less = run[0].descending
    strict, bound = (LessThan, LessThanOrEqual) if less else (GreaterThan, GreaterThanOrEqual)
    places = [_place(key, value) for key, value in zip(run, values, strict=True)]
    expressions = [key.expression for key in run]
    if len(run) == 1:
        return [strict(expressions[0], places[0])]
    if row_values:
        lookup = TupleLessThan if less else TupleGreaterThan
        return [lookup(Tuple(*expressions), tuple(places))]
    condition = Q(strict(expressions[-1], places[-1]))
    for expression, place in zip(expressions[-2::-1], places[-2::-1], strict=True):
        condition = Q(strict(expression, place)) | (Q(Exact(expression, place)) & condition)
    return [bound(expressions[0], places[0]), condition]


def _place(key: Key, value: Any) -> Value:
    return Value(value, output_field=key.field)
