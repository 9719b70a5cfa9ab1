"""What every engine must answer."""

from __future__ import annotations

import asyncio
import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import BadRequest
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from django_tenfold.search.live_generation import NotBuiltError
from django_tenfold.search.rebuilding import rebuild_index
from django_tenfold.search.searching import asearch, search
from django_tenfold.search.updating import update_index
from django_tenfold.search.verifying import verify_index
from tests.django_site.articles.models import Article, Tag
from tests.django_site.articles.search import ArticleIndex, TagIndex
from tests.django_tenfold.search.contract_site import IndexedSite, keys

FUZZED = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class AskingContract(IndexedSite):
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

    @pytest.mark.parametrize(
        ("title", "words"),
        [("हिन्दी पुस्तक", "पुस्तक"), ("Cafe\u0301 noir", "café"), ("Café noir", "cafe\u0301"), ("كتاب أحمر", "كتاب"),
         ("Ann O'Hara", "o'hara"), ("A state-of-the-art kit", "state-of-the-art"), ("Красная лампа", "КРАСНАЯ")],
    )  # fmt: skip
    def test_words_of_any_script_are_found_as_they_are_written(
        self, shelf: dict[str, Article], title: str, words: str
    ) -> None:
        made = Article.objects.create(title=title)
        update_index(ArticleIndex)
        found = search(ArticleIndex, words, correct=False)
        assert keys(found) == [made.pk]
        assert "<mark>" in found.hits[0].highlights["title"]

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

    def test_a_typo_is_corrected_by_plain_words_alone(self, shelf: dict[str, Article]) -> None:
        Article.objects.create(title="Lamp -12345 at 20:00, ann@example.com")
        update_index(ArticleIndex)
        for words in ("lamp 12346", "lamp 1234", "lamp exampel"):
            assert {*"-@:"}.isdisjoint(search(ArticleIndex, words).words)

    def test_the_pages_of_very_long_words_go_on(self, shelf: dict[str, Article]) -> None:
        chosen = {**settings.TENFOLD_SEARCH, "query_characters": 5_000}
        rare = " ".join(f"-{chr(0x10400 + number % 70)}{number:x}" for number in range(600))
        with override_settings(TENFOLD_SEARCH=chosen):
            first = search(ArticleIndex, f"lamp {rare}", limit=1)
            assert len(first.next) > 2_000
            assert len(search(ArticleIndex, f"lamp {rare}", limit=1, after=first.next).hits) == 1

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
