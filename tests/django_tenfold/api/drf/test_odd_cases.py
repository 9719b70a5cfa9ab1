"""The drop-in beside REST framework where models, serializers and views are not as most are."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models import Count, F, Prefetch, QuerySet
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone, translation
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.renderers import AdminRenderer, BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.versioning import NamespaceVersioning, URLPathVersioning

from django_tenfold.api.drf.compile import explain
from django_tenfold.api.drf.serializers import compiled
from django_tenfold.api.drf.views import CompiledListMixin
from tests.django_site.reads.models import Author, Book, Club, Membership, QuietReader, Reader, Review
from tests.django_tenfold.api import drf_oracle
from tests.django_tenfold.api.drf_oracle import ask, fill

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def readers(sqlite_database: None) -> Iterator[None]:
    book = {"title": "T", "pages": 7, "price": "1234.5", "cover": "covers/a.png"}
    fill(
        {
            "countries": ["France", "Chad", "Peru"],
            "authors": [("Ann", 0, "hm"), ("Bob", None, None), ("Cid", 1, "")],
            "books": [
                ({**book, "title": f"T{n}"}, n % 3, n % 2 or None, n % 3, {0}, [0, 1]) for n in range(4)
            ],
        }
    )
    made = [Reader.everyone.create(name=name, gone=name == "c") for name in "abcd"]
    club = Club.objects.create(name="club", seat="Lyon", guide=made[0])
    for number, one in enumerate(made):
        one.friends.add(made[number - 1])
        one.follows.add(made[number - 2])
        one.wishes.set(Book.objects.all()[:number])
        Membership.objects.create(club=club, reader=one, paid=number)
    Membership.objects.create(club=club, reader=made[0], paid=9)
    Reader.everyone.filter(name__in="bc").update(guide=made[0])
    with override_settings(ROOT_URLCONF=__name__):
        yield


def make(model: Any, names: Any = "__all__", **body: Any) -> Any:
    kind = {"fields": names} if isinstance(names, list | tuple | str) else names
    meta = type("Meta", (), {"model": model, **kind})
    return type(f"{model.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": meta, **body})


def compare(serializer: Any, queryset: Any = None, *, compiles: bool = True, **body: Any) -> Any:
    """What both views answer."""
    queryset = serializer.Meta.model.objects.all() if queryset is None else queryset
    plain = type(
        "Plain",
        (ListAPIView,),
        {"queryset": queryset, "serializer_class": serializer, "renderer_classes": [JSONRenderer], **body},
    )
    quick = type("Quick", (CompiledListMixin, plain), {})
    told = ask(quick)
    assert told == ask(plain)
    assert told
    assert (quick().explain_list() == ()) is compiles
    return told


NameSerializer = make(Reader, ("id", "name"))
LISTS = {
    name: make(Reader, ("id", name), **{name: NameSerializer(many=True)})
    for name in ("friends", "follows", "followers", "clubs", "guided")
}


@pytest.mark.parametrize("model", [Reader, Club, QuietReader])
def test_every_field_of_readers_is_the_same(readers: None, model: Any) -> None:
    compare(make(model))


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("model", [Reader, Club, Membership, Review])
def test_depth_nests_the_same_objects(readers: None, model: Any, depth: int) -> None:
    compare(make(model, {"fields": "__all__", "depth": depth}))


@pytest.mark.parametrize("name", [*LISTS])
@pytest.mark.parametrize("model", [Reader, Club, QuietReader])
def test_lists_of_the_same_model_hold_the_same_readers(readers: None, model: Any, name: str) -> None:
    told = compare(LISTS[name], model._default_manager.all())
    assert all({"c"}.isdisjoint(one["name"] for one in row[name]) for row in told)


def test_books_without_a_way_back_are_the_same(readers: None) -> None:
    told = compare(make(Reader, ("id", "wishes"), wishes=make(Book, ("id", "title"))(many=True)))
    assert sorted(len(one["wishes"]) for one in told) == [0, 0, 1, 3]


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: Reader.everyone.all(),
        lambda: Reader.objects.defer("name"),
        lambda: Reader.objects.only("id", "guide").select_related("guide"),
        lambda: Reader.objects.prefetch_related(Prefetch("friends", Reader.everyone.order_by("name"))),
        lambda: Reader.objects.prefetch_related(Prefetch("friends", Reader.objects.all(), to_attr="found")),
        lambda: Reader.objects.filter(friends__name__in="abd").distinct(),
        lambda: Reader.objects.annotate(n=Count("friends")).order_by("n", "name"),
        lambda: Reader.objects.annotate(n=F("guide__name")).reverse(),
        lambda: Reader.objects.using("default").exclude(guide=None),
        lambda: Club.objects.all(),
        lambda: Membership.objects.get(paid=9).reader.friends.all(),
    ],
)
def test_querysets_of_every_make_list_the_same_friends(readers: None, queryset: Any) -> None:
    compare(LISTS["friends"], queryset())


class WatchingSerializer(serializers.ModelSerializer):
    """Looks at what it is given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(args[0], list | tuple | QuerySet):
            self.first = args[0][0]

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        assert len(args[0])
        return super().many_init(*args, **kwargs)

    class Meta:
        model = Reader
        fields = ("name",)


