"""What a project changes of REST framework's classes, and what of that is shown."""

from __future__ import annotations

import functools
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings
from django.utils import timezone
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination, LimitOffsetPagination, PageNumberPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from django_tenfold.api.drf.compile import explain
from django_tenfold.api.drf.serializers import render
from tests.django_site.reads.models import Author, Book, Country
from tests.django_tenfold.api.drf_oracle import compare_views, make_serializer
from tests.django_tenfold.api.edge_data import fill_books

if TYPE_CHECKING:
    from collections.abc import Iterator

make = make_serializer


@pytest.fixture
def books(sqlite_database: None) -> Iterator[None]:
    fill_books()
    Book.objects.update(changed=timezone.now())
    with override_settings(ROOT_URLCONF="tests.django_tenfold.api.edge_data"):
        yield


class OwnZone(serializers.DateTimeField):
    def default_timezone(self) -> Any:
        return timezone.get_fixed_timezone(77)


class OwnTime(serializers.DateTimeField):
    def enforce_timezone(self, value: Any) -> Any:
        return super().enforce_timezone(value).replace(microsecond=0)


class RoundPrice(serializers.DecimalField):
    def quantize(self, value: Decimal) -> Decimal:
        return super().quantize(value).quantize(Decimal(1))


class OwnFormat(serializers.DateTimeField):
    @property
    def format(self) -> str:
        return "%Y"


class ListOfOwn(serializers.ListField):
    child = OwnZone()


@pytest.mark.parametrize(
    ("name", "field", "part"),
    [
        ("changed", OwnZone(), "OwnZone.default_timezone"),
        ("changed", OwnTime(), "OwnTime.enforce_timezone"),
        ("changed", OwnFormat(), "OwnFormat.format"),
        ("price", RoundPrice(max_digits=12, decimal_places=2), "RoundPrice.quantize"),
        ("facts", ListOfOwn(), "OwnZone.default_timezone"),
    ],
)
def test_a_field_that_helps_itself_in_its_own_way_is_left_alone(
    books: None, name: str, field: Any, part: str
) -> None:
    serializer = make(Book, (name,), **{name: field})
    assert compare_views(serializer)[0] == 200
    (reason,) = explain(serializer)
    assert part in reason


def test_a_field_that_is_only_written_in_its_own_way_is_compiled(books: None) -> None:
    def own(self: Any, data: Any) -> Any:
        return data

    field = type("Own", (serializers.CharField,), {"to_internal_value": own, "run_validation": own})
    assert explain(make(Book, ("title",), title=field())) == ()
    assert explain(make(Book, ("title",), validate=own, create=own, save=own, run_validation=own)) == ()


def hide_by_names(self: Any, declared: Any, info: Any) -> list[str]:
    return ["id"] if "request" in self.context else ["id", "secret"]


def hide_by_field(self: Any, name: str, info: Any, model: Any, depth: int) -> Any:
    kind, asked = serializers.ModelSerializer.build_field(self, name, info, model, depth)
    if name == "secret" and self.context.get("request"):
        asked["write_only"] = True
    return kind, asked


def hide_by_arguments(self: Any, names: Any, declared: Any, asked: Any) -> Any:
    found = serializers.ModelSerializer.get_uniqueness_extra_kwargs(self, names, declared, asked)
    if self.context.get("request"):
        found[0]["secret"] = {"write_only": True}
    return found


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    "body",
    [
        {"get_default_field_names": hide_by_names},
        {"build_field": hide_by_field},
        {"get_uniqueness_extra_kwargs": hide_by_arguments},
    ],
)
def test_no_field_appears_that_the_serializer_hides_from_the_request(
    books: None, body: dict[str, Any], named: bool
) -> None:
    serializer = make(Book, **body)
    if not named:  # a class of type() has the module of REST framework's metaclass
        meta = type("Meta", (), {"model": Book, "fields": "__all__"})
        serializer = type(serializers.ModelSerializer)(
            "Made", (serializers.ModelSerializer,), {**body, "Meta": meta}
        )
        assert serializer.__module__ == "rest_framework.serializers"
    status, told = compare_views(serializer)
    assert (status, "secret" in told[0]) == (200, False)
    (reason,) = explain(serializer)
    assert reason.endswith(f"{next(iter(body))} is its own")


