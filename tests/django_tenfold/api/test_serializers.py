"""Read serializers on SQLite: the JSON, the statements, what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.models import Count, Prefetch
from django.db.models.functions import Length
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_tenfold.api.serializer_fields import Column, Computed, Expression, Nested, NestedList
from django_tenfold.api.serializers import ReadSerializer
from tests.django_site.edges.models import House, Room, Seat
from tests.django_site.reads.models import Author, Book, Country, Review, Tag

if TYPE_CHECKING:
    from collections.abc import Iterator


class CountryRead(ReadSerializer):
    class Meta:
        model = Country
        fields = ("code", "name")


class AuthorRead(ReadSerializer):
    class Meta:
        model = Author
        fields = ("id", "name")

    country = Nested(CountryRead)


class ReviewRead(ReadSerializer):
    class Meta:
        model = Review
        fields = ("id", "stars")

    author = Nested(AuthorRead)


class BookRead(ReadSerializer):
    class Meta:
        model = Book
        fields = ("id", "name", "price", "changed")

    name = Column("title")
    author = Nested(AuthorRead)
    editor = Nested(AuthorRead)
    editor_country = Column("editor.country.name")
    tags = NestedList("name")
    reviews = NestedList(ReviewRead)
    length = Expression(Length("title"))
    label = Computed(lambda title, name: f"{title} by {name}", reads=("title", "author.name"))


@pytest.fixture
def books(sqlite_database: None) -> Iterator[None]:
    france = Country.objects.create(code="FR", name="France")
    ann, bob = Author.objects.create(name="Ann", country=france), Author.objects.create(name="Bob")
    tags = [Tag.objects.create(name=name) for name in ("b", "a")]
    when = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    for number in range(3):
        book = Book.objects.create(
            title=f"Book {number}",
            author=ann,
            editor=bob if number else None,
            price=Decimal("1.5"),
            changed=when,
        )
        book.tags.set(tags[:number])
        for stars in (1, 5)[:number]:
            Review.objects.create(book=book, author=bob, stars=stars)
    with timezone.override("UTC"):
        yield


def read(queryset: Any = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        BookRead.render(Book.objects.all() if queryset is None else queryset)
    )
    return found


def test_a_row_has_its_columns_objects_and_lists(books: None) -> None:
    first, _, third = read()
    ann = {"id": first["author"]["id"], "name": "Ann", "country": {"code": "FR", "name": "France"}}
    bob = {"id": third["editor"]["id"], "name": "Bob", "country": None}
    assert first == {
        "id": first["id"],
        "name": "Book 0",
        "price": "1.50",
        "changed": "2026-03-01T12:30:00Z",
        "author": ann,
        "editor": None,
        "editor_country": None,
        "tags": [],
        "reviews": [],
        "length": 6,
        "label": "Book 0 by Ann",
    }
    assert third["tags"] == ["a", "b"]
    assert [(one["stars"], one["author"]) for one in third["reviews"]] == [(5, bob), (1, bob)]


def test_statements_do_not_grow_with_rows(books: None) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        read(Book.objects.all()[:1])
    with CaptureQueriesContext(connection) as many:
        read()
    assert len(few) == len(many) == 3


def test_the_queryset_decides_what_is_read(books: None) -> None:
    queryset = (
        Book.objects.annotate(n=Count("reviews")).filter(n__gt=0, tags__name__in="ab").order_by("-title")
    )
    assert [one["name"] for one in read(queryset.distinct()[:1])] == ["Book 2"]
    assert [one["name"] for one in read(queryset.none())] == []


def test_a_prefetch_chooses_the_children(books: None) -> None:
    good = Prefetch("reviews", Review.objects.filter(stars=5))
    assert [len(one["reviews"]) for one in read(Book.objects.prefetch_related(good))] == [0, 0, 1]


def test_a_prefetch_of_one_object_is_refused(books: None) -> None:
    with pytest.raises(Exception, match="single objects"):
        read(Book.objects.prefetch_related(Prefetch("author", Author.objects.none())))


def test_a_prepared_read_answers_with_what_is_there_now(books: None) -> None:
    prepared = BookRead.prepare(Book.objects.order_by("-id")[:2])
    assert prepared.rows() == BookRead.rows(Book.objects.order_by("-id")[:2])
    Book.objects.order_by("-id")[0].delete()
    assert json.loads(prepared.render(how="sql")) == read(Book.objects.order_by("-id")[:2])
    assert BookRead.prepare(Book.objects.none()).rows() == []


def test_a_column_that_the_database_computes_keeps_its_type(sqlite_database: None) -> None:
    house = House.objects.create(name="a")
    Room(house=house, number=1).save()

    class RoomRead(ReadSerializer):
        class Meta:
            model = Room
            fields = ("area", "number", "house")

    assert RoomRead.rows(Room.objects.all()) == [{"area": 6, "number": 1, "house": str(house.id)}]


def test_a_relation_by_several_columns_is_no_list() -> None:
    with pytest.raises(TypeError, match="relation by several columns"):
        type("SeatRead", (ReadSerializer,), {"Meta": SeatMeta, "tickets": NestedList("owner")}).rows(
            Seat.objects.all()
        )


class SeatMeta:
    model = Seat
    fields = ("label",)
