"""Keyset pages for class-based lists.

    class Reviews(KeysetListMixin, ListView):
        model = Review
        ordering = ("-created",)
        paginate_by = 20

`page_obj` has `next`, `previous` and `last`, cursors for `?cursor=`; `page_links` has whole query strings that keep
the other parameters. A cursor that cannot be followed is answered with 400 and its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponseBadRequest

from django_tenfold.api.keyset.cursor import BadCursor
from django_tenfold.api.keyset.paginator import KeysetPage, KeysetPaginator

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse, QueryDict


class KeysetListMixin:
    """Before ListView (or what else has MultipleObjectMixin); needs `paginate_by` and an order."""

    cursor_kwarg = "cursor"
    cursor_max_age: float | None = None
    """Seconds that a cursor is good for; None for ever."""

    def get(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        try:
            return super().get(request, *args, **named)  # type: ignore[misc]
        except BadCursor as problem:
            return HttpResponseBadRequest(str(problem), content_type="text/plain; charset=utf-8")

    def paginate_queryset(
        self, queryset: QuerySet[Any], page_size: int
    ) -> tuple[KeysetPaginator, KeysetPage, list[Any], bool]:
        paginator = KeysetPaginator(queryset, per_page=page_size, max_age=self.cursor_max_age)
        page = paginator.page(self.request.GET.get(self.cursor_kwarg))  # type: ignore[attr-defined]
        return paginator, page, page.rows, page.has_other_pages()

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**named)  # type: ignore[misc]
        page = context.get("page_obj")
        if isinstance(page, KeysetPage):
            context["page_links"] = page_links(
                page,
                self.request.GET,  # type: ignore[attr-defined]
                self.cursor_kwarg,
            )
        return context


def page_links(page: KeysetPage, asked: QueryDict, name: str = "cursor") -> dict[str, str | None]:
    """Query strings of "first", "previous", "next" and "last" with what else was asked; None where there is none."""
    others = asked.copy()
    others.pop(name, None)
    plain = others.urlencode()

    def link(cursor: str | None) -> str | None:
        if cursor is None:
            return None
        others[name] = cursor
        return f"?{others.urlencode()}"

    return {
        "first": f"?{plain}",
        "previous": link(page.previous),
        "next": link(page.next),
        "last": link(page.last),
    }