def test_a_serializer_that_looks_at_what_it_gets_is_given_the_rows(readers: None) -> None:
    compare(WatchingSerializer, compiles=False)


class LoudList(serializers.ListSerializer):
    def to_representation(self, data: Any) -> Any:
        return [{**one, "loud": True} for one in super().to_representation(data)]


def test_a_list_serializer_with_its_own_way_keeps_it(readers: None) -> None:
    loud = make(Reader, {"fields": ("name",), "list_serializer_class": LoudList})
    told = compare(loud)
    assert all(one["loud"] for one in told)
    assert all(one["loud"] for one in compiled(loud)(Reader.objects.all(), many=True).data)
    nested = make(Reader, ("name", "friends"), friends=loud(many=True))
    assert compare(nested, compiles=False)[0]["friends"][0]["loud"]


class Shaped(PageNumberPagination):
    page_size = 2

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"many": len(data), "rows": data, "of": type(data.serializer.child).__name__})


class Backwards(CursorPagination):
    page_size = 2
    ordering = "-name"


@pytest.mark.parametrize("kind", [Shaped, Backwards])
def test_paginators_with_a_shape_of_their_own_get_the_same(readers: None, kind: Any) -> None:
    compare(make(Reader), pagination_class=kind)


@pytest.mark.parametrize("renderer", [BrowsableAPIRenderer, AdminRenderer])
@pytest.mark.parametrize("verb", ["get", "head", "options"])
def test_pages_for_people_and_other_verbs_are_the_same(readers: None, renderer: Any, verb: str) -> None:
    plain = type(
        "Plain",
        (ListAPIView,),
        {"queryset": Reader.objects.all(), "serializer_class": make(Reader), "renderer_classes": [renderer]},
    )
    told = []
    for kind in (plain, type("Plain", (CompiledListMixin, plain), {"__doc__": plain.__doc__})):
        with override_settings(
            INSTALLED_APPS=["rest_framework", "tests.django_site.reads", "django.contrib.contenttypes"],
            STATIC_URL="/static/",
        ):
            response = kind.as_view()(getattr(APIRequestFactory(), verb)("/readers/"))
            page = re.sub(r"\b[A-Za-z0-9]{64}\b", "", response.render().content.decode())
            told.append((response.status_code, page))
    assert told[0] == told[1]


class LinkedSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Book
        fields = ("url", "author", "cover")


