from __future__ import annotations

from types import MappingProxyType

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import override_settings

from django_tenfold.search.checks import (
    check_declarations,
    check_engine,
    check_generations,
    check_options,
)
from django_tenfold.search.index import SearchIndex
from django_tenfold.search.models import SearchGeneration
from django_tenfold.search.rebuilding import rebuild_index, remove_index
from tests.django_site.articles.search import ArticleIndex, PlainIndex

HERE = "tests.django_site.articles.search."


class PlainTwiceIndex(SearchIndex):
    name = "plain"
    model = "articles.Article"
    text = MappingProxyType({"title": "A"})


def ids(*indexes: str) -> list[str]:
    with override_settings(TENFOLD_SEARCH={"indexes": indexes}):
        return [
            one.id for one in (*check_declarations(None), *check_generations(None, databases=["default"]))
        ]


def test_a_misspelt_option_is_named_with_the_right_one() -> None:
    with override_settings(TENFOLD_SEARCH={"indices": []}):
        (error,) = check_options(None)
        assert error.id == "tenfold.E901"
        assert "'indexes'" in error.msg
        assert not check_declarations(None)


@pytest.mark.usefixtures("sqlite_database")
def test_a_path_that_is_no_index_is_an_error() -> None:
    assert ids("tests.nowhere.Index") == ids("django.db.models.Model") == ["tenfold.E902"]


@pytest.mark.usefixtures("sqlite_database")
def test_two_indexes_of_one_name_are_an_error() -> None:
    assert "tenfold.E904" in ids(f"{HERE}PlainIndex", f"{__name__}.PlainTwiceIndex")


def test_a_database_without_an_engine_is_an_error() -> None:
    with override_settings(TENFOLD_SEARCH={"indexes": [f"{HERE}PlainIndex"]}):
        (error,) = check_declarations(None)
    assert error.id == "tenfold.E903"
    assert "articles.Article" in error.msg


@pytest.mark.usefixtures("sqlite_database")
def test_what_is_not_built_or_not_fed_or_outdated_is_warned_of() -> None:
    assert ids(f"{HERE}PlainIndex") == ["tenfold.W905"]
    rebuild_index(PlainIndex)
    assert ids(f"{HERE}PlainIndex") == []
    with connection.cursor() as cursor:
        cursor.execute("drop trigger tenfold_search_plain_feed0_insert")
    SearchGeneration.objects.update(fingerprint="other")
    assert ids(f"{HERE}PlainIndex") == ["tenfold.W906", "tenfold.W907"]
    remove_index(PlainIndex)


@pytest.mark.usefixtures("sqlite_database")
def test_the_checks_are_registered_with_django() -> None:
    with override_settings(TENFOLD_SEARCH={"indexes": [f"{HERE}{ArticleIndex.__name__}"]}):
        assert "tenfold.W905" in [one.id for one in run_checks(tags=["database"], databases=["default"])]


class NepaliIndex(SearchIndex):
    model = "articles.Article"
    text = MappingProxyType({"title": "A"})
    language = "nepali"


def ids_of_engine(index: str, **chosen: object) -> list[str]:
    with override_settings(TENFOLD_SEARCH={"indexes": [index], **chosen}):
        return [one.id for one in check_engine(None)]


@pytest.mark.usefixtures("sqlite_database")
def test_an_engine_that_cannot_be_reached_or_trusted_is_told_before_it_is_asked() -> None:
    plain = f"{HERE}PlainIndex"
    assert ids_of_engine(plain) == []
    assert ids_of_engine(plain, engine_urls=["https://ann:secret@search.example:9200"]) == []
    assert ids_of_engine(plain, engine_urls=["search.example:9200"]) == ["tenfold.E909"]
    missing = {"engine_urls": ["https://search.example"], "engine_ca_file": "/nowhere/ca.pem"}
    assert ids_of_engine(plain, **missing) == ["tenfold.E909"]
    assert ids_of_engine(plain, engine_urls=["http://ann:secret@search.example"]) == ["tenfold.W911"]
    assert ids_of_engine(plain, engine_urls=["http://ann:secret@localhost"]) == []
    assert ids_of_engine(f"{__name__}.NepaliIndex", engine_urls=["https://search.example"]) == [
        "tenfold.E910"
    ]
