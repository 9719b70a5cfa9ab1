"""Pages of the API: by key where lists are long, so that the thousandth page costs what the first does."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import CursorPagination, PageNumberPagination

from bazaar.pagination import CountedPaginator
from leaderboard.standings import count_shown

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


class RankedPaginator(CountedPaginator):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, rows=count_shown(), **named)


class ByRank(PageNumberPagination):
    """For the leaderboard: the place in the list is what it is about."""

    django_paginator_class = RankedPaginator

    page_size = 25
    page_size_query_param = "size"
    max_page_size = MOST
