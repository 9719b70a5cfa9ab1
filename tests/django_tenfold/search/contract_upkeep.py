"""How every engine must be fed, rebuilt and reconciled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.test import override_settings

from django_tenfold.search import documents
from django_tenfold.search.backend import backend_for
from django_tenfold.search.documents import Batch, read_documents
from django_tenfold.search.feeding import find_missing_triggers
from django_tenfold.search.index import shape_of
from django_tenfold.search.live_generation import find_live
from django_tenfold.search.models import SearchChange, SearchGeneration
from django_tenfold.search.rebuilding import Filled, rebuild_index
from django_tenfold.search.searching import search
from django_tenfold.search.updating import draw_version, update_index, update_indexes
from django_tenfold.search.verifying import Drift, repair_index, verify_index
from tests.django_site.articles.models import Article, Maker
from tests.django_site.articles.search import ArticleIndex, PlainIndex
from tests.django_tenfold.search.contract_site import IndexedSite, command, keys


def poison_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads a row whose text has "Poisoned" fails, as a field does whose value cannot be converted."""
    digest = documents._digest

    def fail(texts: tuple[str, ...], facets: tuple[Any, ...]) -> str:
        if "Poisoned" in texts[0]:
            raise ValueError("this one is poisoned")
        return digest(texts, facets)

    monkeypatch.setattr(documents, "_digest", fail)


