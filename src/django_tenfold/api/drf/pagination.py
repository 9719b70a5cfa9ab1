"""Keyset pages for Django REST framework: in the place of CursorPagination, with the same answers.

    REST_FRAMEWORK = {"DEFAULT_PAGINATION_CLASS": "django_tenfold.api.drf.pagination.KeysetPagination", "PAGE_SIZE": 50}

Unlike CursorPagination it takes NULLs, mixed directions, orders by related columns and any number of ties, signs
its cursors, and seeks by row value. `ordering` may be None: the queryset's order counts then. A cursor that cannot
be followed is answered with 400 and its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import ParseError
from rest_framework.pagination import CursorPagination
from rest_framework.utils.urls import replace_query_param

from django_tenfold.api.counts import count_rows
from django_tenfold.api.keyset.cursor import BadCursor
from django_tenfold.api.keyset.paginator import KeysetPaginator

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response

    from django_tenfold.api.keyset.paginator import KeysetPage


class KeysetPagination(CursorPagination):
    """`{"next": ..., "previous": ..., "results": [...]}`; with `count_mode`, "count" and "count_method" too."""

    ordering: Any = None
    """Names, as `QuerySet.order_by` takes them; None for the order of the queryset or of a filter backend."""
    max_age: float | None = None
    """Seconds that a cursor is good for; None for ever."""
    count_mode = ""
    """A mode of `count_rows` to tell the number of rows by; empty tells none."""

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any] | None:
        self.request = request
        self.page_size = self.get_page_size(request)
        if not self.page_size:
            return None
        self.base_url = request.build_absolute_uri()
        self.ordering = self.get_ordering(request, queryset, view)
        try:
            paginator = KeysetPaginator(
                queryset, order_by=self.ordering, per_page=self.page_size, max_age=self.max_age
            )
        except TypeError as problem:
            if _asks_for_order(request, view):
                raise ParseError("This list cannot be paged in that order.", code="order") from problem
            raise
        try:
            self.page: KeysetPage = paginator.page(request.query_params.get(self.cursor_query_param))
        except BadCursor as problem:
            raise ParseError(str(problem), code=problem.reason.replace(" ", "_")) from problem
        self.count = count_rows(queryset, mode=self.count_mode) if self.count_mode else None
        self.has_next, self.has_previous = self.page.has_next(), self.page.has_previous()
        return self.page.rows

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[Any, ...]:
        """The filter backend's order, else `ordering`; empty for the queryset's own."""
        for backend in getattr(view, "filter_backends", ()):
            if hasattr(backend, "get_ordering"):
                told = backend().get_ordering(request, queryset, view)
                if told:
                    return (told,) if isinstance(told, str) else tuple(told)
        if self.ordering is None:
            return ()
        return (self.ordering,) if isinstance(self.ordering, str) else tuple(self.ordering)

    def get_next_link(self) -> str | None:
        return self._link(self.page.next)

    def get_previous_link(self) -> str | None:
        return self._link(self.page.previous)

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        link: str = replace_query_param(self.base_url, self.cursor_query_param, cursor)
        return link

    def get_paginated_response(self, data: Any) -> Response:
        answer: Response = super().get_paginated_response(data)
        if self.count is not None:
            answer.data = {"count": self.count.number, "count_method": self.count.method, **answer.data}
        return answer

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        if self.count_mode:
            described["properties"]["count"] = {"type": "integer"}
            described["properties"]["count_method"] = {
                "type": "string",
                "enum": ["exact", "capped", "estimate"],
            }
        return described


def _asks_for_order(request: Request, view: Any) -> bool:
    """Whether the order is the client's: of a parameter that a filter backend reads."""
    names = (getattr(backend, "ordering_param", None) for backend in getattr(view, "filter_backends", ()))
    return any(name in request.query_params for name in names if name)
