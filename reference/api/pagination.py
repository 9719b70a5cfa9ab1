"""Pages of the API: by key where lists are long, so that the thousandth page costs what the first does."""

from __future__ import annotations

from django_tenfold.api.drf.pagination import KeysetPagination
from rest_framework.pagination import PageNumberPagination

from leaderboard.standings import StandingsPaginator

MOST = 100
"""Rows of a page, whatever the address asks for."""


class ByKey(KeysetPagination):
    """In the order of the queryset."""

    page_size = 25
    page_size_query_param = "size"
    max_page_size = MOST


class ByRank(PageNumberPagination):
    """For the leaderboard: the place in the list is what it is about."""

    django_paginator_class = StandingsPaginator
    page_size = 25
    page_size_query_param = "size"
    max_page_size = MOST
