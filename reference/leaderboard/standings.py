"""Rank, percentile and average time of reviewers: one query, every figure computed by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connections, router
from django.db.models import F, FloatField, Value
from django.db.models.functions import Cast
from django.utils.functional import cached_property
from django_tenfold.api.counts import CountingPaginator, RowCount
from django_tenfold.cache.values import get_or_compute
from django_tenfold.db.figures import Percentile, Rank

from reviews.authors import NAME_FIELDS
from reviews.models import Reviewer

if TYPE_CHECKING:
    from django.db.models import QuerySet

BY_COUNT = (F("review_count").desc(),)
MOST = 10_000
"""Reviewers that are shown: who stands further behind has no place that pages lead to."""


def standings() -> QuerySet[Reviewer]:
    """Reviewers, most reviews first; members with as many share a rank.

    `rank` begins at 1; `percentile` is the part of the others who have fewer or as many reviews, in percent.
    It is computed from rank and total, not by `Standing` (PERCENT_RANK()): that has to see every row before the
    first can be given (1.0 to 3.7 s with 520,000 reviewers), `Rank` reads the index as far as the page goes.
    """
    others = Value(float(max(count_reviewers() - 1, 1)))
    ranked = (
        Reviewer.objects.filter(review_count__gt=0)
        .select_related("person")
        .only("review_count", "average_seconds", *(f"person__{name}" for name in NAME_FIELDS))
        .annotate(rank=Rank("-review_count"))
    )
    behind = (others + 1.0 - Cast("rank", FloatField())) / others
    return ranked.annotate(percentile=100.0 * behind).order_by(*BY_COUNT, "person_id")


def count_reviewers() -> int:
    """Members with a published review, from the cache."""
    return get_or_compute(
        "reviewers",
        Reviewer.objects.filter(review_count__gt=0).count,
        tags=[Reviewer],
        seconds=3600,
        stale=60,
    )


def find_median_seconds() -> float | None:
    """Half of the reviewers take less on average, half of them more. None where the database has no percentiles."""
    if connections[router.db_for_read(Reviewer)].vendor != "postgresql":
        return None
    # Reads all reviewers (0.3 s for half a million): not anew with each review.
    return get_or_compute("median-seconds", _read_median, seconds=3600, stale=3600)


def _read_median() -> float | None:
    return Reviewer.objects.aggregate(median=Percentile("average_seconds", 0.5))["median"]


class StandingsPaginator(CountingPaginator):
    """With page numbers: to seek by key would leave out the rows before, which ranks are counted from."""

    @cached_property
    def row_count(self) -> RowCount:
        number = count_reviewers()
        return RowCount(MOST, "capped") if number > MOST else RowCount(number, "exact")
