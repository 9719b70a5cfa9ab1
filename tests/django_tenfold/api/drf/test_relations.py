"""The drop-in beside REST framework where models, columns and querysets are at the edges of what Django allows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models import Count, F, FilteredRelation, Q, Value, Window
from django.db.models.functions import RowNumber
from django.test import override_settings
from django.utils import timezone
from rest_framework import serializers

from django_tenfold.api.drf.compile import explain
from django_tenfold.api.drf.serializers import compiled
from tests.django_site.edges.models import House, Lamp, Room, Seat, Ticket
from tests.django_site.reads.models import Book, Review, Tag
from tests.django_tenfold.api.drf_oracle import compare_views, make_serializer
from tests.django_tenfold.api.edge_data import fill_books, fill_edges

if TYPE_CHECKING:
    from collections.abc import Iterator

make = make_serializer
NAMED = {"view_name": "thing", "read_only": True}


@pytest.fixture
def edges(sqlite_database: None) -> Iterator[None]:
    fill_books()
    fill_edges()
    with override_settings(ROOT_URLCONF="tests.django_tenfold.api.edge_data"):
        yield


def test_rows_that_agree_in_one_of_two_columns_are_not_related(edges: None) -> None:
    tickets = make(Ticket, ("owner",))
    _, told = compare_views(make(Seat, ("label", "tickets"), tickets=tickets(many=True)))
    assert [len(one["tickets"]) for one in told] == [1, 1, 1, 1]
    compare_views(make(Seat, ("label", "tickets")))
    compare_views(make(Ticket, ("owner", "seat"), seat=make(Seat, ("label",))(read_only=True)))
    (reason,) = explain(make(Seat, ("label", "tickets")))
    assert reason.endswith("Ticket.seat is a relation by several columns")


@pytest.mark.parametrize("names", [("row", "label"), ("label", "pk"), "__all__"])
def test_a_key_of_two_columns_is_shown_the_same(edges: None, names: Any) -> None:
    compare_views(make(Seat, names))
    compare_views(make(Seat, names), Seat.objects.distinct())


def test_a_manager_with_arguments_hides_what_it_hides_without_them(edges: None) -> None:
    rooms = make(Room, ("id", "number"))
    _, told = compare_views(make(House, ("name", "rooms"), rooms=rooms(many=True)))
    assert sum(len(one["rooms"]) for one in told) == 4
    assert explain(make(House, ("name", "rooms"), rooms=rooms(many=True))) == ()
    compare_views(make(House, ("name", "rooms"), rooms=make(Room)(many=True)))
    compare_views(make(House, ("id", "rooms")))


def test_a_manager_that_joins_the_same_table_lists_the_same(edges: None) -> None:
    counted = make(Lamp, ("name", "in_rooms"), in_rooms=serializers.IntegerField(read_only=True))
    _, told = compare_views(
        make(Room, ("id", "lamps"), lamps=counted(many=True)), Room._base_manager.order_by("id")
    )
    assert [[lamp["in_rooms"] for lamp in room["lamps"]] for room in told] == [[], [2], [2, 2], [2, 2, 1]]


def test_columns_with_odd_names_and_values_are_shown_the_same(edges: None) -> None:
    _, told = compare_views(make(Room), Room._base_manager.all())
    assert (told[0]["area"], told[0]["warm"], told[0]["tint"]) == (6, "21.00", 5)


def test_the_label_of_what_is_no_choice_is_the_value(edges: None) -> None:
    body = {"told": serializers.CharField(source="get_number_display", read_only=True)}
    serializer = make(Room, ("get_number_display", "told"), **body)
    _, told = compare_views(serializer, Room._base_manager.order_by("number"))
    assert [one["get_number_display"] for one in told] == [0, "one", "two", 3]
    assert [one["told"] for one in told] == ["0", "one", "two", "3"]
    assert explain(serializer) == ()


def test_a_link_by_key_is_what_the_foreign_key_has(edges: None) -> None:
    serializer = make(Book, ("id", "origin"), origin=serializers.HyperlinkedRelatedField(**NAMED))
    _, told = compare_views(serializer)
    assert told[0]["origin"] == "http://testserver/c0/"
    assert explain(serializer) == ()
    compare_views(make(House, ("rooms",), rooms=serializers.HyperlinkedRelatedField(many=True, **NAMED)))


def test_a_link_by_an_empty_word_is_no_link(edges: None) -> None:
    link = serializers.HyperlinkedIdentityField(view_name="named", lookup_field="slug")
    assert compare_views(make(House, ("url",), url=link)) == "ImproperlyConfigured"
    compare_views(make(House, ("url",), url=link), House.objects.exclude(slug=""))


def test_a_link_without_a_request_is_refused(edges: None) -> None:
    plain = make(Book, ("id", "origin"), origin=serializers.HyperlinkedRelatedField(**NAMED))
    for serializer in (plain, compiled(plain)):
        with pytest.raises(AssertionError, match="requires the request in the serializer"):
            _ = serializer(Book.objects.all(), many=True).data
        assert serializer(Book.objects.none(), many=True).data == []


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: Review.objects.annotate(author__name=Value("x")),
        lambda: Review.objects.annotate(t=F("book__tags__name")).distinct(),
        lambda: Review.objects.annotate(t=F("book__tags__name")).distinct()[1:5],
        lambda: Review.objects.annotate(n=Count("book__tags")).distinct().order_by("book__tags__name"),
        lambda: Review.objects.annotate(r=Window(RowNumber(), partition_by="book_id", order_by="id")).filter(
            r=1
        ),
        lambda: (
            Review.objects.annotate(f=FilteredRelation("book__tags", condition=Q(book__tags__name="a")))
            .filter(f__isnull=False)
            .annotate(found=F("f__name"))
        ),
    ],
)
def test_annotations_change_the_rows_as_they_did(edges: None, queryset: Any) -> None:
    by = serializers.CharField(source="author.name", read_only=True)
    _, told = compare_views(make(Review, ("id", "by"), by=by), queryset())
    assert told


def test_children_that_show_their_parent_are_the_same(edges: None) -> None:
    compare_views(make(Book, ("id", "reviews"), reviews=make(Review)(many=True)))
    compare_views(make(Tag, ("id", "books"), books=make(Book, ("id", "tags"))(many=True)))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/St_Johns", "UTC"])
@pytest.mark.parametrize("day", [datetime(9999, 12, 31, 23, 59), datetime(1, 1, 1, 0, 30)])
def test_a_time_that_a_zone_pushes_out_of_the_calendar_is_answered_the_same(
    edges: None, zone: str, day: datetime
) -> None:
    Book.objects.update(changed=day.replace(tzinfo=UTC))
    far = serializers.DateTimeField(source="changed", default_timezone=timezone.get_fixed_timezone(330))
    with timezone.override(zone):
        here, there = compare_views(make(Book, ("changed",))), compare_views(make(Book, ("far",), far=far))
    assert (here[0] == 200) is (zone == "UTC" or (zone == "Asia/Tokyo") is (day.year == 1))
    assert (there[0] == 200) is (day.year == 1)
