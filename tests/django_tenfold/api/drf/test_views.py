"""The drop-in beside REST framework: what it answers is right by definition."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.models import Count, Model, Prefetch
from django.db.models.signals import post_init
from django.test import modify_settings, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from rest_framework import serializers
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.test import APIRequestFactory
from rest_framework.viewsets import ModelViewSet

from django_tenfold.api.drf import serializers as drf_serializers
from django_tenfold.api.drf.compile import explain, forget_compiled
from django_tenfold.api.drf.serializers import compiled, render
from django_tenfold.api.drf.views import CompiledListMixin
from django_tenfold.api.proof import refuse_model
from tests.django_site.goods.models import Thing
from tests.django_site.reads.models import Author, Book, Country, Profile, Review, Tag
from tests.django_tenfold.api import drf_library, drf_oracle
from tests.django_tenfold.api.drf_oracle import ask, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOK = {"title": "T", "facts": {"a": [1, None]}, "seal": b"x", "cover": "covers/a.png", "pages": 7}


@pytest.fixture
def library(sqlite_database: None) -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.django_tenfold.api.drf_library"):
        yield


@pytest.fixture
def books(library: None) -> None:
    fill(
        {
            "countries": ["France", "Chad", "Peru"],
            "authors": [("Ann", 0, "hm"), ("Bob", None, None), ("Cid", 1, "")],
            "books": [
                (
                    {**BOOK, "title": f"Book {n}", "pages": n},
                    n % 3,
                    None if n % 2 else 2,
                    n % 3,
                    {0, n % 3},
                    [0, 1, 2][: n % 4],
                )
                for n in range(5)
            ],
        }
    )


@given(made=drf_oracle.library)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_every_library_reads_as_it_does_in_rest_framework(
    library: None, zone: str, made: dict[str, Any]
) -> None:
    fill(made)
    with timezone.override(zone):
        assert ask(drf_library.Books) == ask(drf_library.PlainBooks)
        assert ask(drf_library.FastBooks) == ask(drf_library.PlainBooks)
        assert ask(drf_library.Keys) == ask(drf_library.PlainKeys)


def test_the_library_is_compiled_and_not_passed_on() -> None:
    for serializer in (
        drf_library.BookSerializer,
        drf_library.KeysSerializer,
        drf_library.CountedSerializer,
        drf_library.ProfileSerializer,
        drf_library.TagSerializer,
    ):
        assert explain(serializer) == ()


def test_queries_do_not_grow_with_rows(books: None) -> None:
    with CaptureQueriesContext(connection) as compiled_queries:
        ask(drf_library.Books)
    with CaptureQueriesContext(connection) as plain:
        ask(drf_library.PlainBooks)
    assert len(compiled_queries) == 5  # books, tags twice, reviews twice
    assert len(plain) > 30


@pytest.mark.parametrize("paginator", ["Pages", "Offsets", "Cursors", "Looking"])
def test_every_page_is_the_same(books: None, paginator: str) -> None:
    kind = getattr(drf_library, paginator)
    addresses = ["/books/"]
    for address in addresses:
        told = ask(drf_library.Books, address, pagination_class=kind)
        assert told == ask(drf_library.PlainBooks, address, pagination_class=kind)
        assert told["results"]
        if told["next"]:
            addresses.append(told["next"].removeprefix("http://testserver"))
    assert len(addresses) == 3


def test_a_paginator_that_looks_at_objects_gets_them_without_a_query_each(books: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        ask(drf_library.Books, pagination_class=drf_library.Looking)
    assert len(queries) < 15


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: Book.objects.filter(tags__name__in="ab").distinct().order_by("-title"),
        lambda: Book.objects.filter(author__country__name="France").exclude(editor=None)[1:3],
        lambda: (
            Book.objects.select_related("author").only("title", "author").prefetch_related("reviews", "tags")
        ),
        lambda: Book.objects.prefetch_related(Prefetch("reviews", Review.objects.filter(stars=5))),
        lambda: Book.objects.prefetch_related(
            Prefetch("reviews", Review.objects.order_by("id").prefetch_related("author"))
        ),
        lambda: Book.objects.prefetch_related(
            Prefetch("tags", Tag.objects.order_by("-name"), to_attr="turned")
        ),
        lambda: Book.objects.prefetch_related(Prefetch("author", Author.objects.select_related("country"))),
        lambda: Book.objects.order_by().filter(pages=1).union(Book.objects.order_by().filter(pages=2)),
        lambda: Book.objects.extra(select={"more": "1"}),
        lambda: Book.objects.none(),
        lambda: Author.objects.get(name="Ann").books.all(),
        lambda: list(Book.objects.all()),
    ],
)
def test_the_queryset_of_the_view_is_respected(books: None, queryset: Any) -> None:
    def get_queryset(_: Any) -> Any:
        return queryset()

    plain = type("Plain", (drf_library.PlainBooks,), {"get_queryset": get_queryset})
    quick = type("Quick", (drf_library.Books,), {"get_queryset": get_queryset})
    assert ask(quick) == ask(plain)


def test_annotations_are_columns_of_the_answer(books: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        told = ask(drf_library.Counted)
    assert [one["reviews_count"] for one in told] == [0, 1, 2, 3, 0]
    assert len(queries) == 1


def test_what_cannot_be_proved_is_read_by_rest_framework_and_said_once(
    books: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drf_serializers, "_told", set())
    with caplog.at_level(logging.WARNING, "django_tenfold.api"):
        told = [ask(drf_library.Shouting) for _ in range(2)]
    assert told[0][0] == {"name": "Ann", "loud": "ANN", "told": "AnnAnn", "country": "France"}
    (record,) = caplog.records
    for word in ("loud_name is no plain column", "get_told may read anything", "str() of Country"):
        assert word in record.getMessage()


def test_a_serializer_with_its_own_representation_is_left_alone(books: None) -> None:
    (reason,) = explain(drf_library.OwnSerializer)
    assert reason == "OwnSerializer.to_representation is its own"
    assert compiled(drf_library.OwnSerializer)(Author.objects.all(), many=True).data[0]["more"] == 1


def test_a_view_with_its_own_serializer_instance_is_left_alone(books: None) -> None:
    class Own(drf_library.Books):
        def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
            made = super().get_serializer(*args, **kwargs)
            made.child.fields.pop("title")
            return made

    assert "title" not in ask(Own)[0]
    assert Own().explain_list() == ("the view's get_serializer() is its own",)


def test_a_list_of_another_class_is_left_alone(books: None) -> None:
    class Other:
        def list(self, request: Any) -> Any:
            return super().list(request)  # type: ignore[misc]

    view = type("View", (CompiledListMixin, Other, drf_library.PlainBooks), {})
    assert view().explain_list() == ("list() of another class comes after CompiledListMixin",)
    assert ask(view) == ask(drf_library.PlainBooks)


def test_a_serializer_without_a_view_reads_rows(books: None) -> None:
    plain, quick = drf_library.TagSerializer, compiled(drf_library.TagSerializer)
    with CaptureQueriesContext(connection) as queries:
        told = quick(Tag.objects.all(), many=True).data
    assert told == plain(Tag.objects.all(), many=True).data
    assert len(queries) == 2
    assert quick.__name__ == "TagSerializer"
    assert quick(Tag.objects.first()).data == plain(Tag.objects.first()).data


def test_instances_that_are_there_lose_their_query_each(books: None) -> None:
    quick = compiled(drf_library.ProfileSerializer)
    found = list(Profile.objects.all())
    assert quick(found, many=True).data == drf_library.ProfileSerializer(found, many=True).data


def test_changed_fields_of_an_instance_are_respected(books: None) -> None:
    made = compiled(drf_library.TagSerializer)(Tag.objects.all(), many=True)
    made.child.fields.pop("books")
    assert list(made.data[0]) == ["name"]


def test_rest_frameworks_settings_are_followed(books: None) -> None:
    changed = {"COERCE_DECIMAL_TO_STRING": False, "DATETIME_FORMAT": None, "DURATION_FORMAT": "iso-8601"}
    with override_settings(REST_FRAMEWORK=changed):
        told = ask(drf_library.Books)
        assert told == ask(drf_library.PlainBooks)
    assert isinstance(told[0]["price"], float)


def test_writing_is_as_it_was(books: None) -> None:
    made = compiled(drf_library.CountrySerializer)(data={"code": "XX", "name": "X"})
    assert made.is_valid(raise_exception=True)
    assert made.save().name == "X"


def test_a_view_set_and_the_browsable_page_work_as_before(books: None) -> None:
    class CountrySet(CompiledListMixin, ModelViewSet):
        queryset = Country.objects.order_by("id")
        serializer_class = drf_library.CountrySerializer
        pagination_class = drf_library.Pages
        renderer_classes = (BrowsableAPIRenderer, JSONRenderer)

    assert CountrySet().explain_list() == ()
    response = CountrySet.as_view({"get": "list"})(APIRequestFactory().get("/countries/"))
    with (
        modify_settings(INSTALLED_APPS={"append": "rest_framework"}),
        override_settings(STATIC_URL="/static/"),
    ):
        response.render()
    assert b"France" in response.content
    assert response.data["count"] == 3


def test_a_model_that_changes_itself_is_refused_unless_it_is_trusted(books: None) -> None:
    def listen(**_: Any) -> None: ...

    post_init.connect(listen, sender=Country)
    forget_compiled()
    try:
        (reason,) = explain(drf_library.CountrySerializer)
        assert "TENFOLD_API" in reason
        with override_settings(TENFOLD_API={"trusted_models": ["reads.Country"]}):
            assert explain(drf_library.CountrySerializer) == ()
    finally:
        post_init.disconnect(listen, sender=Country)
        forget_compiled()


def test_a_model_that_saves_its_changes_is_read_as_any_other() -> None:
    refuse_model(Thing)
    assert Thing.from_db.__func__ is not Model.from_db.__func__


def test_a_plain_view_renders_what_cannot_be_compiled_too(books: None) -> None:
    for serializer in (drf_library.TagSerializer, drf_library.OwnSerializer):
        queryset = serializer.Meta.model.objects.order_by("pk")
        told = json.loads(render(serializer, queryset))
        assert told == json.loads(json.dumps(serializer(queryset, many=True).data))


def test_an_indent_that_was_asked_for_is_given(books: None) -> None:
    request = APIRequestFactory().get("/books/", HTTP_ACCEPT="application/json; indent=4")
    response = drf_library.FastBooks.as_view()(request)
    assert b"\n    " in response.render().content


def test_an_alias_is_no_column_of_the_answer(books: None) -> None:
    class Aliased(drf_library.Counted):
        queryset = Book.objects.alias(reviews_count=Count("reviews")).order_by("id")

    assert "reviews_count" not in ask(Aliased)[0]


def test_a_prefetch_that_joins_its_own_table_is_left_to_django(books: None) -> None:
    narrowed = Tag.objects.filter(books__title="Book 0").order_by("-name")

    def get_queryset(_: Any) -> Any:
        return Book.objects.prefetch_related(Prefetch("tags", narrowed))

    plain = type("Plain", (drf_library.PlainBooks,), {"get_queryset": get_queryset})
    quick = type("Quick", (drf_library.Books,), {"get_queryset": get_queryset})
    assert ask(quick) == ask(plain)


@pytest.mark.parametrize("part", ["bind", "to_representation", "get_attribute"])
def test_a_field_with_its_own_method_is_left_alone(part: str) -> None:
    def own(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(super(kind, self), part)(*args, **kwargs)

    kind = type("OwnField", (serializers.CharField,), {part: own})

    class Owning(serializers.ModelSerializer):
        name = kind()

        class Meta:
            model = Country
            fields = ("name",)

    (reason,) = explain(Owning)
    assert part in reason
