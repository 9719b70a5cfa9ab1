"""The page of the leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.views.generic import ListView
from django_tenfold.cache.pages import CachedPage

from leaderboard.standings import StandingsPaginator, find_median_seconds, standings
from reviews.models import Reviewer

if TYPE_CHECKING:
    from django.db.models import QuerySet


class Leaderboard(CachedPage, ListView):
    template_name = "leaderboard/leaderboard.html"
    cache_page = {"seconds": 300, "stale": 60, "tags": [Reviewer], "query": ["page"]}
    context_object_name = "reviewers"
    paginate_by = 25
    paginator_class = StandingsPaginator

    def get_queryset(self) -> QuerySet[Reviewer]:
        return standings()

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        return super().get_context_data(median=find_median_seconds, **named)
