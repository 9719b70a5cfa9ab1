"""Keyset pages for django-ninja.

    @api.get("/reviews", response=list[ReviewOut])
    @paginate(KeysetPagination, ordering=("-created",), page_size=50)
    def list_reviews(request): ...

Answers as django-ninja's CursorPagination does: `next` and `previous` are whole addresses or null. It takes NULLs,
mixed directions and any number of ties, signs its cursors, and seeks by row value. A cursor that cannot be followed
is answered with 400 and its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from ninja import Field, Schema
from ninja.conf import settings
from ninja.errors import HttpError
from ninja.pagination import AsyncPaginationBase

from django_tenfold.api.keyset.cursor import BadCursor
from django_tenfold.api.keyset.paginator import KeysetPaginator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.api.keyset.paginator import KeysetPage


class KeysetPagination(AsyncPaginationBase):
    """`ordering` as `QuerySet.order_by` takes it, None for the queryset's own; `max_age` in seconds, None for ever."""

    items_attribute = "results"

    class Input(Schema):
        page_size: int | None = Field(None, ge=1)
        cursor: str | None = None

    class Output(Schema):
        next: str | None
        previous: str | None
        results: list[Any]

    def __init__(
        self,
        *,
        ordering: Iterable[Any] | str | None = None,
        page_size: int = settings.PAGINATION_PER_PAGE,
        max_page_size: int = settings.PAGINATION_MAX_PER_PAGE_SIZE,
        max_age: float | None = None,
        **named: Any,
    ) -> None:
        super().__init__(**named)
        self.ordering = ordering
        self.page_size = page_size
        self.max_page_size = max_page_size
        self.max_age = max_age

    def paginate_queryset(self, queryset: Any, pagination: Any, request: Any, **_: Any) -> Any:
        try:
            page = self._find_paginator(queryset, pagination).page(pagination.cursor)
        except BadCursor as problem:
            raise HttpError(400, str(problem)) from problem
        return self._describe(page, request)

    async def apaginate_queryset(self, queryset: Any, pagination: Any, request: Any, **_: Any) -> Any:
        try:
            page = await self._find_paginator(queryset, pagination).apage(pagination.cursor)
        except BadCursor as problem:
            raise HttpError(400, str(problem)) from problem
        return self._describe(page, request)

    def _find_paginator(self, queryset: Any, asked: Any) -> KeysetPaginator:
        size = self.page_size if asked.page_size is None else min(asked.page_size, self.max_page_size)
        return KeysetPaginator(queryset, order_by=self.ordering, per_page=size, max_age=self.max_age)

    def _describe(self, page: KeysetPage, request: Any) -> dict[str, Any]:
        address = request.build_absolute_uri()
        return {
            "next": _find_address(address, request, page.next),
            "previous": _find_address(address, request, page.previous),
            self.items_attribute: page.rows,
        }


def _find_address(address: str, request: Any, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    asked = request.GET.copy()
    asked["cursor"] = cursor
    parts = urlsplit(address)
    query = urlencode(sorted(asked.lists()), doseq=True)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))
