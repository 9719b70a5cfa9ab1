"""Keyset pages hold what OFFSET pages hold, whatever the order, and refuse what has no keys."""

from __future__ import annotations

import random
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.models import (
    Avg,
    Case,
    Count,
    DateField,
    Exists,
    F,
    FloatField,
    Min,
    OuterRef,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Lower, Random, RowNumber, TruncDay, TruncMonth
from django.test.utils import CaptureQueriesContext

from django_tenfold.api.keyset import KeysetPaginator
from tests.django_site.records.models import Owner, Record, Slot
from tests.django_tenfold.api.keyset_data import compare_with_offset, fill, random_order

pytestmark = pytest.mark.usefixtures("sqlite_database")


@pytest.mark.parametrize("seed", range(25))
def test_pages_by_key_are_those_of_offset_for_any_order(seed: int) -> None:
    chance = random.Random(seed)
    fill(chance, chance.randrange(0, 40))
    for _ in range(4):
        compare_with_offset(random_order(chance), chance.randrange(1, 8))


def test_rows_that_come_or_go_between_two_pages_repeat_and_hide_none() -> None:
    fill(random.Random(1), 10)
    paginator = KeysetPaginator(Record.objects.all(), order_by="id", per_page=3)
    page = paginator.page()
    shown = [row.pk for row in page]
    Record.objects.filter(pk=shown[0]).delete()
    after = paginator.page(page.next)
    assert [row.pk for row in after] == [shown[-1] + one for one in (1, 2, 3)]
    assert len(paginator.page(after.previous)) == 3, (
        "the first page is full, with a row that was on the second"
    )


def test_a_page_after_which_all_was_deleted_leads_back() -> None:
    fill(random.Random(1), 6)
    paginator = KeysetPaginator(Record.objects.all(), order_by="id", per_page=3)
    page = paginator.page()
    Record.objects.filter(pk__gt=page.rows[-1].pk).delete()
    empty = paginator.page(page.next)
    assert (empty.rows, empty.next) == ([], None)
    assert paginator.page(empty.previous).rows == page.rows


def test_dictionaries_and_tuples_are_paged_when_they_hold_the_keys() -> None:
    fill(random.Random(2), 9)
    for rows in (
        Record.objects.values("id", "score"),
        Record.objects.values_list("score", "id"),
        Record.objects.values_list("score", "id", named=True),
    ):
        paginator = KeysetPaginator(rows, order_by="score", per_page=4)
        pages = [paginator.page()]
        while pages[-1].next:
            pages.append(paginator.page(pages[-1].next))
        assert [row for page in pages for row in page] == list(rows.order_by("score", "id"))
    flat = KeysetPaginator(Record.objects.values_list("id", flat=True), order_by="-id", per_page=4)
    assert len(flat.page(flat.page().next)) == 4
    with pytest.raises(TypeError, match="must select the keys of the order too: score"):
        KeysetPaginator(Record.objects.values("id"), order_by="score")


def test_annotations_and_expressions_are_keys_too() -> None:
    fill(random.Random(3), 12)
    rows = Record.objects.annotate(like=Count("owner__record"), low=Lower("title"))
    for order, key in (
        (["-like", "low"], "id"),
        ([Lower("title").desc()], "-id"),
        ([F("rank") * Value(-1)], "id"),
    ):
        paginator = KeysetPaginator(rows, order_by=order, per_page=5)
        page = paginator.page()
        second = paginator.page(page.next)
        assert [*page, *second] == list(rows.order_by(*order, key)[:10])
        assert paginator.page(second.previous).rows == page.rows


def test_a_composite_key_is_an_order() -> None:
    Slot.objects.bulk_create(Slot(room=room, hour=hour) for room in range(3) for hour in range(3))
    paginator = KeysetPaginator(Slot.objects.all(), per_page=4)
    assert [key.name for key in paginator.keys] == ["room", "hour"]
    page = paginator.page(paginator.page().next)
    assert [(row.room, row.hour) for row in page] == [(1, 1), (1, 2), (2, 0), (2, 1)]


def test_the_key_is_appended_only_where_ties_are_possible() -> None:
    def names(*order: str) -> list[str]:
        return [key.name for key in KeysetPaginator(Record.objects.all(), order_by=order).keys]

    assert names("rank") == ["rank", "id"]
    assert names("-pk", "rank") == ["id", "rank"]
    assert [key.name for key in KeysetPaginator(Slot.objects.all(), order_by=["hour", "-room"]).keys] == [
        "hour",
        "room",
    ]


def test_an_order_of_one_direction_is_one_statement_on_any_page() -> None:
    fill(random.Random(4), 30)
    paginator = KeysetPaginator(Record.objects.all(), order_by="-rank", per_page=5)
    assert [key.descending for key in paginator.keys] == [True, True], "the key runs as the rank does"
    cursor = paginator.page().next
    with CaptureQueriesContext(
        connection,
    ) as asked:
        paginator.page(cursor)
    assert len(asked) == 1
    assert "OFFSET" not in asked[0]["sql"]


def test_coroutines_get_the_same_pages() -> None:
    fill(random.Random(5), 10)
    paginator = KeysetPaginator(Record.objects.all(), order_by="score", per_page=4)
    page = paginator.page()
    assert async_to_sync(paginator.apage)().rows == page.rows
    second = async_to_sync(paginator.apage)(page.next)
    assert second.rows == paginator.page(page.next).rows
    assert async_to_sync(paginator.apage)(second.previous).rows == page.rows


@pytest.mark.parametrize("rows", [Record.objects.only("title"), Record.objects.defer("rank", "owner")])
def test_keys_that_a_queryset_defers_are_selected_and_not_asked_for_row_by_row(rows: Any) -> None:
    fill(random.Random(5), 10)
    paginator = KeysetPaginator(rows, order_by=["-rank", "owner_id"], per_page=4)
    cursor = paginator.page().next
    with CaptureQueriesContext(connection) as asked:
        page = paginator.page(cursor)
    assert len(asked) <= 3, "the ranges of the page and no row of it"
    assert "rank" in page.rows[0].get_deferred_fields() or "rank" not in page.rows[0].__dict__
    second = async_to_sync(paginator.apage)(async_to_sync(paginator.apage)().next)
    assert second.rows == page.rows


@pytest.mark.parametrize(
    ("rows", "order"),
    [
        (Record.objects.all()[:5], "id"),
        (Record.objects.order_by("?"), None),
        (Record.objects.union(Record.objects.all()), "id"),
        (Record.objects.distinct("rank"), "id"),
        (Record.objects.order_by("id").reverse(), None),
        (Record.objects.all(), Random()),
    ],
)
def test_what_has_no_keys_is_refused_with_what_to_do(rows: object, order: str | None) -> None:
    with pytest.raises(TypeError, match=r"filter instead|no pages|name the keys"):
        KeysetPaginator(rows, order_by=[order] if order else None)


@pytest.mark.parametrize(
    ("rows", "order", "told"),
    [
        (Record.objects.all(), "facts", "whose null is not NULL"),
        (Record.objects.all(), "-facts__size", "whose null is not NULL"),
        (Record.objects.all(), TruncDay("made"), "a time of no zone"),
        (Record.objects.annotate(month=TruncMonth("made")), "month", "a time of no zone"),
        (Record.objects.annotate(mean=Avg("owner__record__price")), "mean", "as a float"),
        (Record.objects.all(), F("price") / 3, "as a float"),
        (Owner.objects.all(), "record__rank", "many values for one row"),
        (Owner.objects.filter(record__rank=1), "-record__rank", "many values for one row"),
        (Owner.objects.all(), Case(When(record__rank=1, then=1), default=2), "many values for one row"),
        (Record.objects.annotate(place=Window(RowNumber(), order_by="id")), "id", "of its rows alone"),
    ],
)
def test_keys_that_would_lose_rows_or_show_them_for_ever_are_refused(
    rows: Any, order: Any, told: str
) -> None:
    """None, 15 digits of a double, a day in UTC, a second join: each led to pages of other rows."""
    with pytest.raises(TypeError, match=told):
        KeysetPaginator(rows, order_by=[order])


def test_what_a_refusal_names_in_its_place_is_paged() -> None:
    fill(random.Random(8), 30)
    for number, row in enumerate(Record.objects.all()):
        row.facts = [None, {"size": None}, {"size": "s"}, {"size": "l"}][number % 4]
        row.save()
    least = Owner.objects.annotate(least=Min("record__rank"))
    for rows, order in (
        (Record.objects.all(), KT("facts__size")),
        (Record.objects.all(), TruncDay("made", output_field=DateField())),
        (Record.objects.all(), Cast(F("price") / 3, FloatField())),
        (least, F("least")),
    ):
        paginator = KeysetPaginator(rows, order_by=[order], per_page=2)
        pages = [paginator.page()]
        while pages[-1].next and len(pages) < 20:
            pages.append(paginator.page(pages[-1].next))
        assert [row.pk for page in pages for row in page] == [row.pk for row in rows.order_by(order, "pk")]


@pytest.mark.parametrize("kind", [Exists, Subquery])
def test_an_order_by_a_query_is_the_same_list_in_the_next_request(kind: Any) -> None:
    """The text of such an expression is its address."""
    fill(random.Random(9), 12)

    def find_page(cursor: str | None = None) -> Any:
        names = Owner.objects.filter(pk=OuterRef("owner")).values("name")[:1]
        return KeysetPaginator(Record.objects.all(), order_by=[kind(names).desc()], per_page=5).page(cursor)

    names = Owner.objects.filter(pk=OuterRef("owner")).values("name")[:1]
    whole = [*Record.objects.order_by(kind(names).desc(), "-pk")]
    assert find_page(find_page().next).rows == whole[5:10]


def test_a_relation_is_ordered_as_django_orders_it(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(random.Random(6), 12)
    monkeypatch.setattr(Owner._meta, "ordering", ["-name", "id"])
    for told, spelled in (
        ("owner", ["-owner__name", "owner__id", "id"]),
        ("-owner", ["owner__name", "-owner__id", "-id"]),
    ):
        paginator = KeysetPaginator(Record.objects.all(), order_by=told, per_page=5)
        assert [("-" if key.descending else "") + key.name for key in paginator.keys] == spelled
        second = paginator.page(paginator.page().next)
        assert second.rows == list(Record.objects.order_by(told, spelled[-1])[5:10])
    monkeypatch.setattr(Owner._meta, "ordering", [Lower("name")])
    with pytest.raises(TypeError, match="ordered by expressions"):
        KeysetPaginator(Record.objects.all(), order_by="owner")
    assert KeysetPaginator(Record.objects.all(), order_by="owner_id").keys[0].name == "owner_id"
