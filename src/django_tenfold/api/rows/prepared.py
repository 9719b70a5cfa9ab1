"""A read whose statement is written once: a list that never changes its question pays for the answer alone.

Django writes the SQL of a queryset anew for each request, which for 20 rows takes more than all else. What the queryset
says is settled when it is prepared: a date in a filter stays the date of that day.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.http import HttpResponse

from django_tenfold.api.compiling.shape import Context, RefusedError
from django_tenfold.api.compiling.values import is_utc
from django_tenfold.api.rows.encoder import encode
from django_tenfold.api.rows.query import choose_columns, finish
from django_tenfold.api.rows.sql import compile_sql
from django_tenfold.api.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.rows.bind import Bound


class PreparedRead:
    """Made once, at import or first use; any thread may read with it. No query is made before the first read."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._in_sql: dict[bool, tuple[str, tuple[Any, ...]] | None] = {}

    def rows(self, *, request: Any = None) -> list[Any]:
        return finish(self._bound, self._fetch(), Context(request))

    def render(self, *, request: Any = None, how: str = "") -> bytes:
        """See ReadSerializer.render."""
        if (how or options().render) == "sql" and (statement := self._find_sql()) is not None:
            text: str = self._execute(*statement)[0][0]
            return text.encode()
        return encode(self.rows(request=request))

    def respond(self, *, request: Any = None, how: str = "") -> HttpResponse:
        return HttpResponse(self.render(request=request, how=how), content_type="application/json")

    def _fetch(self) -> list[Any]:
        if self._statement is None:
            return []
        sql, parameters, converters = self._statement
        rows = self._execute(sql, parameters)
        if not converters:
            return rows
        connection = connections[self._bound.queryset.db]
        return [_convert([*row], converters, connection) for row in rows]

    def _execute(self, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
        with connections[self._bound.queryset.db].cursor() as cursor:
            cursor.execute(sql, parameters)
            found: list[Any] = cursor.fetchall()
        return found

    @cached_property
    def _statement(self) -> tuple[str, tuple[Any, ...], list[Any]] | None:
        """SQL, parameters, and Django's converters by place; None where there can be no row."""
        values = choose_columns(self._bound.queryset, self._bound.columns)
        compiler = values.query.get_compiler(values.db)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None
        columns = [one for one, _, _ in compiler.select[: compiler.col_count]]
        return (
            sql,
            tuple(parameters),
            [(place, *told) for place, told in compiler.get_converters(columns).items()],
        )

    def _find_sql(self) -> tuple[str, tuple[Any, ...]] | None:
        """The statement that answers with JSON in the current time zone; None where there is none."""
        utc = is_utc(Context().zone)
        if utc not in self._in_sql:
            try:
                self._in_sql[utc] = compile_sql(self._bound, Context())
            except RefusedError:
                self._in_sql[utc] = None
        return self._in_sql[utc]


def _convert(
    row: list[Any], converters: list[tuple[int, list[Callable[..., Any]], Any]], connection: Any
) -> list[Any]:
    for place, functions, expression in converters:
        for function in functions:
            row[place] = function(row[place], expression, connection)
    return row