@pytest.mark.parametrize("scheme", [NamespaceVersioning, URLPathVersioning])
def test_addresses_follow_the_version_of_the_request(readers: None, scheme: Any) -> None:
    plain = type(
        "Plain", (ListAPIView,), {"queryset": Book.objects.all(), "serializer_class": LinkedSerializer}
    )
    told = []
    for kind in (plain, type("Quick", (CompiledListMixin, plain), {})):
        request = APIRequestFactory().get("/v2/books/")
        view = kind.as_view(versioning_class=scheme, renderer_classes=[JSONRenderer])
        if scheme is NamespaceVersioning:
            request.resolver_match = type("Match", (), {"namespace": "v2", "kwargs": {}})()
        response = view(request, **({"version": "v2"} if scheme is URLPathVersioning else {}))
        told.append(json.loads(response.render().content))
    assert told[0] == told[1]
    assert told[0][0]["url"].startswith("http://testserver/v2/")


class LocalSerializer(serializers.ModelSerializer):
    local = serializers.DecimalField(source="price", max_digits=12, decimal_places=2, localize=True)
    plain = serializers.DecimalField(
        source="price", max_digits=None, decimal_places=None, normalize_output=True
    )
    kinds = serializers.MultipleChoiceField(source="kind", choices=["p", "e"], read_only=True)
    number = serializers.UUIDField(source="key", format="int")
    urn = serializers.UUIDField(source="key", format="urn")
    name_alone = serializers.FileField(source="cover", use_url=False)
    far = serializers.DateTimeField(source="changed", default_timezone=timezone.get_fixed_timezone(330))
    iso = serializers.DurationField(source="lent_for", format="iso-8601")
    bare = serializers.ReadOnlyField(source="lent_for")
    whole = serializers.JSONField(source="facts", binary=True)
    inside = serializers.DictField(source="facts", read_only=True)

    class Meta:
        model = Book
        exclude = ("seal",)


class DefaultSerializer(LocalSerializer):
    always = serializers.CharField(source="editor.name", default="nobody")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("serializer", [LocalSerializer, DefaultSerializer])
def test_formats_of_every_kind_are_followed(readers: None, serializer: Any, language: str) -> None:
    Book.objects.update(facts={"a": [1]}, lent_for=timedelta(days=2), changed=timezone.now())
    with translation.override(language), timezone.override("Asia/Tokyo"):
        compare(serializer, compiles=serializer is LocalSerializer)


@given(made=drf_oracle.library, zone=st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns"]))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_formats_are_followed_whatever_the_books_hold(
    sqlite_database: None, made: dict[str, Any], zone: str
) -> None:
    assume(made["books"])
    for columns, *_ in made["books"]:
        columns["facts"] = {"a": columns["facts"]}  # REST framework's DictField takes no other
    fill(made)
    with timezone.override(zone):
        compare(LocalSerializer)


def test_a_context_of_the_view_reaches_methods(readers: None) -> None:
    def get_told(self: Any, author: Any) -> Any:
        return [self.context["view"].kwargs, self.context.get("more"), author.name]

    serializer = make(Author, ("told",), told=serializers.SerializerMethodField(), get_told=get_told)
    compare(
        serializer,
        get_serializer_context=lambda view: {**ListAPIView.get_serializer_context(view), "more": 1},
    )


def test_nothing_stays_on_instances_that_were_read(readers: None) -> None:
    found = [*Reader.objects.all()]
    assert compiled(LISTS["friends"])(found, many=True).data == LISTS["friends"](found, many=True).data
    first = found[0]
    before = first.friends.count()
    Reader.friends.through.objects.filter(from_reader=first).delete()
    assert (before, [*first.friends.all()]) == (1, [])


def test_odd_serializers_are_compiled_where_they_can_be() -> None:
    for serializer in (*LISTS.values(), make(Club), make(QuietReader), LinkedSerializer):
        assert explain(serializer) == ()


books = [
    path("books/<int:pk>/", ListAPIView.as_view(), name="book-detail"),
    path("authors/<int:pk>/", ListAPIView.as_view(), name="author-detail"),
]
urlpatterns = [path("v2/", include((books, "v2"))), path("<str:version>/", include(books))]
