"""Conditions on a row's own columns, as SQL that a trigger can ask of the rows that a statement changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.models import Subquery
from django.db.models.functions import Now, Random
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.where import WhereNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

CHANGING = (Now, Random)
"""Of another value each time, for the same row."""


def compile_condition(rows: QuerySet[Any], connection: BaseDatabaseWrapper, *, of: str) -> str:
    """The queryset's WHERE with its values in place, in which the table is called by its own name; "" for all rows.

    `of` names what is declared, for the ValueError that a condition on another table raises.
    """
    query = rows.values("pk").query  # an inherited model's other columns would be a second table
    compiler = SQLCompiler(query, connection, connection.alias)
    compiler.pre_sql_setup()
    if len([name for name, count in query.alias_refcount.items() if count]) > 1:
        raise ValueError(
            f"{of}: its condition reads another table, and a trigger sees the changed row alone."
            f" Name columns of {rows.model._meta.label} only."
        )
    for part in _walk(query.where):
        if isinstance(part, (Query, Subquery)):
            raise ValueError(
                f"{of}: its condition holds a query, and a trigger sees the changed row alone."
                f" Name columns of {rows.model._meta.label} only."
            )
        if isinstance(part, CHANGING):
            raise ValueError(
                f"{of}: its condition asks for {type(part).__name__}(), and rows that come to meet it by the clock are"
                " written by nobody, so no trigger sees them. Compare columns with values."
            )
    try:
        sql, values = compiler.compile(query.where)
    except FullResultSet:
        return ""
    except EmptyResultSet:
        raise ValueError(f"{of}: no row can meet its condition.") from None
    return str(connection.ops.compose_sql(sql, values)) if values else str(sql).replace("%%", "%")


def _walk(part: Any) -> Iterator[Any]:
    yield part
    inner = part.children if isinstance(part, WhereNode) else ()
    if hasattr(part, "get_source_expressions") and not isinstance(part, (Query, WhereNode)):
        inner = part.get_source_expressions()
    for one in inner:
        if one is not None:
            yield from _walk(one)