class UpkeepContract(IndexedSite):
    # Kept fresh

    def test_every_kind_of_write_reaches_the_index(self, shelf: dict[str, Article]) -> None:
        Article.objects.bulk_create([Article(title="Kettle"), Article(title="Saucer")])
        Article.objects.filter(title="Umbrella").update(title="Parasol")
        with connection.cursor() as cursor:
            cursor.execute("update articles_article set body = 'made of silk' where title = 'Wool blanket'")
        shelf["reading"].delete()
        assert not search(ArticleIndex, "kettle", correct=False).hits
        assert update_index(ArticleIndex) == 5
        assert update_index(ArticleIndex) == 0
        for words in ("kettle", "saucer", "parasol", "silk"):
            assert search(ArticleIndex, words, correct=False).total.number == 1, words
        for words in ("umbrella", "socket", "warm"):
            assert search(ArticleIndex, words, correct=False).total.number == 0, words
        assert not verify_index(ArticleIndex)

    def test_a_row_that_enters_or_leaves_the_condition_is_noticed(self, shelf: dict[str, Article]) -> None:
        Article.objects.filter(title="Secret battery").update(published=True)
        Article.objects.filter(title="Battery lamp").update(published=False)
        update_index(ArticleIndex)
        assert {hit.highlights["title"] for hit in search(ArticleIndex, "battery").hits} == {
            "Secret <mark>battery</mark>",
            "Reading lamp",
        }

    def test_a_changed_row_that_documents_refer_to_renews_them(self, shelf: dict[str, Article]) -> None:
        Maker.objects.update(name="Morgenrot")
        assert SearchChange.objects.filter(index="article").count() == 1
        assert verify_index(ArticleIndex) == []  # late, not wrong
        update_index(ArticleIndex)
        assert keys(search(ArticleIndex, "morgenrot")) == [shelf["battery"].pk]
        assert not search(ArticleIndex, "nordlicht", correct=False).hits
        Maker.objects.update(visits=F("visits") + 1)
        assert not SearchChange.objects.filter(index="article").exists()

    def test_a_change_of_other_columns_is_not_queued(self) -> None:
        Article.objects.create(title="Lamp")
        rebuild_index(PlainIndex)
        SearchChange.objects.all().delete()
        Article.objects.update(visits=F("visits") + 1, body="other")
        assert not SearchChange.objects.exists()
        Article.objects.update(title="Candle")
        assert SearchChange.objects.count() == 1

    def test_a_change_that_is_rolled_back_is_not_queued(self, shelf: dict[str, Article]) -> None:
        SearchChange.objects.all().delete()

        def fail() -> None:
            with transaction.atomic():
                Article.objects.create(title="Phantom")
                assert SearchChange.objects.exists()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert not SearchChange.objects.exists()

    def test_a_late_write_never_overwrites_a_newer_one(self, shelf: dict[str, Article]) -> None:
        shape, lamp = shape_of(ArticleIndex), shelf["reading"]
        number, backend = find_live(shape, using="default"), backend_for("default")
        early = draw_version("default")
        read = read_documents(shape, [lamp.pk], using="default")
        Article.objects.filter(pk=lamp.pk).update(title="Candle")
        update_index(ArticleIndex)
        backend.write(shape, number, Batch(early, read, ()), live=True)
        assert keys(search(ArticleIndex, "candle")) == [lamp.pk]
        Article.objects.filter(pk=lamp.pk).delete()
        update_index(ArticleIndex)
        backend.write(shape, number, Batch(early, read, ()), live=True)
        assert not search(ArticleIndex, "reading", correct=False).hits
        assert lamp.pk not in keys(search(ArticleIndex, "", limit=100))
        assert not verify_index(ArticleIndex)

    def test_the_same_work_done_twice_changes_nothing(self, shelf: dict[str, Article]) -> None:
        before = search(ArticleIndex, "battery")
        for one in shelf.values():
            SearchChange.objects.create(index="article", key=str(one.pk))
        assert update_indexes() == len(shelf)
        after = search(ArticleIndex, "battery")
        assert (keys(after), after.total, after.facets) == (keys(before), before.total, before.facets)

    def test_a_document_that_cannot_be_made_is_parked_and_the_rest_goes_on(
        self, shelf: dict[str, Article], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        poison_digests(monkeypatch)
        Article.objects.bulk_create(Article(title=f"Kettle {number}") for number in range(9))
        bad = Article.objects.create(title="Poisoned kettle")
        assert update_index(ArticleIndex) == 10
        assert update_index(ArticleIndex) == 0
        assert search(ArticleIndex, "kettle").total.number == 9
        (parked,) = SearchChange.objects.filter(index="article")
        assert (parked.key, parked.reason) == (str(bad.pk), "ValueError: this one is poisoned")
        assert "0 changes wait; 1 parked" in command("status", "article")
        assert f"{bad.pk}: ValueError: this one is poisoned" in command("status", "article")
        assert SearchChange.objects.count() == 1
        bad.title = "Clean kettle"
        bad.save()
        update_index(ArticleIndex)
        assert not SearchChange.objects.exists()
        assert search(ArticleIndex, "kettle").total.number == 10
        assert not verify_index(ArticleIndex)

    def test_a_rebuild_passes_over_a_document_that_cannot_be_made(
        self, shelf: dict[str, Article], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bad = Article.objects.create(title="Poisoned lamp")
        poison_digests(monkeypatch)
        rebuild_index(ArticleIndex)
        assert search(ArticleIndex, "lamp").total.number == 2
        update_index(ArticleIndex)  # its own change waited too
        assert [one.key for one in SearchChange.objects.exclude(reason="")] == [str(bad.pk)]
        monkeypatch.undo()
        assert [(one.key, one.kind) for one in repair_index(ArticleIndex)] == [(bad.pk, "missing")]
        assert not SearchChange.objects.exists()
        assert search(ArticleIndex, "lamp").total.number == 3

    def test_a_key_in_the_outbox_that_is_none_is_parked(self, shelf: dict[str, Article]) -> None:
        SearchChange.objects.create(index="article", key="seven")
        Article.objects.filter(title="Umbrella").update(title="Parasol")
        update_index(ArticleIndex)
        assert search(ArticleIndex, "parasol").total.number == 1
        (parked,) = SearchChange.objects.all()
        assert "This is no key" in parked.reason

    # Rebuilt and reconciled

    def test_a_rebuild_answers_from_the_old_generation_until_it_switches(
        self, shelf: dict[str, Article]
    ) -> None:
        seen: list[tuple[int, int]] = []

        def look(filled: Filled) -> None:
            if len(seen) == 2:
                return
            Article.objects.create(title=f"Teapot {filled.rows}")
            update_index(ArticleIndex)
            seen.append(
                (search(ArticleIndex, "battery").total.number, search(ArticleIndex, "teapot").total.number)
            )

        with override_settings(TENFOLD_SEARCH={**settings.TENFOLD_SEARCH, "batch_rows": 2}):
            first = find_live(shape_of(ArticleIndex), using="default")
            done = rebuild_index(ArticleIndex, progress=look)
        assert done.number == first + 1 == find_live(shape_of(ArticleIndex), using="default")
        assert seen == [(2, 1), (2, 2)]
        assert search(ArticleIndex, "teapot").total.number == 2
        assert not verify_index(ArticleIndex)
        states = SearchGeneration.objects.order_by("number").values_list("state", flat=True)
        assert [*states] == ["retired", "live"]
        rebuild_index(ArticleIndex)
        assert SearchGeneration.objects.count() == 2

    def test_an_interrupted_rebuild_goes_on_where_it_stopped(self, shelf: dict[str, Article]) -> None:
        def interrupt(filled: Filled) -> None:
            raise KeyboardInterrupt

        with override_settings(TENFOLD_SEARCH={**settings.TENFOLD_SEARCH, "batch_rows": 3}):
            with pytest.raises(KeyboardInterrupt):
                rebuild_index(ArticleIndex, progress=interrupt)
            done = rebuild_index(ArticleIndex)
        assert done.rows == 1  # of four published
        assert search(ArticleIndex, "battery").total.number == 2
        assert not verify_index(ArticleIndex)

    def test_a_begun_rebuild_of_another_declaration_starts_again(self, shelf: dict[str, Article]) -> None:
        SearchGeneration.objects.create(
            index="article", number=7, state="building", fingerprint="other", cursor='"99"'
        )
        assert rebuild_index(ArticleIndex) == Filled(2, 4)

    def test_a_rebuild_inside_a_transaction_is_refused(self, engine: Any) -> None:
        with transaction.atomic(), pytest.raises(transaction.TransactionManagementError, match="atomic"):
            rebuild_index(ArticleIndex)

    def test_verify_names_what_drifted_and_repair_mends_it(self, shelf: dict[str, Article]) -> None:
        changes = Article.objects.order_by()
        changes.filter(pk=shelf["wool"].pk).update(title="Rug")
        changes.filter(pk=shelf["umbrella"].pk).delete()
        new = Article.objects.create(title="Ladder")
        SearchChange.objects.all().delete()  # as a restore of one table would
        assert verify_index(ArticleIndex) == [
            Drift(shelf["wool"].pk, "stale"),
            Drift(shelf["umbrella"].pk, "extra"),
            Drift(new.pk, "missing"),
        ]
        with pytest.raises(CommandError, match="3 documents are wrong"):
            command("verify", "article")
        assert len(repair_index(ArticleIndex)) == 3
        assert not verify_index(ArticleIndex)
        assert keys(search(ArticleIndex, "rug")) == [shelf["wool"].pk]

    def test_the_command_does_all_of_it(self, engine: Any) -> None:
        Article.objects.create(title="Lamp", facts=json.loads("{}"))
        assert "never built" in command("status", "article")
        assert "generation 1 answers, 1 rows" in command("rebuild", "article")
        Article.objects.update(title="Candle")
        assert "1 changes wait; 0 parked; 0 triggers missing" in command("status", "article")
        assert "article: 1 changes" in command("update", "--once")
        assert "0 documents wrong" in command("verify", "article")
        shape = shape_of(ArticleIndex)
        with connection.cursor() as cursor:
            name = "tenfold_search_article_feed0_update"
            cursor.execute(
                f"drop trigger {name}{' on articles_article' * (connection.vendor == 'postgresql')}"
            )
        Article.objects.update(title="Torch")
        assert find_missing_triggers(shape, using="default") == [name]
        assert "1 documents mended" in command("repair", "article")
        assert not find_missing_triggers(shape, using="default")
        assert "removed" in command("remove", "article")
        with pytest.raises(CommandError, match=r"Known, from TENFOLD_SEARCH.*article, plain, tag"):
            command("update", "nothing")
        with pytest.raises(CommandError, match="--follow is for update"):
            command("verify", "--follow")

    def test_triggers_that_a_migration_lost_come_back_with_it(self, shelf: dict[str, Article]) -> None:
        with connection.cursor() as cursor:
            for number, table in ((0, "articles_article"), (1, "articles_maker")):
                name = f"tenfold_search_article_feed{number}_update"
                cursor.execute(f"drop trigger {name}{f' on {table}' * (connection.vendor == 'postgresql')}")
        assert len(find_missing_triggers(shape_of(ArticleIndex), using="default")) == 2
        call_command("migrate", verbosity=0)
        assert not find_missing_triggers(shape_of(ArticleIndex), using="default")
