"""What every engine must hold: the same tests on SQLite here and on PostgreSQL among the live ones."""

from __future__ import annotations

import asyncio
import datetime
import json
import uuid
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from django_tenfold.search import documents
from django_tenfold.search.backend import backend_for
from django_tenfold.search.documents import Batch, read_documents
from django_tenfold.search.feeding import find_missing_triggers
from django_tenfold.search.index import shape_of
from django_tenfold.search.live_generation import NotBuiltError, find_live
from django_tenfold.search.models import SearchChange, SearchGeneration
from django_tenfold.search.rebuilding import Filled, rebuild_index, remove_index
from django_tenfold.search.searching import asearch, search
from django_tenfold.search.updating import draw_version, update_index, update_indexes
from django_tenfold.search.verifying import Drift, repair_index, verify_index
from tests.django_site.articles.models import Article, Maker, Tag
from tests.django_site.articles.search import ArticleIndex, PlainIndex, TagIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_tenfold.search.results import Results

INDEXES = (ArticleIndex, PlainIndex, TagIndex)
NAMES = tuple(f"tests.django_site.articles.search.{one.__name__}" for one in INDEXES)
FUZZED = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def command(*words: str) -> str:
    out = StringIO()
    call_command("search_index", *words, stdout=out)
    return out.getvalue()


