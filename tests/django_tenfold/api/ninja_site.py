"""An API of django-ninja, every list of it twice: as it is (the oracle) and compiled."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it)
from decimal import Decimal  # noqa: TC003
from enum import StrEnum
from typing import Any, Literal

from django.db.models import Count, Prefetch
from django.urls import path
from ninja import Field, ModelSchema, NinjaAPI, Schema
from ninja.pagination import CursorPagination, LimitOffsetPagination, PageNumberPagination, paginate

from django_tenfold.api.ninja.lists import compiled_list
from django_tenfold.api.ninja.pagination import KeysetPagination
from tests.django_site.reads.models import Author, Book, Review


class CountryOut(Schema):
    code: str
    name: str


class AuthorOut(Schema):
    id: int
    name: str
    country: CountryOut | None
    motto: str | None = Field(None, alias="profile.motto")
    country_name: str | None = Field(None, alias="country.name")


class TagOut(Schema):
    name: str


class ReviewOut(Schema):
    stars: float
    reviewer: str = Field(alias="author.name")
    author: AuthorOut


class Kind(StrEnum):
    PAPER = "p"
    EBOOK = "e"


class BookOut(ModelSchema):
    """Every column that has a schema."""

    class Meta:
        model = Book
        fields = (
            "id title author editor kind price weight pages sold in_print published opens changed lent_for key cover"
            " facts address secret tags"
        ).split()


class LibraryOut(Schema):
    pk: int
    name: str = Field(alias="title", serialization_alias="bookTitle")
    kind: Kind
    form: Literal["p", "e"] = Field(alias="kind")
    price: Decimal
    changed: datetime | None
    facts: Any
    author: AuthorOut
    editor: AuthorOut | None = None
    tags: list[TagOut]
    reviews: list[ReviewOut]
    many: int


FLAGS: dict[str, dict[str, bool]] = {
    "plain": {},
    "alias": {"by_alias": True},
    "none": {"exclude_none": True},
    "unset": {"exclude_unset": True},
}
api = NinjaAPI(urls_namespace="compiled")
oracle = NinjaAPI(urls_namespace="oracle")


def list_books(request: Any) -> Any:
    return Book.objects.all()


def list_library(request: Any) -> Any:
    return (
        Book.objects.annotate(many=Count("reviews"))
        .order_by("pk")
        .prefetch_related(Prefetch("reviews", Review.objects.order_by("stars", "id")))
    )


async def list_later(request: Any) -> Any:
    return Author.objects.select_related("country", "profile").order_by("-name", "pk")


async def list_loaded(request: Any) -> Any:
    return [one async for one in await list_later(request)]


list_loaded.__name__ = "list_later"  # both have one name in OpenAPI


def list_authors(request: Any, letter: str = "") -> Any:
    return Author.objects.filter(name__contains=letter).order_by("-name", "pk")


PAGES: dict[str, Any] = {
    "offset": (LimitOffsetPagination, {}),
    "number": (PageNumberPagination, {"page_size": 2}),
    "cursor": (CursorPagination, {"ordering": ("name", "id"), "page_size": 2}),
    "keyset": (KeysetPagination, {"ordering": ("country", "-name"), "page_size": 2}),
    "passed": (LimitOffsetPagination, {"pass_parameter": "page"}),
}


def list_passed(request: Any, **asked: Any) -> Any:
    return Author.objects.filter(name__contains="") if asked["page"].limit else None


def add(route: str, view: Any, response: Any, *, pages: Any = None, **flags: bool) -> None:
    def paged() -> Any:
        copy = type(view)(view.__code__, view.__globals__, view.__name__, view.__defaults__)
        copy.__annotations__, copy.__kwdefaults__ = view.__annotations__, view.__kwdefaults__
        return paginate(pages[0], **pages[1])(copy) if pages else copy

    loaded = list_loaded if view is list_later and not pages else paged()  # no coroutine may load it later
    oracle.get(route, response=response, **flags)(loaded)
    api.get(route, response=response, **flags)(compiled_list(paged()))


for name, flags in FLAGS.items():
    add(f"/books/{name}", list_books, list[BookOut], **flags)
    add(f"/library/{name}", list_library, list[LibraryOut], **flags)
    add(f"/later/{name}", list_later, {203: list[AuthorOut]}, **flags)
for name, pages in PAGES.items():
    view = list_passed if name == "passed" else list_authors
    add(f"/{name}", view, list[AuthorOut], pages=pages)
    if name != "passed":
        add(f"/later/{name}", list_later, list[AuthorOut], pages=pages, exclude_none=True)

urlpatterns = [path("compiled/", api.urls), path("oracle/", oracle.urls)]
