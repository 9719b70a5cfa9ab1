"""Keyset pages and cheap counts in the admin.

    @admin.register(Review)
    class ReviewAdmin(KeysetAdminMixin, admin.ModelAdmin):
        ordering = ("-created",)

The change list leads by first, previous, next and last in the place of page numbers. It is counted by `count_mode`
and the whole table not at all (`show_full_result_count`). Order, filters, search, actions and editable lists work
as ever. A cursor that cannot be followed leads to the first page, with its reason as a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect

from django_tenfold.api.counts import CAP, count_rows
from django_tenfold.api.keyset.cursor import BadCursor
from django_tenfold.api.keyset.paginator import KeysetPaginator
from django_tenfold.api.pages import page_links

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

CURSOR = "_cursor"
"""As the admin names its own parameters: no field begins with an underscore."""


class KeysetChangeList(ChangeList):
    """A change list whose pages are found by key."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        # The form of the search repeats `params`: it would look on from the middle of what was found before.
        self.params.pop(CURSOR, None)
        self.filter_params.pop(CURSOR, None)

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(CURSOR, None)
        return found

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Links to another order or filter lead to its first page."""
        told: str = super().get_query_string(new_params, [*(remove or ()), CURSOR])
        return told

    def get_results(self, request: HttpRequest) -> None:
        """Sets what ChangeList.get_results sets, and `keyset_links` and `row_count`."""
        self.row_count = count_rows(
            self.queryset, mode=self.model_admin.count_mode, cap=self.model_admin.count_cap
        )
        self.result_count = self.row_count.number
        self.can_show_all = self.row_count.method != "capped" and self.result_count <= self.list_max_show_all
        self.show_full_result_count = False
        self.full_result_count = None
        self.show_admin_actions = True
        self.keyset_links: dict[str, str | None] = {}
        self.result_list = self.queryset._clone()
        if self.show_all and self.can_show_all:
            self.multi_page = self.result_count > self.list_per_page
        else:
            page = KeysetPaginator(self.queryset, per_page=self.list_per_page).page(request.GET.get(CURSOR))
            self.multi_page = page.has_other_pages()
            self.result_list._result_cache = page.rows  # a queryset, as formsets of editable lists need one
            self.keyset_links = page_links(page, request.GET, CURSOR)
        self.paginator = Paginator(self.result_list, self.list_per_page)  # for templates that ask for one


class KeysetAdminMixin:
    """Before ModelAdmin."""

    change_list_template = "tenfold_api/change_list.html"
    show_full_result_count = False
    count_mode = "auto"
    """How rows are counted: a mode of `count_rows`."""
    count_cap = CAP

    def get_changelist(self, request: HttpRequest, **named: Any) -> type[ChangeList]:
        return KeysetChangeList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)  # type: ignore[misc]
        except BadCursor as problem:
            messages.warning(request, str(problem))
            others = request.GET.copy()
            others.pop(CURSOR, None)
            return HttpResponseRedirect(f"{request.path}?{others.urlencode()}")
