"""Compiled lists of django-ninja: its own answer is the oracle."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from django_tenfold.api import proof as drf_proof
from django_tenfold.api.ninja import lists as ninja_lists
from django_tenfold.api.ninja.compile import explain
from tests.django_site.reads.models import Author, Book, Country, Profile, Review, Tag
from tests.django_tenfold.api import ninja_site
from tests.django_tenfold.api.drf_oracle import fill, library

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("sqlite_database", "urls")
SIGNATURE = re.compile(rb"%3A[\w-]+%3A[\w-]+")
"""Of a cursor, which holds the time."""
ROUTES = [f"/{one}/{flags}" for one in ("books", "library", "later") for flags in ninja_site.FLAGS]


@pytest.fixture
def urls(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ninja_lists, "_told", set())
    with override_settings(ROOT_URLCONF="tests.django_tenfold.api.ninja_site"):
        yield


def ask(route: str, which: str = "compiled") -> Any:
    return Client(raise_request_exception=False).get(f"/{which}{route}")


def ask_both(route: str) -> Any:
    """The compiled answer; equal to django-ninja's own."""
    answers = [ask(route, which) for which in ("oracle", "compiled")]
    assert [one.status_code for one in answers] == [answers[0].status_code] * 2
    if answers[0].status_code < 400:
        texts = [SIGNATURE.sub(b"", one.content.replace(b"/oracle/", b"/compiled/")) for one in answers]
        told = [json.loads(text, parse_float=Decimal) for text in texts]
        assert told[1] == told[0]
        assert [[*one] for one in iterate_objects(told[1])] == [[*one] for one in iterate_objects(told[0])]
        assert answers[1].headers["Content-Type"] == answers[0].headers["Content-Type"]
    return answers[1]


def iterate_objects(told: Any) -> Iterator[dict[str, Any]]:
    if isinstance(told, dict):
        yield told
    for one in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from iterate_objects(one)


def make_library(kinds: str = "ppe") -> None:
    countries = [Country.objects.create(code=f"c{number}", name=f"Country {number}") for number in range(2)]
    tags = [Tag.objects.create(name=name) for name in "ba"]
    authors = [
        Author.objects.create(name=name, country=country)
        for name, country in zip(
            "Ann Bob Cid Dan Eve".split(), [*countries, None, None, countries[0]], strict=True
        )
    ]
    Profile.objects.create(author=authors[0], motto="more")
    for number, kind in enumerate(kinds):
        book = Book.objects.create(
            title=f"Book {number}",
            author=authors[number],
            editor=authors[2] if number else None,
            kind=kind,
            price=Decimal("1.50"),
            changed=[None, datetime(2026, 1, 2, 3, 4, 5, 6_789, tzinfo=UTC)][number % 2],
            facts=[None, {"a": [None, 1.5], "b": None}][number % 2],
        )
        book.tags.set(tags[:number])
        Review.objects.create(book=book, author=authors[-1], stars=number, text="x")
        Review.objects.create(book=book, author=authors[0], stars=5 - number)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=library)
def test_any_library_is_answered_as_django_ninja_does(made: dict[str, Any]) -> None:
    fill(made)
    for route in ROUTES:
        ask_both(route)


def test_every_list_of_the_site_is_compiled(caplog: pytest.LogCaptureFixture) -> None:
    assert explain(ninja_site.BookOut, Book) == ()
    assert explain(ninja_site.LibraryOut, Book, by_alias=True, exclude_none=True) == ()
    make_library()
    for route in ROUTES:
        assert len(json.loads(ask_both(route).content)) in (3, 5)
    for route in (*ninja_site.PAGES, *(f"later/{name}" for name in ninja_site.PAGES if name != "passed")):
        assert ask_both(f"/{route}").status_code == 200
    assert not [one for one in caplog.records if one.name == "django_tenfold.api"]
    first = json.loads(ask("/library/alias").content)[1]
    assert (first["bookTitle"], first["kind"], first["editor"]["name"]) == ("Book 1", "p", "Cid")


def test_a_list_takes_as_many_statements_for_many_rows_as_for_few() -> None:
    make_library("p")
    with CaptureQueriesContext(connection) as few:
        ask("/library/plain")
    Book.objects.bulk_create(Book(title=str(n), author=Author.objects.first()) for n in range(20))
    with CaptureQueriesContext(connection) as many:
        assert len(json.loads(ask("/library/plain").content)) == 21
    assert (len(few), len(many)) == (3, 3)


def test_no_instance_is_made_and_pydantic_sees_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    make_library()

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("an instance was made")

    monkeypatch.setattr(Book, "from_db", classmethod(refuse))
    monkeypatch.setattr(Author, "from_db", classmethod(refuse))
    monkeypatch.setattr(drf_proof, "refuse_model", lambda _: None)  # from_db is another now
    for route in ("/books/plain", "/library/none", "/number", "/offset", "/later/plain"):
        assert ask(route).status_code in (200, 203)


def follow(route: str, name: str) -> list[Any]:
    pages, address = [], f"/compiled{route}"
    while address:
        told = json.loads(Client().get(address).content)
        ask_both(address.partition("/compiled")[2])
        pages.append(told["results"])
        address = told.get(name)
    return pages


@pytest.mark.parametrize("route", ["/cursor", "/keyset", "/later/cursor", "/later/keyset"])
def test_pages_by_cursor_hold_every_row_once_and_lead_back(route: str) -> None:
    make_library()
    pages = follow(route, "next")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({row["id"] for page in pages for row in page}) == 5


def test_a_bad_cursor_is_answered_with_400_and_its_reason() -> None:
    make_library()
    for route in ("/keyset", "/later/keyset"):
        told = ask(f"{route}?cursor=x:y:z")
        assert (told.status_code, json.loads(told.content)) == (
            400,
            {"detail": "This cursor was not made here, or was changed."},
        )


@pytest.mark.parametrize(
    "query",
    ["offset?limit=2&offset=1", "offset?limit=0", "number?page=2", "number?page=9", "offset?letter=b"],
)
def test_pagination_and_parameters_are_those_of_django_ninja(query: str) -> None:
    make_library()
    assert ask_both(f"/{query}").status_code in (200, 422)


def test_the_schema_of_the_api_is_unchanged() -> None:
    compiled, oracle = (json.loads(ask("/openapi.json", which).content) for which in ("compiled", "oracle"))
    assert json.loads(json.dumps(compiled).replace("compiled", "oracle")) == oracle
    assert "PagedAuthorOut" in compiled["components"]["schemas"]


def test_a_value_that_the_schema_refuses_is_answered_as_before(caplog: pytest.LogCaptureFixture) -> None:
    make_library("p?")
    assert ask_both("/library/plain").status_code == 500
    assert "a value that its schema may refuse or change" in caplog.text
    Book.objects.filter(kind="?").update(kind="e")
    assert ask_both("/library/plain").status_code == 200
