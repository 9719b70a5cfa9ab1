"""Which orders an index serves, by Meta and by the database's own plan."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F

from django_tenfold.api.keyset import KeysetPaginator
from django_tenfold.api.keyset.index import explain_order, find_index, suggest_index
from tests.django_site.records.models import Record, Slot

pytestmark = pytest.mark.usefixtures("sqlite_database")


def paginate(*order: Any, rows: Any = None) -> KeysetPaginator:
    return KeysetPaginator(Record.objects.all() if rows is None else rows, order_by=order)


@pytest.mark.parametrize(
    ("order", "name"),
    [
        (("id",), "the primary key"),
        (("-id",), "the primary key"),
        (("-id", "title"), "the primary key"),
        (("rank", "-id"), "records_rank"),
        (("-rank", "id"), "records_rank"),
        (("rank", "id"), None),
        (("rank",), None),
        (("title",), None),
        (("owner__name", "id"), None),
        (("owner_id", "score", "id"), "records_owner_score"),
    ],
)
def test_meta_and_the_plan_agree_on_which_index_serves_an_order(
    order: tuple[Any, ...], name: str | None
) -> None:
    paginator = paginate(*order)
    assert find_index(paginator.keys, Record) == name
    assert bool(explain_order(paginator)) == (name is None)


def test_columns_that_filters_hold_to_one_value_may_stand_before() -> None:
    keys = paginate("score", "id").keys
    assert find_index(keys, Record) is None
    assert find_index(keys, Record, equal=frozenset({"owner_id"})) == "records_owner_score"
    assert explain_order(paginate("score", "id", rows=Record.objects.filter(owner=1))) == ""
    assert find_index(KeysetPaginator(Slot.objects.all()).keys, Slot) == "the primary key"


def test_an_index_with_a_condition_serves_rows_that_are_filtered_by_it() -> None:
    active, others = Record.objects.filter(active=True, rank=3), Record.objects.exclude(active=True)
    keys = paginate("-took", "id").keys
    assert find_index(keys, Record) is None
    assert find_index(keys, Record, rows=Record.objects.all()) is None
    assert find_index(keys, Record, rows=others) is None
    assert find_index(keys, Record, rows=active) == "records_active"


def test_an_order_with_nulls_elsewhere_than_in_the_index_is_not_served() -> None:
    elsewhere = F("owner").asc(nulls_last=True)  # SQLite has them first
    assert find_index(paginate(elsewhere, "score", "id").keys, Record) is None
    assert find_index(paginate(F("rank").asc(nulls_last=True), "-id").keys, Record) == "records_rank", (
        "no NULLs"
    )


def test_the_index_to_add_is_spelled_out() -> None:
    assert suggest_index(paginate("-rank").keys) == 'models.Index(fields=["-rank", "-id"])'
    assert suggest_index(paginate("owner__name").keys) == ""
