"""What makes the rows of a query others when a condition is added: joins that repeat rows, and windows.

A join against a to-many relation gives a row for each that it meets, and a condition of its own joins once more: no
key tells such rows apart. A window function is computed of the rows that a condition leaves: a part of them is
numbered from 1 again.
"""

from __future__ import annotations

from typing import Any

from django.db.models.expressions import Col
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.sql import Query


def has_windows(query: Any) -> bool:
    """Whether an annotation or a condition of the query is of a window function."""
    return bool(query.where.contains_over_clause) or any(
        one.contains_over_clause for one in query.annotations.values()
    )


def repeats_rows(query: Any) -> bool:
    """Whether the query joins a to-many relation."""
    return any(query.alias_refcount[alias] and _is_to_many(join) for alias, join in query.alias_map.items())


def reaches_many(expression: Any, query: Any, *, annotated: bool = False) -> bool:
    """Whether a resolved expression reads a to-many relation by a join, or an annotation in it where `annotated`."""
    given = not annotated and any(expression is one for one in query.annotations.values())
    if given or isinstance(expression, Query):
        return False
    if isinstance(expression, Col):
        return _is_far(expression.alias, query)
    inner: list[Any] = getattr(expression, "get_source_expressions", list)()
    return any(reaches_many(one, query, annotated=annotated) for one in inner if one is not None)


def _is_far(alias: str, query: Any) -> bool:
    join = query.alias_map.get(alias)
    while join is not None:
        if _is_to_many(join):
            return True
        join = query.alias_map.get(getattr(join, "parent_alias", None))
    return False


def _is_to_many(join: Any) -> bool:
    field = getattr(join, "join_field", None)
    return isinstance(field, ForeignObjectRel) and not field.one_to_one
