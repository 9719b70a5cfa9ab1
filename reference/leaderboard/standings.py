"""Rank, percentile and average time of reviewers: one query, every figure computed by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, FloatField, Window
from django.db.models.functions import PercentRank, Rank
from reviews.models import Reviewer

if TYPE_CHECKING:
    from django.db.models import QuerySet

BY_COUNT = (F("review_count").desc(),)


def standings() -> QuerySet[Reviewer]:
    """Reviewers, most reviews first; members with as many share a rank.

    `rank` begins at 1; `percentile` is the part of reviewers with fewer or as many reviews, in percent.
    """
    return (
        Reviewer.objects.filter(review_count__gt=0)
        .select_related("person")
        .only("review_count", "average_seconds", "person__email")
        .annotate(
            rank=Window(Rank(), order_by=BY_COUNT),
            percentile=100.0 - 100.0 * Window(PercentRank(), order_by=BY_COUNT, output_field=FloatField()),
        )
        .order_by(*BY_COUNT, "person_id")
    )