def poison_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads a row whose text has "Poisoned" fails, as a field does whose value cannot be converted."""
    digest = documents._digest

    def fail(texts: tuple[str, ...], facets: tuple[Any, ...]) -> str:
        if "Poisoned" in texts[0]:
            raise ValueError("this one is poisoned")
        return digest(texts, facets)

    monkeypatch.setattr(documents, "_digest", fail)


def keys(found: Results) -> list[int]:
    return [hit.key for hit in found.hits]


class SearchContract:
    @pytest.fixture
    def chosen(self, engine: Any) -> dict[str, Any]:
        """Options that the engine needs."""
        return {}

    @pytest.fixture(autouse=True)
    def _declared(self, engine: Any, chosen: dict[str, Any]) -> Iterator[None]:
        """`engine` is the database, or what stands beside it; it is given back without tables or triggers."""
        with override_settings(TENFOLD_SEARCH={"indexes": NAMES, "ranked_rows": 100, **chosen}):
            yield
            for index in INDEXES:
                remove_index(index)

    @pytest.fixture
    def shelf(self) -> dict[str, Article]:
        maker = Maker.objects.create(name="Nordlicht")
        made = [
            Article(
                title="Battery lamp",
                body="Its battery lasts for two days.",
                language="en",
                rating=5,
                maker=maker,
            ),
            Article(
                title="Reading lamp", body="No battery needed, a socket will do.", language="en", rating=3
            ),
            Article(
                title="Wool blanket", body="Warm & soft <b>wool</b>.", language="de", price=Decimal("19.90")
            ),
            Article(title="Secret battery", language="en", published=False),
            Article(title="Umbrella", body="For the rain", day=datetime.date(2026, 5, 4)),
        ]
        for one in made:
            one.save()
        rebuild_index(ArticleIndex)
        return {one.title.split()[0].lower(): one for one in made}

    # Asking

    def test_the_weightier_text_ranks_higher(self, shelf: dict[str, Article]) -> None:
        found = search(ArticleIndex, "battery")
        assert keys(found) == [shelf["battery"].pk, shelf["reading"].pk]
        assert found.hits[0].rank > found.hits[1].rank > 0
        assert (str(found.total), found.total.method, found.next) == ("2", "exact", "")

    def test_words_are_stemmed_and_related_rows_are_searched(self, shelf: dict[str, Article]) -> None:
        assert keys(search(ArticleIndex, "BATTERIES")) == keys(search(ArticleIndex, "battery"))
        assert keys(search(ArticleIndex, "nordlicht lamps")) == [shelf["battery"].pk]

    def test_phrases_exclusions_and_alternatives_are_understood(self, shelf: dict[str, Article]) -> None:
        assert keys(search(ArticleIndex, '"battery lamp"')) == [shelf["battery"].pk]
        assert keys(search(ArticleIndex, "battery -socket")) == [shelf["battery"].pk]
        assert {*keys(search(ArticleIndex, "wool or rain"))} == {shelf["wool"].pk, shelf["umbrella"].pk}
        assert not search(ArticleIndex, "-socket").hits

    def test_a_row_outside_of_the_index_is_never_found(self, shelf: dict[str, Article]) -> None:
        assert not search(ArticleIndex, "secret", correct=False).hits

    def test_facets_count_what_was_found(self, shelf: dict[str, Article]) -> None:
        facets = search(ArticleIndex, "lamp").facets
        assert [(one.value, one.count) for one in facets["language"]] == [("en", 2)]
        assert {(one.value, one.count) for one in facets["rating"]} == {(5, 1), (3, 1)}
        assert {(one.value, one.count) for one in facets["maker"]} == {
            (shelf["battery"].maker_id, 1),
            (None, 1),
        }
        assert search(ArticleIndex, "lamp", facets=["price"]).facets.keys() == {"price"}
        assert [one.value for one in search(ArticleIndex, "wool").facets["price"]] == [Decimal("19.90")]
        assert [one.value for one in search(ArticleIndex, "rain").facets["day"]] == [
            datetime.date(2026, 5, 4)
        ]

    def test_filters_narrow_by_value_list_bound_and_absence(self, shelf: dict[str, Article]) -> None:
        battery, reading = shelf["battery"].pk, shelf["reading"].pk
        assert keys(search(ArticleIndex, "lamp", filters={"rating": "5"})) == [battery]
        assert {*keys(search(ArticleIndex, "lamp", filters={"rating": [3, 5]}))} == {battery, reading}
        assert keys(search(ArticleIndex, "lamp", filters={"rating__lte": 4})) == [reading]
        assert keys(search(ArticleIndex, "lamp", filters={"rating__gte": 4})) == [battery]
        assert keys(search(ArticleIndex, "lamp", filters={"maker": None})) == [reading]
        assert {
            *keys(search(ArticleIndex, "lamp", filters={"maker": [None, shelf["battery"].maker_id]}))
        } == {
            battery,
            reading,
        }
        assert not search(ArticleIndex, "lamp", filters={"rating": []}).hits
        assert keys(search(ArticleIndex, "wool", filters={"price": "19.90"})) == [shelf["wool"].pk]

    @pytest.mark.parametrize(
        "filters",
        [{"colour": "red"}, {"rating": "many"}, {"price__gte": "x"}, {"rating__gte": None}, {"rating": 10**30},
         {"day": "2026-99-99"}, {"rating": [*range(101)]}, {"rating": [[]]}],
    )  # fmt: skip
    def test_a_filter_that_cannot_be_is_a_bad_request(self, shelf: dict[str, Article], filters: Any) -> None:
        with pytest.raises(BadRequest):
            search(ArticleIndex, "lamp", filters=filters)

    def test_found_words_are_marked_and_all_else_is_escaped(self, shelf: dict[str, Article]) -> None:
        evil = Article.objects.create(title="<img onerror=x> \ue000lamp\ue001 & lamp", body="</mark>")
        update_index(ArticleIndex)
        (html,) = [hit.highlights["title"] for hit in search(ArticleIndex, "lamp").hits if hit.key == evil.pk]
        assert "<mark>lamp</mark> &amp; <mark>lamp</mark>" in html
        assert html.count("<mark>") == html.count("</mark>") == 2
        assert "<img" not in html
        assert "\ue000" not in html
        (hit,) = search(ArticleIndex, "soft").hits
        assert "Warm &amp; <mark>soft</mark>" in hit.highlights["body"]
        assert "<b>" not in hit.highlights["body"]
        assert hasattr(hit.highlights["body"], "__html__")

    def test_a_typo_is_corrected_and_said(self, shelf: dict[str, Article]) -> None:
        found = search(ArticleIndex, "batery lmap -sockets")
        assert (found.words, found.corrected) == ("battery lamp -sockets", True)
        assert keys(found) == [shelf["battery"].pk]
        assert not search(ArticleIndex, "batery", correct=False).hits
        missed = search(ArticleIndex, "xylophone")
        assert (missed.words, missed.corrected, missed.total.number) == ("xylophone", False, 0)

    def test_words_that_came_later_correct_typos_too(self, shelf: dict[str, Article]) -> None:
        Article.objects.create(title="Chronometer")
        update_index(ArticleIndex)
        assert search(ArticleIndex, "chronometr").words == "chronometer"

    def test_no_words_list_every_row_from_the_newest(self, shelf: dict[str, Article]) -> None:
        found = search(ArticleIndex, "  ", filters={"language": "en"})
        assert keys(found) == [shelf["reading"].pk, shelf["battery"].pk]
        assert found.hits[0].highlights["title"] == "Reading lamp"

    @pytest.mark.parametrize("words", ["lamp", ""])
    def test_pages_by_key_meet_every_hit_once(self, shelf: dict[str, Article], words: str) -> None:
        Article.objects.bulk_create(Article(title="lamp " * (1 + number % 3)) for number in range(30))
        update_index(ArticleIndex)
        whole = search(ArticleIndex, words, limit=100)
        met: list[int] = []
        page = search(ArticleIndex, words, limit=7)
        assert page.total == whole.total
        for _ in range(10):
            met += keys(page)
            if not page.next:
                break
            page = search(ArticleIndex, words, limit=7, after=page.next)
        assert met == keys(whole)
        assert len(met) == whole.total.number == (32 if words else 34)

    def test_the_pages_of_a_corrected_search_stay_corrected(self, shelf: dict[str, Article]) -> None:
        first = search(ArticleIndex, "batery", limit=1)
        second = search(ArticleIndex, "batery", limit=1, after=first.next)
        assert (keys(second), second.words, second.corrected) == ([shelf["reading"].pk], "battery", True)

    def test_a_forged_or_foreign_cursor_is_a_bad_request(self, shelf: dict[str, Article]) -> None:
        cursor = search(ArticleIndex, "lamp", limit=1).next
        assert cursor
        for words, filters, after in (
            ("lamp", {}, "nonsense"),
            ("lamp", {}, cursor[:-1] + ("a" if cursor[-1] != "a" else "b")),
            ("lamp", {}, "x" * 100_000),
            ("lamp", {}, "\0é:"),
            ("wool", {}, cursor),
            ("lamp", {"rating": 3}, cursor),
        ):
            with pytest.raises(BadRequest, match="cursor"):
                search(ArticleIndex, words, filters=filters, after=after)

    def test_a_frequent_word_is_capped_and_the_total_says_so(self, shelf: dict[str, Article]) -> None:
        Article.objects.bulk_create(Article(title="teapot", rating=1) for _ in range(130))
        update_index(ArticleIndex)
        for words in ("teapot", ""):
            found = search(ArticleIndex, words, filters={"rating": 1}, limit=3)
            assert (str(found.total), found.total.method, len(found.hits)) == ("100+", "capped", 3)
            assert found.facets["rating"][0].count in (100, 130)  # an engine may count all of them

    def test_results_load_rows_in_their_order(self, shelf: dict[str, Article]) -> None:
        found = search(ArticleIndex, "battery")
        rows = found.load(Article.objects.select_related("maker"))
        assert [row.pk for row in rows] == keys(found)
        Article.objects.filter(pk=rows[0].pk).delete()
        assert [row.pk for row in found.load(Article.objects.all())] == keys(found)[1:]

    def test_keys_of_another_kind_are_given_back_as_they_are(self) -> None:
        made = Tag.objects.bulk_create(Tag(label=f"garden {number}") for number in range(5))
        rebuild_index(TagIndex)
        first = search(TagIndex, "garden", limit=3)
        rest = search(TagIndex, "garden", limit=3, after=first.next)
        assert {*keys(first), *keys(rest)} == {one.pk for one in made}
        assert isinstance(first.hits[0].key, uuid.UUID)
        Tag.objects.filter(pk=made[0].pk).update(label="kitchen")
        made[1].delete()
        update_index(TagIndex)
        assert keys(search(TagIndex, "kitchen")) == [made[0].pk]
        assert search(TagIndex, "garden").total.number == 3
        assert not verify_index(TagIndex)

    def test_an_index_that_was_never_built_says_what_to_do(self) -> None:
        with pytest.raises(NotBuiltError, match="search_index rebuild article"):
            search(ArticleIndex, "lamp")

    def test_coroutines_search_as_well(self, engine: Any) -> None:
        with pytest.raises(NotBuiltError):
            asyncio.run(asearch(ArticleIndex, "lamp"))

    def test_no_words_filters_or_cursor_break_a_search(self, shelf: dict[str, Article]) -> None:
        words = (
            st.text()
            | st.text(alphabet="ab\"'-()|&!:*<>\\ \0%or~{}^+\ud800")
            | st.sampled_from(
                [
                    "the",
                    "-",
                    '"',
                    "or or or",
                    "a:*",
                    "lamp & !",
                    "NEAR(a b)",
                    "title:lamp",
                    "%s %(x)s",
                    "lamp OR -wool",
                ]
            )
        )

        @FUZZED
        @given(words=words, language=st.text() | st.none(), rating=st.integers() | st.text() | st.floats())
        def ask(words: str, language: str | None, rating: Any) -> None:
            found = search(ArticleIndex, words, filters={"language": [language, "en"]})
            assert found.total.number >= len(found.hits)
            assert len(str(found.hits and found.hits[0].highlights["title"])) < 10_000
            for named in ({"filters": {"rating": rating}}, {"after": words or "x"}):
                try:
                    search(ArticleIndex, words, **named)
                except BadRequest as error:
                    assert str(error)  # noqa: PT017  (most are no cursors)

        ask()

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
