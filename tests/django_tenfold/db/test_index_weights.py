from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from django_tenfold.db.index_weights import CannotWeighError, IndexWeight, weigh_index
from tests.django_site.shop.models import Review


def test_another_database_than_postgres_is_refused_with_its_name(sqlite_database: None) -> None:
    with pytest.raises(CannotWeighError, match=r"default is sqlite: only PostgreSQL's planner"):
        weigh_index(Review.objects.all(), ["rating"])
    with pytest.raises(CommandError, match=r"only PostgreSQL's planner"):
        call_command("weigh_index", "shop.Review", "rating")


def test_the_gain_is_told_as_a_multiple_of_the_cost() -> None:
    weight = IndexWeight(
        "hypopg", used=True, cost_before=100.0, cost_after=4.0, size_bytes=1, ddl="", operation=""
    )
    assert weight.times == 25.0
