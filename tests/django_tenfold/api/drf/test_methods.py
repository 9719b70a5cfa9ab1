"""Methods of serializers: what is read of a row is what an instance has, or it is not compiled."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from django_tenfold.api.drf.compile import explain
from django_tenfold.api.drf.methods import reads
from django_tenfold.api.drf.serializers import compiled
from tests.django_site.reads.models import Author, Book
from tests.django_tenfold.api.drf_oracle import fill, make_serializer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

METHODS: dict[str, Callable[[Any, Any], Any]] = {}


def method(function: Any) -> Any:
    METHODS[function.__name__] = function
    return function


@method
def of_columns(self: Any, book: Any) -> Any:
    return f"{book.title.upper()} {book.author.name!r} {book.pk} {book.author_id}"


@method
def of_the_context(self: Any, book: Any) -> Any:
    request = self.context.get("request")
    return [book.title, request, self.context.get("more", 1)]


@method
def of_a_missing_object(self: Any, book: Any) -> Any:
    return "nobody" if book.editor is None else book.editor.name


@method
def of_the_other_direction(self: Any, book: Any) -> Any:
    return book.author.profile.motto if book.author.profile is not None else 0


@method
def of_an_error(self: Any, book: Any) -> Any:
    try:
        return book.author.profile.motto
    except ObjectDoesNotExist as reason:
        return [str(reason), type(reason).__name__]


@method
def of_a_file(self: Any, book: Any) -> Any:
    return book.cover.url if book.cover.name else None


@method
def of_nothing(self: Any, book: Any) -> Any:
    return [1, 2]


@method
def of_each_in_a_list(self: Any, book: Any) -> Any:
    return [book.pages for _ in range(2)] + sorted([3, 1], key=lambda one: one * (book.pages or 1))


def make(name: str, function: Any) -> Any:
    meta = type("Meta", (), {"model": Book, "fields": ("id", "told")})
    body = {"Meta": meta, "told": serializers.SerializerMethodField(), "get_told": function}
    return type(name, (serializers.ModelSerializer,), body)


def read(serializer: Any) -> Any:
    return serializer(Book.objects.all(), many=True).data


@pytest.fixture
def books(sqlite_database: None) -> None:
    book = {"title": "T", "pages": 7, "cover": "covers/a.png"}
    fill(
        {
            "countries": ["France", "Chad", "Peru"],
            "authors": [("Ann", 0, "hm"), ("Bob", None, None), ("Cid", 1, "")],
            "books": [({**book, "pages": n}, n, n or None, None, {0}, []) for n in range(3)],
        }
    )


@pytest.mark.parametrize("name", [*METHODS])
def test_a_simple_method_is_compiled_and_tells_the_same(books: None, name: str) -> None:
    plain = make("Plain", METHODS[name])
    assert explain(plain) == ()
    if name == "of_the_other_direction":
        for serializer in (plain, compiled(plain)):
            with pytest.raises(ObjectDoesNotExist, match="Author has no profile"):
                read(serializer)
    else:
        with CaptureQueriesContext(connection) as queries:
            told = read(compiled(plain))
        assert len(queries) == 1
        assert told == read(plain)


def hands_on(self: Any, book: Any) -> Any:
    return str(book)


def asks_a_property(self: Any, book: Any) -> Any:
    return book.author.loud_name


def uses_the_author(self: Any, book: Any) -> Any:
    return bool(book.author)


def assigns(self: Any, book: Any) -> Any:
    book.title = "other"
    return book.title


def counts(self: Any, book: Any) -> Any:
    self.seen = book.title
    return 1


def keeps(self: Any, book: Any) -> Any:
    self.context["seen"] = book.title
    return 1


def yields(self: Any, book: Any) -> Any:
    yield book.title


def asks_by_name(self: Any, book: Any) -> Any:
    return getattr(book, "title")  # noqa: B009


def shadows(self: Any, book: Any) -> Any:
    return [book + "" for book in (book.title,)]


def opens_a_file(self: Any, book: Any) -> Any:
    return book.cover.size


def lists(self: Any, book: Any) -> Any:
    return book.tags.count()


def has_more(self: Any, book: Any, more: int = 1) -> Any:
    return book.title


def wrapped(self: Any, *arguments: Any) -> Any:
    return METHODS["of_columns"](self, *arguments)


def compares(self: Any, book: Any) -> Any:
    return book.author == book.editor


@pytest.mark.parametrize(
    "function",
    [
        hands_on,
        asks_a_property,
        uses_the_author,
        assigns,
        counts,
        keeps,
        yields,
        asks_by_name,
        shadows,
        opens_a_file,
        lists,
        has_more,
        wrapped,
        compares,
        eval("lambda self, book: book.title"),
    ],
    ids=lambda one: one.__name__,
)
def test_a_method_that_does_more_is_left_alone(function: Any) -> None:
    (reason,) = explain(make("Doing", function))
    assert "get_told may read anything" in reason
    assert "@reads(...)" in reason


def test_a_method_may_read_what_it_says_and_nothing_else(books: None) -> None:
    @reads("title")
    def lie(self: Any, book: Any) -> Any:
        return hasattr(book, "pages")

    with pytest.raises(RuntimeError, match="get_told reads 'pages'"):
        read(compiled(make("Lying", lie)))


def test_what_a_method_names_may_be_missing_or_a_file(books: None) -> None:
    @reads("cover", "editor.profile.motto", "editor.country.name")
    def describe(self: Any, book: Any) -> Any:
        editor = book.editor
        motto = editor.profile.motto if editor is not None and hasattr(editor, "profile") else "none"
        country = editor and editor.country
        return [str(book.cover), motto, country and country.name]

    plain = make("Describing", describe)
    assert explain(plain) == ()
    assert read(compiled(plain)) == read(plain)
    assert {one.profile.motto for one in Author.objects.exclude(profile=None)} == {"hm", None}


def test_a_file_that_is_newer_than_what_runs_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new release is on the disk already, and the process of the old one compiles its first list."""
    lines = ["def get_told(self, book):", "    return book.title", ""]
    file = tmp_path / "released.py"
    file.write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    told = importlib.import_module("released").get_told
    body = {"told": serializers.SerializerMethodField(), "get_told": told}
    assert explain(make_serializer(Book, ("told",), **body)) == ()
    file.write_text("\n".join([lines[0], "    return book.pages", ""]))
    (reason,) = explain(make_serializer(Book, ("told",), **body))
    assert "its file has changed since" in reason
