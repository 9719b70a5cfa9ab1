"""The contenders of serializers.py: the same list of reviews in every way, and the routes that give it."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import WSGIHandler
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.renderers import JSONRenderer
from serializers import BY_HAND
from tests.django_site.reads.models import Author, Book, Review

from django_tenfold.api.drf.renderers import FastJSONRenderer
from django_tenfold.api.drf.serializers import render
from django_tenfold.api.drf.views import CompiledListMixin
from django_tenfold.api.rows.encoder import encode
from django_tenfold.api.serializer_fields import Nested
from django_tenfold.api.serializers import ReadSerializer

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

BOOK_FIELDS = ("id", "title", "price", "changed", "sold", "in_print")


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ("id", "name")


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = BOOK_FIELDS


class ReviewSerializer(serializers.ModelSerializer):
    author = AuthorSerializer()
    book = BookSerializer()

    class Meta:
        model = Review
        fields = ("id", "stars", "text", "author", "book")


class AuthorRead(ReadSerializer):
    class Meta:
        model = Author
        fields = ("id", "name")


class BookRead(ReadSerializer):
    class Meta:
        model = Book
        fields = BOOK_FIELDS


class ReviewRead(ReadSerializer):
    class Meta:
        model = Review
        fields = ("id", "stars", "text")

    author = Nested(AuthorRead)
    book = Nested(BookRead)


class PlainReviews(ListAPIView):
    """Nobody thought of select_related."""

    serializer_class = ReviewSerializer
    renderer_classes = (JSONRenderer,)
    authentication_classes = ()
    permission_classes = ()

    def get_queryset(self) -> QuerySet[Review]:
        return Review.objects.all()[: self.kwargs["rows"]]


class JoinedReviews(PlainReviews):
    def get_queryset(self) -> QuerySet[Review]:
        return Review.objects.select_related("author", "book")[: self.kwargs["rows"]]


class DropIn(CompiledListMixin, PlainReviews):
    pass


class FastDropIn(DropIn):
    renderer_classes = (FastJSONRenderer,)


def list_rows(request: HttpRequest, rows: int) -> HttpResponse:
    return ReviewRead.respond(Review.objects.all()[:rows], request=request, how="rows")


def list_sql(request: HttpRequest, rows: int) -> HttpResponse:
    return ReviewRead.respond(Review.objects.all()[:rows], request=request, how="sql")


LATEST = ReviewRead.prepare(Review.objects.all()[:20])


def list_prepared(request: HttpRequest) -> HttpResponse:
    return LATEST.respond(request=request, how="rows")


def list_prepared_sql(request: HttpRequest) -> HttpResponse:
    return LATEST.respond(request=request, how="sql")


urlpatterns = [
    path("prepared/", list_prepared),
    path("prepared-sql/", list_prepared_sql),
    path("n-plus-one/<int:rows>/", PlainReviews.as_view()),
    path("joined/<int:rows>/", JoinedReviews.as_view()),
    path("drop-in/<int:rows>/", DropIn.as_view()),
    path("fast-drop-in/<int:rows>/", FastDropIn.as_view()),
    path("rows/<int:rows>/", list_rows),
    path("sql/<int:rows>/", list_sql),
]


def make_lists(raw: Any, *, rows: int) -> dict[str, Callable[[], bytes]]:
    """Querysets to bytes, without a request."""

    def plainly(queryset: Any) -> bytes:
        return JSONRenderer().render(ReviewSerializer(queryset[:rows], many=True).data)

    return {
        "REST framework, N+1": lambda: plainly(Review.objects.all()),
        "REST framework": lambda: plainly(Review.objects.select_related("author", "book")),
        "drop-in serializer": lambda: render(ReviewSerializer, Review.objects.all()[:rows]),
        "rows, Django's defaults": lambda: ReviewRead.render(
            Review.objects.using("stock")[:rows], how="rows"
        ),
        "rows": lambda: ReviewRead.render(Review.objects.all()[:rows], how="rows"),
        "sql": lambda: ReviewRead.render(Review.objects.all()[:rows], how="sql"),
        "by hand": lambda: write_by_hand(raw, rows),
    }


def write_by_hand(raw: Any, rows: int) -> bytes:
    found = raw.execute(BY_HAND.format(rows=rows), prepare=True).fetchall()
    return encode(
        [
            {
                "id": number,
                "stars": stars,
                "text": text,
                "author": {"id": author, "name": name},
                "book": {
                    "id": book,
                    "title": title,
                    "price": str(price),
                    "changed": changed.isoformat()[:-6] + "Z",
                    "sold": sold,
                    "in_print": in_print,
                },
            }
            for number, stars, text, author, name, book, title, price, changed, sold, in_print in found
        ]
    )


def make_requests(raw: Any, *, drop_in: bool = False) -> dict[str, Callable[[], bytes]]:
    """Whole requests: of 20 rows beside a bare WSGI function, or of 1,000 by views of REST framework."""
    django = WSGIHandler()

    def ask(application: Any, address: str) -> Callable[[], bytes]:
        return lambda: call(application, address)

    if drop_in:
        return {
            "REST framework, N+1": ask(django, "/n-plus-one/1000/"),
            "REST framework": ask(django, "/joined/1000/"),
            "drop-in": ask(django, "/drop-in/1000/"),
            "drop-in, FastJSONRenderer": ask(django, "/fast-drop-in/1000/"),
        }

    def bare(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [write_by_hand(raw, 20)]

    return {
        "REST framework, N+1": ask(django, "/n-plus-one/20/"),
        "REST framework": ask(django, "/joined/20/"),
        "drop-in": ask(django, "/drop-in/20/"),
        "rows": ask(django, "/rows/20/"),
        "sql": ask(django, "/sql/20/"),
        "prepared rows": ask(django, "/prepared/"),
        "prepared sql": ask(django, "/prepared-sql/"),
        "by hand": ask(bare, "/"),
    }


def call(application: Any, address: str, query: str = "") -> bytes:
    """One request as a server would make it; anything but 200 ends the run."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    told: list[str] = []
    answer = application(environ, lambda status, headers: told.append(status))
    body = b"".join(answer)
    if close := getattr(answer, "close", None):
        close()
    if told != ["200 OK"]:
        raise SystemExit(f"{address}: {told} {body[:500]!r}")
    return body
