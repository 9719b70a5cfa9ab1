"""The page of the leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.views.generic import ListView

from bazaar.pagination import CountedPaginator
from bazaar.public_pages import CachedForVisitors
from leaderboard.standings import count_shown, standings

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from reviews.models import Reviewer


class Leaderboard(CachedForVisitors, ListView):
    template_name = "leaderboard/leaderboard.html"
    context_object_name = "reviewers"
    paginate_by = 25

    def get_queryset(self) -> QuerySet[Reviewer]:
        return standings()

    def get_paginator(self, *arguments: Any, **named: Any) -> CountedPaginator:
        return CountedPaginator(*arguments, rows=count_shown(), **named)
