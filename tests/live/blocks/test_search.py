"""Search on a real PostgreSQL: the contract of every engine, and what only it can do."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_tenfold.search.checks import check_generations
from django_tenfold.search.feeding import find_missing_triggers, install_feed
from django_tenfold.search.index import shape_of
from django_tenfold.search.models import SearchChange, SearchGeneration
from django_tenfold.search.rebuilding import rebuild_index
from django_tenfold.search.searching import search
from django_tenfold.search.updating import update_index
from django_tenfold.search.verifying import verify_index
from tests.django_site.articles.models import Article, Maker
from tests.django_site.articles.search import ArticleIndex
from tests.django_tenfold.search.contract import NAMES, SearchContract

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live


class TestPostgres(SearchContract):
    @pytest.fixture
    def engine(self, postgres_database: Servers) -> Servers:
        return postgres_database

    def test_copy_and_truncate_reach_the_index_too(self, shelf: dict[str, Article]) -> None:
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "copy articles_article (title, body, rating, published, visits, facts) from stdin"
            ) as copy,
        ):
            for number in range(3):
                copy.write_row((f"Trivet {number}", "", 1, True, 0, "{}"))
        update_index(ArticleIndex)
        assert search(ArticleIndex, "trivet").total.number == 3
        with connection.cursor() as cursor:
            cursor.execute("truncate articles_article")
        update_index(ArticleIndex)
        assert search(ArticleIndex, "").total.number == 0
        assert not verify_index(ArticleIndex)

    def test_many_writers_workers_and_a_rebuild_end_in_agreement(self, shelf: dict[str, Article]) -> None:
        made = Article.objects.bulk_create(Article(title=f"word{number}") for number in range(40))
        halt = Event()

        def write(seed: int) -> None:
            chosen = random.Random(seed)
            for number in range(80):
                row = Article.objects.filter(pk=chosen.choice(made).pk)
                if number % 20 == 19:
                    row.delete()
                else:
                    row.update(title=f"word{seed} {number}", published=number % 7 != 0)
            connections.close_all()

        def work() -> None:
            while not halt.is_set():
                update_index(ArticleIndex)
            connections.close_all()

        with (
            override_settings(TENFOLD_SEARCH={"indexes": NAMES, "batch_rows": 3}),
            ThreadPoolExecutor(8) as pool,
        ):
            workers = [pool.submit(work) for _ in range(3)]
            writers = [pool.submit(write, seed) for seed in range(4)]
            try:
                rebuild_index(ArticleIndex)
                for one in writers:
                    one.result(timeout=60)
            finally:
                halt.set()
            for one in workers:
                one.result(timeout=60)
            update_index(ArticleIndex)
        assert not SearchChange.objects.filter(index="article").exists()
        assert not verify_index(ArticleIndex)

    def test_without_trigrams_typos_are_found_by_the_first_letter(self, shelf: dict[str, Article]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("drop extension pg_trgm cascade")
        assert search(ArticleIndex, "batery").words == "battery"
        assert not search(ArticleIndex, "cattery").corrected
        assert [one.id for one in check_generations(None, databases=["default"])].count("tenfold.W908") == 1
        rebuild_index(ArticleIndex)
        assert search(ArticleIndex, "cattery").words == "battery"

    def test_a_frequent_word_reads_the_index_and_no_more_than_the_cap(
        self, shelf: dict[str, Article]
    ) -> None:
        Article.objects.bulk_create(Article(title=f"teapot {number}") for number in range(3_000))
        rebuild_index(ArticleIndex)
        with CaptureQueriesContext(connection) as captured:
            found = search(ArticleIndex, "teapot -2999")
        assert str(found.total) == "100+"
        assert len(captured) == 3  # the live generation, the number of rows, and all the rest in one
        with connection.cursor() as cursor:
            cursor.execute(f"explain (format json) {search_sql('oddity')}")
            assert "_gin" in str(cursor.fetchone())

    def test_the_rows_that_are_ranked_of_a_frequent_word_are_the_same_each_time(
        self, shelf: dict[str, Article]
    ) -> None:
        """A sequential scan would begin somewhere else each time, and pages would be of different rows."""
        Article.objects.bulk_create(Article(title=f"teapot {number}") for number in range(3_000))
        rebuild_index(ArticleIndex)
        with CaptureQueriesContext(connection) as captured:
            search(ArticleIndex, "teapot")
        with connection.cursor() as cursor:
            cursor.execute(f"explain (format json) {captured[-1]['sql']}")
            plan = str(cursor.fetchone())
        assert "Tid Range Scan" in plan
        assert "Seq Scan" not in plan

    def test_a_frequent_word_is_looked_up_in_a_beginning_of_the_index(
        self, shelf: dict[str, Article], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("django_tenfold.search.beginnings.SIZES", (256, 1_024))
        titles = [f"teapot {'kettle' * (number >= 1_500)}" for number in range(3_000)]
        Article.objects.bulk_create(Article(title=title, rating=1) for title in titles)
        rebuild_index(ArticleIndex)
        with CaptureQueriesContext(connection) as captured:
            page = search(ArticleIndex, "teapot", filters={"rating": 1}, limit=30)
        assert "^1024" in captured[-1]["sql"]
        met = [hit.key for hit in page.hits]
        while page.next:
            with CaptureQueriesContext(connection) as captured:
                page = search(ArticleIndex, "teapot", filters={"rating": 1}, limit=30, after=page.next)
            assert "^1024" in captured[-1]["sql"]
            met += [hit.key for hit in page.hits]
        assert len(met) == len({*met}) == 101
        assert (str(page.total), page.facets["rating"][0].count) == ("100+", 100)
        # Other than the planner thinks the beginning has none of these: all rows are asked.
        assert str(search(ArticleIndex, "kettle").total) == "100+"
        assert search(ArticleIndex, "kettle -teapot").total.number == 0

    def test_filters_are_answered_by_the_index_of_the_words(self, shelf: dict[str, Article]) -> None:
        Article.objects.bulk_create(
            Article(title=f"teapot {number}", language=("de", "en")[number % 2], rating=number % 5)
            for number in range(400)
        )
        rebuild_index(ArticleIndex)
        with CaptureQueriesContext(connection) as captured:
            found = search(ArticleIndex, "teapot", filters={"language": ["en", None], "rating": 3})
        assert found.total.number == 40
        assert "=en''" in captured[-1]["sql"]  # as a lexeme of the tsquery
        ranged = search(
            ArticleIndex, "teapot", filters={"language": "de", "rating__gte": 3, "rating__lte": 3}
        )
        assert ranged.total.number == 40

    def test_writers_of_another_search_path_are_noticed(self, shelf: dict[str, Article]) -> None:
        SearchChange.objects.all().delete()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local search_path = ''")
            cursor.execute("update public.articles_article set title = 'Torch' where title = 'Umbrella'")
        update_index(ArticleIndex)
        assert search(ArticleIndex, "torch").total.number == 1

    def test_an_index_of_another_schema_is_no_index_of_this_one(self, shelf: dict[str, Article]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("create schema other")
        try:
            with connection.cursor() as cursor:
                for table in ("articles_article", "articles_maker", "tenfold_search_searchchange"):
                    cursor.execute(f"create table other.{table} (like public.{table} including all)")
                cursor.execute("set search_path = other, public")
            assert len(find_missing_triggers(shape_of(ArticleIndex), using="default")) == 5
            install_feed(shape_of(ArticleIndex), using="default")
            SearchChange.objects.all().delete()
            with connection.cursor() as cursor:
                cursor.execute("set search_path = public")
            Maker.objects.update(name="Morgenrot")
            assert SearchChange.objects.count() == 1
            assert not find_missing_triggers(shape_of(ArticleIndex), using="default")
        finally:
            with connection.cursor() as cursor:
                cursor.execute("set search_path = public")
                cursor.execute("drop schema other cascade")

    @pytest.mark.parametrize("broad", [0, 10**9])
    def test_a_range_finds_the_same_with_its_own_index_and_without(
        self, shelf: dict[str, Article], broad: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("django_tenfold.search.statements.BROAD", broad)
        found = search(ArticleIndex, "lamp", filters={"rating__gte": 4, "maker": shelf["battery"].maker_id})
        assert [hit.key for hit in found.hits] == [shelf["battery"].pk]
        assert not search(ArticleIndex, "lamp", filters={"rating__lte": 4, "price__gte": 0}).hits


def search_sql(word: str) -> str:
    number = SearchGeneration.objects.get(index="article", state="live").number
    return f"select key from tenfold_search_article_{number} where tsv @@ websearch_to_tsquery('english', '{word}')"
