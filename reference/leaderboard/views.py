"""The page of the leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.generic import ListView

from bazaar.public_pages import CachedForVisitors
from leaderboard.standings import StandingsPaginator, standings

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from reviews.models import Reviewer


class Leaderboard(CachedForVisitors, ListView):
    template_name = "leaderboard/leaderboard.html"
    context_object_name = "reviewers"
    paginate_by = 25
    paginator_class = StandingsPaginator

    def get_queryset(self) -> QuerySet[Reviewer]:
        return standings()
