"""Reads on PostgreSQL: rows and SQL beside REST framework."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.postgres.fields import ArrayField, IntegerRangeField
from django.db import connection, models
from django.db.models import Count, Prefetch, Sum
from django.db.models.functions import Length
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from rest_framework import serializers

from django_tenfold.api.drf.serializers import render
from django_tenfold.api.serializer_fields import Column, Computed, Expression, Nested, NestedList
from django_tenfold.api.serializers import ReadSerializer
from tests.django_site.reads.models import Author, Book, Country, Review, Tag
from tests.django_tenfold.api import drf_library, drf_oracle
from tests.django_tenfold.api.drf_oracle import ask, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.live


class AuthorSerializer(serializers.ModelSerializer):
    country = drf_library.CountrySerializer()

    class Meta:
        model = Author
        fields = ("id", "name", "country")


class ReviewSerializer(serializers.ModelSerializer):
    author = AuthorSerializer()

    class Meta:
        model = Review
        fields = ("id", "stars", "text", "author")


class SqlBookSerializer(serializers.ModelSerializer):
    """Every column that PostgreSQL writes as Python does."""

    author = AuthorSerializer()
    editor = AuthorSerializer()
    tag_names = serializers.SlugRelatedField(source="tags", slug_field="name", many=True, read_only=True)
    reviews = ReviewSerializer(many=True)
    origin_name = serializers.CharField(source="origin.name", read_only=True, allow_null=True)

    class Meta:
        model = Book
        exclude = ("lent_for", "cover", "seal", "address")


class AuthorRead(ReadSerializer):
    class Meta:
        model = Author
        fields = ("id", "name")

    country = Nested(
        type(
            "CountryRead",
            (ReadSerializer,),
            {"Meta": type("Meta", (), {"model": Country, "fields": ("id", "code", "name")})},
        )
    )


class ReviewRead(ReadSerializer):
    class Meta:
        model = Review
        fields = ("id", "stars", "text")

    author = Nested(AuthorRead)


class BookRead(ReadSerializer):
    class Meta:
        model = Book
        fields = tuple(
            one.name
            for one in Book._meta.fields
            if one.name not in ("lent_for", "cover", "seal", "address", "author", "editor", "origin")
        )

    origin = Column("origin_id")
    author = Nested(AuthorRead)
    editor = Nested(AuthorRead)
    tags = NestedList("pk")
    tag_names = NestedList("name", source="tags")
    reviews = NestedList(ReviewRead)
    origin_name = Column("origin.name")


@pytest.fixture
def library(postgres_database: Any) -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.django_tenfold.api.drf_library"):
        yield


@given(made=drf_oracle.library)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
def test_every_library_reads_as_it_does_in_rest_framework(
    library: None, zone: str, made: dict[str, Any]
) -> None:
    fill(made)
    with timezone.override(zone):
        assert ask(drf_library.Books) == ask(drf_library.PlainBooks)


def test_queries_do_not_grow_with_rows_where_parameters_have_no_limit(library: None) -> None:
    make_books()
    with CaptureQueriesContext(connection) as queries:
        ask(drf_library.Books)
    assert len(queries) == 5  # books, tags twice, reviews twice


@given(made=drf_oracle.library)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_writes_the_same_json(library: None, made: dict[str, Any]) -> None:
    fill(made)
    books = Book.objects.order_by("id")
    with timezone.override("UTC"):
        plain = json.loads(json.dumps(SqlBookSerializer(books.all(), many=True).data, default=str))
        assert json.loads(render(SqlBookSerializer, books.all(), how="rows")) == plain
        with CaptureQueriesContext(connection) as queries:
            assert json.loads(render(SqlBookSerializer, books.all(), how="sql")) == plain
        assert len(queries) == 1
        assert json.loads(BookRead.render(books, how="sql")) == plain
        assert json.loads(BookRead.render(books, how="rows")) == plain


def make_books() -> None:
    book = {"title": "it's 100 % \\ \u2028 \U0001f600", "facts": {"a": 'x"'}, "pages": 3}
    fill(
        {
            "countries": ["France", "Chad", "Peru"],
            "authors": [("Ann", 0, None), ("Bob", None, None), ("Cid", 1, None)],
            "books": [({**book, "pages": n}, n % 3, None, None, {0, 1}, [0, 2][: n % 3]) for n in range(5)],
        }
    )


class Told(ReadSerializer):
    class Meta:
        model = Book
        fields = ("title", "pages")

    length = Expression(Length("title"))
    reviews = NestedList(ReviewRead, narrow=lambda reviews: reviews.filter(stars__gt=1).order_by("id"))


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: Book.objects.filter(title__contains="100 %", pages__in=[1, 2, 3]).order_by("-pages")[:2],
        lambda: Book.objects.filter(tags__name__in="ab").distinct(),
        lambda: (
            Book.objects.annotate(n=Count("reviews"), s=Sum("reviews__stars"))
            .filter(n__gt=0)
            .order_by("n", "id")
        ),
        lambda: Book.objects.prefetch_related(Prefetch("reviews", Review.objects.filter(text__contains="%"))),
        lambda: Book.objects.prefetch_related(Prefetch("reviews", Review.objects.none())),
        lambda: Book.objects.none(),
        lambda: Book.objects.filter(pk__in=[]),
    ],
)
def test_rows_and_sql_answer_every_queryset_alike(library: None, queryset: Any) -> None:
    make_books()
    rows, sql = (Told.render(queryset(), how=how) for how in ("rows", "sql"))
    assert json.loads(rows) == json.loads(sql)
    assert Told.explain_sql(Book.objects.all()) == ""


def test_what_postgresql_cannot_write_is_read_by_rows(library: None) -> None:
    make_books()

    class Loud(ReadSerializer):
        class Meta:
            model = Book
            fields = ("cover", "changed")

        loud = Computed(str.upper, reads=("author.name",))

    assert Loud.explain_sql(Book.objects.all()) == "PostgreSQL cannot write cover as Python does"
    assert {one["loud"] for one in json.loads(Loud.render(Book.objects.all(), how="sql"))} == {
        "ANN",
        "BOB",
        "CID",
    }
    with timezone.override("Asia/Tokyo"):
        assert "UTC" in BookRead.explain_sql(Book.objects.all())


def test_a_view_answers_sync_and_async_alike(library: None) -> None:
    make_books()
    request = RequestFactory().get("/books/")
    response = Told.respond(Book.objects.all(), request=request, how="sql")
    assert response.headers["Content-Type"] == "application/json"
    assert asyncio.run(Told.arows(Book.objects.all())) == json.loads(response.content)


def test_no_list_is_mixed_up_among_parents_with_many_children(library: None) -> None:
    make_books()
    tags = [Tag.objects.create(name=f"t{number:03}") for number in range(120)]
    books = list(Book.objects.all())
    for number, book in enumerate(books):
        book.tags.set(tags[number::3])
    found = BookRead.rows(Book.objects.all())
    assert [one["tag_names"] for one in found] == [[tag.name for tag in book.tags.all()] for book in books]
    assert [len(one["tags"]) for one in found] == [40, 40, 40, 39, 39]


with isolate_apps("tests.django_site.library"):  # the checks of other tests' commands do not see it

    class Box(models.Model):
        """Columns that PostgreSQL alone has, under a name that asks to be quoted."""

        names = ArrayField(models.CharField(max_length=9), null=True)
        grid = ArrayField(ArrayField(models.IntegerField()), null=True)
        days = ArrayField(models.DateField(), null=True)
        sums = ArrayField(models.DecimalField(max_digits=5, decimal_places=2), null=True)
        weights = ArrayField(models.FloatField(), null=True)
        span = IntegerRangeField(null=True)
        facts = models.JSONField(null=True)
        weight = models.FloatField(null=True)
        long = models.DurationField(null=True)
        at = models.DateTimeField(null=True)
        twice = models.GeneratedField(
            expression=models.F("weight") * 2, output_field=models.FloatField(), db_persist=True
        )
        odd = models.IntegerField(default=1, db_column="o'dd {0} x")

        class Meta:
            app_label = "reads"
            managed = False
            db_table = "box's {}"
            ordering = ("id",)


@pytest.fixture
def boxes(library: None) -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(Box)
    Box.objects.create(
        names=["a", None, "\u00fc\u2028"],
        grid=[[1, 2], [3, 4]],
        days=[date(1, 1, 1), date(9999, 12, 31)],
        sums=[Decimal("1.5"), None],
        weights=[1.5, 2.0],
        span=(1, 5),
        facts={"a": [10**30, 1.5e300, None, "\\u0000"], "\u2028": {"\U0001f600": []}},
        weight=1.5,
        long=timedelta(days=-3, microseconds=5),
        at=datetime(1850, 1, 1, 3, 4, 5, 60, tzinfo=UTC),
    )
    Box.objects.create()
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Box)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
@pytest.mark.parametrize("name", [one.name for one in Box._meta.fields])
def test_columns_that_postgresql_alone_has_are_the_same_in_every_way(
    boxes: None, name: str, zone: str
) -> None:
    serializer = drf_oracle.make_serializer(Box, (name,))
    declared = type(
        "BoxRead", (ReadSerializer,), {"Meta": type("Meta", (), {"model": Box, "fields": (name,)})}
    )
    with timezone.override(zone):
        status, told = drf_oracle.compare_views(serializer)
        assert status == 200
        for how in ("rows", "sql"):
            assert json.loads(declared.render(Box.objects.all(), how=how)) == told
            assert json.loads(render(serializer, Box.objects.all(), how=how)) == told


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_json_has_not_is_null_by_rows_and_by_sql(library: None, value: str) -> None:
    make_books()
    Book.objects.update(weight=float(value))
    weights = type("W", (ReadSerializer,), {"Meta": type("Meta", (), {"model": Book, "fields": ("weight",)})})
    assert weights.explain_sql(Book.objects.all()) == ""
    for how in ("rows", "sql"):
        assert {one["weight"] for one in json.loads(weights.render(Book.objects.all(), how=how))} == {None}
