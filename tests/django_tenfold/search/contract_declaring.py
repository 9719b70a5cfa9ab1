"""What every engine must hold of declarations: whatever they read is watched, and each generation is of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.models import F, Q

from django_tenfold.search.feeding import find_missing_triggers
from django_tenfold.search.index import SearchIndex, shape_of
from django_tenfold.search.live_generation import NotBuiltError
from django_tenfold.search.models import SearchChange
from django_tenfold.search.rebuilding import rebuild_index, remove_index
from django_tenfold.search.searching import search
from django_tenfold.search.updating import update_index
from django_tenfold.search.verifying import verify_index
from tests.django_site.articles.models import Article, Maker, Remark, Tag
from tests.django_site.articles.search import TagIndex
from tests.django_site.reads.models import Author, Book, Country
from tests.django_tenfold.search.contract_site import IndexedSite, command, keys

if TYPE_CHECKING:
    from django_tenfold.search.rebuilding import Filled


def declare(**attributes: Any) -> type[SearchIndex]:
    """Another declaration of the articles, as a release brings it."""
    base = {"name": "article", "model": "articles.Article", "text": {"title": "A"}}
    return type("OtherIndex", (SearchIndex,), {**base, **attributes})


def declare_books(**attributes: Any) -> type[SearchIndex]:
    return declare(**{"name": "book", "model": "reads.Book", **attributes})


class DeclaringContract(IndexedSite):
    def test_a_condition_on_a_row_that_is_referred_to_is_watched(self) -> None:
        index = declare(where=Q(maker__visits__lt=9) & ~Q(maker__isnull=True))
        maker = Maker.objects.create(name="Nordlicht")
        lamp = Article.objects.create(title="Lamp", maker=maker)
        rebuild_index(index)
        assert keys(search(index, "lamp")) == [lamp.pk]
        Maker.objects.update(visits=F("visits") + 10)
        update_index(index)
        assert not search(index, "lamp").hits
        assert not verify_index(index)

    def test_columns_beside_a_condition_are_not_queued(self, shelf: dict[str, Article]) -> None:
        SearchChange.objects.all().delete()
        Article.objects.update(visits=F("visits") + 1)
        assert not SearchChange.objects.exists()

    def test_a_key_to_another_column_than_the_primary_one_is_followed(self) -> None:
        before = declare_books(text={"title": "A", "origin__name": "B"}, facets=["origin"])
        country = Country.objects.create(code="no", name="Norway")
        book = Book.objects.create(
            title="Hunger", author=Author.objects.create(name="Hamsun"), origin=country
        )
        try:
            rebuild_index(before)
            Country.objects.update(name="Norge")
            assert not verify_index(before)  # late, not wrong
            update_index(before)
            assert keys(search(before, "norge", filters={"origin": "no"})) == [book.pk]
        finally:
            remove_index(before)

    def test_a_row_that_comes_after_what_refers_to_it_is_noticed(self) -> None:
        index = declare(name="remark", model="articles.Remark", text={"text": "A", "article__title": "B"})
        remark = Remark.objects.create(article_id=4_711, text="Bright")
        try:
            rebuild_index(index)
            Article.objects.create(pk=4_711, title="Lamp")
            update_index(index)
            assert keys(search(index, "lamp")) == [remark.pk]
            Article.objects.all().delete()
            update_index(index)
            assert not search(index, "lamp").hits
            assert not verify_index(index)
        finally:
            remove_index(index)

    def test_triggers_follow_a_declaration_to_other_tables(self) -> None:
        before = declare_books(text={"title": "A", "origin__name": "B"})
        later = declare_books(text={"title": "A", "author__name": "B"})
        author = Author.objects.create(name="Hamsun")
        country = Country.objects.create(code="no", name="Norway")
        book = Book.objects.create(title="Hunger", author=author, origin=country)
        try:
            rebuild_index(before)
            rebuild_index(later)
            Country.objects.update(name="Norge")
            assert not SearchChange.objects.exists()
            Author.objects.update(name="Ibsen")
            update_index(later)
            assert keys(search(later, "ibsen")) == [book.pk]
            assert not find_missing_triggers(shape_of(later), using="default")
        finally:
            remove_index(later)
        with connection.cursor() as cursor:
            catalogue = "pg_trigger" if connection.vendor == "postgresql" else "sqlite_master"
            column = "tgname" if connection.vendor == "postgresql" else "name"
            cursor.execute(
                f"select count(*) from {catalogue} where {column} like 'tenfold_search_book_feed%'"
            )
            assert cursor.fetchone() == (0,)

    def test_a_waiting_change_of_a_uuid_is_late_and_not_wrong(self) -> None:
        Tag.objects.create(label="garden")
        rebuild_index(TagIndex)
        Tag.objects.update(label="kitchen")
        assert SearchChange.objects.filter(index="tag").count() == 1
        assert not verify_index(TagIndex)
        update_index(TagIndex)
        assert not verify_index(TagIndex)

    def test_a_search_never_asks_columns_of_another_declaration(self) -> None:
        before = declare(facets=["rating", "visits"])
        after = declare(facets=["visits", "rating"])
        Article.objects.create(title="Lamp", rating=5, visits=1)
        rebuild_index(before)
        with pytest.raises(NotBuiltError, match="other columns"):
            search(after, "lamp", filters={"rating": 5})
        rebuild_index(after)
        for index in (before, after):  # processes of both run while the release is rolled out
            assert search(index, "lamp", filters={"rating": 5}).total.number == 1
            assert search(index, "lamp", filters={"visits": 5}).total.number == 0
            assert [one.value for one in search(index, "lamp").facets["rating"]] == [5]

    def test_workers_of_two_declarations_leave_each_its_own(self) -> None:
        before = declare(text={"title": "A", "body": "B"}, facets=["rating"])
        after = declare(text={"body": "A", "title": "B"}, where=Q(published=True))
        Article.objects.create(title="Lamp", body="brass")
        rebuild_index(before)
        Article.objects.create(title="Candle", body="wax")
        update_index(after)  # of the new release, before its rebuild: nothing is lost
        assert SearchChange.objects.count() == 1
        assert update_index(before) == 1

        def change(filled: Filled) -> None:
            Article.objects.create(title="Torch", body="resin", published=False)
            Article.objects.filter(title="Lamp").update(title="Lantern", body="tin")
            update_index(before)
            assert show(before, "tin") == [("Lantern", "<mark>tin</mark>")]

        rebuild_index(after, progress=change)
        assert show(after, "tin") == [("Lantern", "<mark>tin</mark>")]
        assert not verify_index(after)
        Article.objects.filter(title="Lantern").update(body="steel")
        update_index(before)  # still of the old release
        assert SearchChange.objects.exists()
        update_index(after)
        assert show(after, "steel") == [("Lantern", "<mark>steel</mark>")]
        assert not verify_index(after)
        assert not SearchChange.objects.exists()

    def test_what_a_worker_leaves_to_another_is_late_and_not_wrong(self) -> None:
        before, after = declare(), declare(where=Q(published=True))
        Article.objects.create(title="Lamp")
        rebuild_index(before)

        def stop(filled: Filled) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rebuild_index(after, progress=stop)
        Article.objects.create(title="Candle")
        assert update_index(before) == 1
        assert "1 changes wait" in command("status", "article")
        assert not verify_index(before)
        rebuild_index(after)
        assert not SearchChange.objects.exists()
        assert search(after, "candle").total.number == 1


def show(index: type[SearchIndex], words: str) -> list[tuple[str, str]]:
    return [(hit.highlights["title"], hit.highlights["body"]) for hit in search(index, words).hits]
