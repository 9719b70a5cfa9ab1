"""Pages of the API: by key where lists are long, so that the thousandth page costs what the first does."""

from __future__ import annotations

from rest_framework.pagination import CursorPagination, PageNumberPagination

MOST = 100
"""Rows of a page, whatever the address asks for."""


class ByKey(CursorPagination):
    page_size = 25
    page_size_query_param = "size"
    max_page_size = MOST


class ProductsByKey(ByKey):
    ordering = ("name", "id")


class ReviewsByKey(ByKey):
    ordering = ("-submitted_at", "-id")


class ByNumber(PageNumberPagination):
    """For ranks: the place in the list is what it is about."""

    page_size = 25
    page_size_query_param = "size"
    max_page_size = MOST