def test_a_method_of_rest_framework_that_was_replaced_is_kept(
    books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    serializer = make(Book, ("title", "pages"))
    monkeypatch.setattr(serializers.CharField, "to_representation", lambda self, value: value * 2)
    assert compare_views(serializer)[1][0]["title"] == "T0T0"


def test_a_method_field_that_looks_elsewhere_is_left_alone(books: None) -> None:
    field = type(
        "Own", (serializers.SerializerMethodField,), {"get_attribute": lambda self, book: book.author}
    )
    serializer = make(Book, ("told",), told=field(), get_told=lambda self, author: author.id * 100)
    assert compare_views(serializer)[1][1]["told"] == Book.objects.all()[1].author_id * 100


def test_a_meta_that_a_view_changes_is_read_anew(books: None) -> None:
    serializer = make(Book, ["id", "secret"])
    assert "secret" in compare_views(serializer)[1][0]
    serializer.Meta.fields.remove("secret")
    assert "secret" not in compare_views(serializer)[1][0]
    serializer.Meta.fields, serializer.Meta.depth = ["author"], 1
    assert compare_views(serializer)[1][0]["author"]["name"] == "Ann"


def test_a_serializer_that_is_no_class_is_called(books: None) -> None:
    serializer = make(Country)
    told = compare_views(
        serializer, get_serializer_class=lambda view: functools.partial(serializer, label="x")
    )
    assert told[0] == 200


def test_a_serializer_that_cannot_be_made_fails_as_it_did(books: None) -> None:
    assert compare_views(make(Book, ("nonsense",))) == "ImproperlyConfigured"
    assert compare_views(make(Book, ("nonsense",)), Book.objects.none()) == (200, [])


class Numbers(PageNumberPagination):
    page_size = 2


class Offsets(LimitOffsetPagination):
    default_limit = 2


class Cursors(CursorPagination):
    page_size = 2
    ordering = "-id"


class SumOfPage(Numbers):
    def get_paginated_response(self, data: Any) -> Response:
        names = [one.author.name for one in self.page]
        every = [one.title for one in self.page.paginator.object_list]
        return Response({"names": names, "every": every, "left": self.page.has_next(), "results": data})


class SumOfCursor(Cursors):
    def get_paginated_response(self, data: Any) -> Response:
        return Response({"names": [one.author.name for one in self.page], "results": data})


@pytest.mark.parametrize("paginator", [SumOfPage, SumOfCursor])
def test_an_answer_may_look_at_the_objects_of_its_page(books: None, paginator: Any) -> None:
    status, told = compare_views(make(Book, ("id", "title")), pagination_class=paginator)
    assert (status, len(told["names"])) == (200, 2)


class Looking(JSONRenderer):
    """As renderers of JSON:API and of spreadsheets do."""

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        serializer = (data["results"] if isinstance(data, dict) else data).serializer
        told = [serializer.data, [one.title for one in serializer.instance], len(serializer.instance)]
        made: bytes = super().render(told, accepted_media_type, renderer_context)
        return made


@pytest.mark.parametrize("paginator", [None, Numbers, Offsets, Cursors])
def test_a_renderer_may_look_at_the_objects_of_the_serializer(books: None, paginator: Any) -> None:
    status, told = compare_views(
        make(Book, ("id", "title")), pagination_class=paginator, renderer_classes=[Looking]
    )
    assert (status, told[2]) == (200, 4 if paginator is None else 2)


def test_a_context_may_tell_of_the_page(books: None) -> None:
    def get_context(view: Any) -> dict[str, Any]:
        return {**ListAPIView.get_serializer_context(view), "many": view.paginator.page.paginator.count}

    class Counting(serializers.ModelSerializer):
        many = serializers.SerializerMethodField()

        class Meta:
            model = Author
            fields = ("many",)

        def get_many(self, author: Any) -> list[Any]:
            return [author.name, self.context["many"]]

    status, told = compare_views(
        Counting,
        Author.objects.order_by("id"),
        get_serializer_context=get_context,
        pagination_class=Numbers,
    )
    assert (status, told["results"][0]) == (200, {"many": ["Ann", 3]})
    assert explain(Counting) == ()


def test_values_that_only_rest_frameworks_encoder_knows_are_rendered(books: None) -> None:
    def get_told(self: Any, book: Any) -> Any:
        return {book.title}

    for body in ({"get_told": get_told}, {"get_told": get_told, "get_fields": OwnFields.get_fields}):
        serializer = make(Book, ("told",), told=serializers.SerializerMethodField(), **body)
        assert json.loads(render(serializer, Book.objects.all()))[0] == {"told": ["T0"]}


class OwnFields(serializers.ModelSerializer):
    def get_fields(self) -> Any:
        return serializers.ModelSerializer.get_fields(self)
