"""Conditions on a row's own columns, as SQL that a trigger can ask of the rows that a statement changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import FullResultSet
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet


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
    try:
        sql, values = compiler.compile(query.where)
    except FullResultSet:
        return ""
    return str(connection.ops.compose_sql(sql, values)) if values else str(sql).replace("%%", "%")
