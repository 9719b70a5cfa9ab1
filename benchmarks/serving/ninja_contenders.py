"""The contenders of ninja_lists.py: one list of reviews in every way of django-ninja."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it)
from decimal import Decimal  # noqa: TC003
from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import WSGIHandler
from django.urls import path
from ninja import NinjaAPI, Schema
from ninja.pagination import LimitOffsetPagination, paginate
from tests.django_site.reads.models import Review

from django_tenfold.api.ninja.lists import compiled_list
from serving.serializer_contenders import call

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 1_000


class AuthorOut(Schema):
    id: int
    name: str


class BookOut(Schema):
    id: int
    title: str
    price: Decimal
    changed: datetime | None
    sold: int
    in_print: bool | None


class ReviewOut(Schema):
    id: int
    stars: int
    text: str
    author: AuthorOut
    book: BookOut


api = NinjaAPI()


@api.get("/n-plus-one", response=list[ReviewOut])
def list_plain(request: Any) -> Any:
    return Review.objects.all()[:ROWS]


@api.get("/joined", response=list[ReviewOut])
def list_joined(request: Any) -> Any:
    return Review.objects.select_related("author", "book")[:ROWS]


@api.get("/compiled", response=list[ReviewOut])
@compiled_list
def list_compiled(request: Any) -> Any:
    return Review.objects.all()[:ROWS]


@api.get("/joined-page", response=list[ReviewOut])
@paginate(LimitOffsetPagination)
def page_joined(request: Any) -> Any:
    return Review.objects.select_related("author", "book")


@api.get("/compiled-page", response=list[ReviewOut])
@compiled_list
@paginate(LimitOffsetPagination)
def page_compiled(request: Any) -> Any:
    return Review.objects.all()


urlpatterns = [path("api/", api.urls)]


def make_requests() -> tuple[dict[str, Callable[[], bytes]], dict[str, Callable[[], bytes]]]:
    """Plain lists, and pages."""
    django = WSGIHandler()

    def ask(name: str) -> Callable[[], bytes]:
        return lambda: call(django, f"/api/{name}", f"limit={ROWS}")

    lists = {
        "django-ninja, N+1": ask("n-plus-one"),
        "django-ninja": ask("joined"),
        "compiled": ask("compiled"),
    }
    return lists, {"django-ninja, paged": ask("joined-page"), "compiled, paged": ask("compiled-page")}
