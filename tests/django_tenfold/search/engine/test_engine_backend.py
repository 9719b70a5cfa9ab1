"""What only an engine outside of the database can do wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from django_tenfold.search.backend import backend_for
from django_tenfold.search.documents import Batch, Document
from django_tenfold.search.engine.errors import EngineDownError, EngineRefusedError
from django_tenfold.search.index import shape_of
from django_tenfold.search.models import SearchChange
from django_tenfold.search.rebuilding import rebuild_index, remove_index
from django_tenfold.search.searching import search
from django_tenfold.search.updating import update_index
from django_tenfold.search.verifying import verify_index
from tests.django_site.articles.models import Article
from tests.django_site.articles.search import ArticleIndex
from tests.django_tenfold.search.contract import NAMES
from tests.django_tenfold.search.engine_double.server import run_double

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_tenfold.search.engine_double.server import Double


@pytest.fixture
def double(sqlite_database: None) -> Iterator[Double]:
    with run_double() as made:
        chosen: dict[str, Any] = {"engine_urls": [made.url], "engine_refresh": "true", "engine_tries": 2}
        with override_settings(TENFOLD_SEARCH={"indexes": NAMES, **chosen}):
            yield made
            made.faults.clear()
            remove_index(ArticleIndex)


@pytest.fixture
def lamp(double: Double) -> Article:
    made = Article.objects.create(title="Lamp")
    rebuild_index(ArticleIndex)
    return made


def test_an_alias_follows_the_generation_that_answers(double: Double, lamp: Article) -> None:
    first, second = "tenfold-search-article-1", "tenfold-search-article-2"
    assert double.indexes[first].aliases == {"tenfold-search-article", f"{first}-write"}
    assert double.indexes["tenfold-search-article-1"].settings["refresh_interval"] is None
    rebuild_index(ArticleIndex)
    assert {name: one.aliases for name, one in double.indexes.items()} == {
        first: {f"{first}-write"},
        second: {"tenfold-search-article", f"{second}-write"},
    }
    rebuild_index(ArticleIndex)
    assert sorted(double.indexes) == ["tenfold-search-article-2", "tenfold-search-article-3"]


def test_a_full_queue_for_some_documents_asks_for_those_again(double: Double, lamp: Article) -> None:
    others = Article.objects.bulk_create(Article(title=f"Candle {number}") for number in range(3))
    double.item_faults = {str(others[1].pk): [429]}
    before = len(double.requests)
    update_index(ArticleIndex)
    assert search(ArticleIndex, "candle").total.number == 3
    assert sum("/_bulk" in path for _, path, _ in double.requests[before:]) == 2


def test_a_document_that_the_engine_refuses_is_parked_and_the_rest_goes_on(
    double: Double, lamp: Article
) -> None:
    others = Article.objects.bulk_create(Article(title=f"Candle {number}") for number in range(5))
    refused = str(others[2].pk)
    double.item_faults = {refused: [400] * 9}
    update_index(ArticleIndex)
    assert search(ArticleIndex, "candle").total.number == 4
    (parked,) = SearchChange.objects.all()
    assert parked.key == refused
    assert "DocumentRefusedError" in parked.reason
    assert "as the test wished" in parked.reason
    double.item_faults.clear()
    Article.objects.filter(pk=refused).update(body="mended")
    update_index(ArticleIndex)
    assert not SearchChange.objects.exists()
    assert search(ArticleIndex, "candle").total.number == 5


def test_what_is_refused_whatever_the_document_stops_the_worker_and_parks_none(
    double: Double, lamp: Article
) -> None:
    """A disk that is full, an index that is closed for writing, a key without the right to write."""
    made = Article.objects.create(title="Candle")
    double.item_faults = {str(made.pk): [403]}
    with pytest.raises(EngineRefusedError, match=r"403.*as the test wished"):
        update_index(ArticleIndex)
    assert not SearchChange.objects.exclude(reason="").exists()
    double.item_faults = {str(made.pk): [500]}  # a shard that fails is asked again
    update_index(ArticleIndex)
    assert search(ArticleIndex, "candle").total.number == 1


def test_a_search_while_the_engine_is_down_is_a_clear_error(double: Double, lamp: Article) -> None:
    double.faults = [(503, {})] * 2
    with pytest.raises(EngineDownError, match="does not answer"):
        search(ArticleIndex, "lamp")
    assert search(ArticleIndex, "lamp").total.number == 1


def test_changes_wait_while_the_engine_is_down(double: Double, lamp: Article) -> None:
    Article.objects.update(title="Candle")
    double.faults = [(503, {})] * 2
    with pytest.raises(EngineDownError):
        update_index(ArticleIndex)
    assert SearchChange.objects.filter(reason="").count() == 1
    update_index(ArticleIndex)
    assert search(ArticleIndex, "candle").total.number == 1


def test_a_refusal_of_everything_parks_nothing(double: Double, lamp: Article) -> None:
    Article.objects.update(title="Candle")
    double.faults = [(403, {})]
    with pytest.raises(EngineRefusedError, match="403: fault: as the test wished"):
        update_index(ArticleIndex)
    assert SearchChange.objects.filter(reason="").count() == 1


def test_an_index_that_is_gone_says_to_rebuild(double: Double, lamp: Article) -> None:
    del double.indexes["tenfold-search-article-1"]
    with pytest.raises(EngineRefusedError, match="search_index rebuild article"):
        search(ArticleIndex, "lamp")
    Article.objects.update(title="Candle")
    with pytest.raises(EngineRefusedError, match=r"require_alias.*search_index rebuild"):
        update_index(ArticleIndex)
    assert SearchChange.objects.filter(reason="").count() == 1
    rebuild_index(ArticleIndex)
    assert search(ArticleIndex, "candle").total.number == 1


def test_a_bulk_of_one_document_that_is_older_is_no_error(double: Double, lamp: Article) -> None:
    shape, backend = shape_of(ArticleIndex), backend_for("default")
    document = Document(lamp.pk, "digest", ("Late", "", ""), (None,) * 5)
    backend.write(shape, 1, Batch(0, (document,), ()), live=True)
    assert search(ArticleIndex, "lamp").total.number == 1
    assert not search(ArticleIndex, "late", correct=False).hits


def test_documents_that_differ_in_the_engine_are_named(double: Double, lamp: Article) -> None:
    index = double.indexes["tenfold-search-article-1"]
    version, source = index.documents[str(lamp.pk)]
    index.documents[str(lamp.pk)] = (version, {**source, "digest": "other"})
    assert [(one.key, one.kind) for one in verify_index(ArticleIndex)] == [(lamp.pk, "stale")]


def test_many_documents_are_sent_in_requests_of_bounded_size(
    double: Double, lamp: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_tenfold.search.engine.engine_backend.BULK_BYTES", 2_000)
    Article.objects.bulk_create(Article(title=f"Candle {number}", body="wax " * 100) for number in range(12))
    before = len(double.requests)
    update_index(ArticleIndex)
    assert search(ArticleIndex, "candle").total.number == 12
    assert sum("/_bulk" in path for _, path, _ in double.requests[before:]) >= 3


def test_stop_words_among_others_are_passed_over(double: Double, lamp: Article) -> None:
    assert search(ArticleIndex, "the lamp", correct=False).total.number == 1
    assert search(ArticleIndex, "the or lamp", correct=False).total.number == 1
    assert not search(ArticleIndex, "the", correct=False).hits
