from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from django_tenfold.search.backend import backend_for
from django_tenfold.search.engine.errors import EngineDownError
from django_tenfold.search.engine.fallback import PAUSE_SECONDS, FallbackBackend, Pause
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

    from django_tenfold.search.results import Results
    from tests.django_tenfold.search.engine_double.server import Double


@pytest.fixture
def double(sqlite_database: None) -> Iterator[Double]:
    with run_double() as made:
        chosen: dict[str, Any] = {"engine_urls": [made.url], "engine_refresh": "true", "engine_tries": 1}
        with override_settings(TENFOLD_SEARCH={"indexes": NAMES, "engine_fallback": True, **chosen}):
            Article.objects.bulk_create(Article(title=f"Lamp {number}") for number in range(5))
            rebuild_index(ArticleIndex)
            yield made
            made.faults.clear()
            remove_index(ArticleIndex)


def keys(found: Results) -> list[int]:
    return [hit.key for hit in found.hits]


def test_the_database_answers_while_the_engine_is_down(
    double: Double, caplog: pytest.LogCaptureFixture
) -> None:
    double.faults = [(503, {})]
    before = len(double.requests)
    found = search(ArticleIndex, "lamp")
    assert found.total.number == 5
    assert search(ArticleIndex, "lmap").words == "lamp"
    assert len(double.requests) == before + 1  # for some seconds it is not asked again
    assert "database's index answers" in caplog.text


def test_the_engine_is_asked_again_after_the_pause() -> None:
    now = [100.0]
    pause = Pause(clock=lambda: now[0])
    assert not pause.holds()
    pause.begin(EngineDownError("gone"))
    assert pause.holds()
    now[0] += PAUSE_SECONDS
    assert not pause.holds()


def test_pages_stay_with_the_source_of_the_first(double: Double) -> None:
    whole = search(ArticleIndex, "lamp")
    first = search(ArticleIndex, "lamp", limit=2)
    double.faults = [(503, {})]
    with pytest.raises(EngineDownError):
        search(ArticleIndex, "lamp", limit=2, after=first.next)
    assert keys(search(ArticleIndex, "lamp", after=first.next)) == keys(whole)[2:]
    double.faults = [(503, {})]
    other = search(ArticleIndex, "lamp", limit=2)
    backend = backend_for("default")
    assert isinstance(backend, FallbackBackend)
    backend.pause.until = 0.0  # the engine is back
    rest = search(ArticleIndex, "lamp", after=other.next)
    assert {*keys(other), *keys(rest)} == {*keys(whole)}


def test_a_change_reaches_both_or_waits_for_both(double: Double) -> None:
    Article.objects.filter(title="Lamp 1").update(title="Candle")
    double.faults = [(503, {})]
    with pytest.raises(EngineDownError):
        update_index(ArticleIndex)
    assert SearchChange.objects.count() == 1
    update_index(ArticleIndex)
    assert search(ArticleIndex, "candle").total.number == 1
    double.faults = [(503, {})]
    assert search(ArticleIndex, "candle").total.number == 1


def test_a_document_that_only_one_of_both_has_right_is_wrong(double: Double) -> None:
    assert not verify_index(ArticleIndex)
    index = double.indexes["tenfold-search-article-1"]
    key, (version, source) = next(iter(index.documents.items()))
    index.documents[key] = (version, {**source, "digest": "other"})
    assert [(str(one.key), one.kind) for one in verify_index(ArticleIndex)] == [(key, "stale")]
