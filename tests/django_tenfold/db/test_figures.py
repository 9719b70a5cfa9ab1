from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import NotSupportedError
from django.db.models import F, Value

from django_tenfold.db.figures import Percentile, Rank, Seconds, Standing
from tests.django_site.goods.models import Shelf, Thing

pytestmark = pytest.mark.usefixtures("sqlite_database")
NOW = datetime(2026, 1, 31, 23, 59, 58, 750_000, tzinfo=UTC)


def stock(*counts: int, shelf: Shelf | None = None) -> None:
    Thing.objects.bulk_create(Thing(name=f"{count}", count=count, shelf=shelf) for count in counts)


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.25, 59.999, 86_400.0, 31_536_000.125, -3.25])
def test_seconds_between_two_moments_keep_their_fraction(seconds: float) -> None:
    stock(1)
    end = NOW + timedelta(seconds=seconds)
    found = Thing.objects.annotate(taken=Seconds(Value(NOW), Value(end))).get()
    assert found.taken == pytest.approx(seconds, abs=0.002)


def test_seconds_without_an_end_are_unknown() -> None:
    stock(1)
    assert Thing.objects.annotate(taken=Seconds(F("changed"), Value(None))).get().taken is None


def test_equal_ones_share_a_rank_and_leave_a_gap() -> None:
    stock(5, 9, 5, 1)
    ranked = Thing.objects.annotate(rank=Rank("-count")).order_by("rank", "pk")
    assert [(one.count, one.rank) for one in ranked] == [(9, 1), (5, 2), (5, 2), (1, 4)]


def test_a_standing_is_the_share_of_those_behind() -> None:
    stock(*range(5))
    found = Thing.objects.annotate(ahead_of=Standing("-count")).order_by("-count")
    assert [one.ahead_of for one in found] == [1.0, 0.75, 0.5, 0.25, 0.0]


def test_ranks_begin_anew_in_each_group() -> None:
    for name in ("top", "low"):
        stock(1, 2, shelf=Shelf.objects.create(name=name))
    found = Thing.objects.annotate(rank=Rank("-count", by="shelf")).order_by("shelf", "rank")
    assert [one.rank for one in found] == [1, 2, 1, 2]


def test_a_percentile_that_the_database_lacks_is_refused_with_another_way() -> None:
    with pytest.raises(NotSupportedError, match=r"histogram"):
        Thing.objects.aggregate(p=Percentile("count", 0.5))


@pytest.mark.parametrize("fraction", [-0.1, 1.5, 95])
def test_a_percentile_is_a_fraction(fraction: float) -> None:
    with pytest.raises(ValueError, match=r"from 0 to 1"):
        Percentile("count", fraction)


def test_only_columns_that_may_lack_a_value_are_ordered_with_nulls_last() -> None:
    """An index in a plain order does not serve one with NULLS LAST."""
    plain, outer, nullable = (
        str(Thing.objects.annotate(rank=Rank(name)).query) for name in ("-count", "-shelf__name", "-shelf")
    )
    assert "NULLS LAST" not in plain
    assert "NULLS LAST" in outer
    assert "NULLS LAST" in nullable
