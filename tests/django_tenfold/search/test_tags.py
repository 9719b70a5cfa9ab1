from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from django_tenfold.search.backend import Filter
from django_tenfold.search.documents import Document
from django_tenfold.search.index import shape_of
from django_tenfold.search.marks import START
from django_tenfold.search.tags import tags_of, write_tag_query
from tests.django_site.articles.search import ArticleIndex

SHAPE = shape_of(ArticleIndex)


def document(*facets: Any) -> Document:
    return Document(1, "", ("", "", ""), facets)


def test_only_values_of_one_text_each_become_tags() -> None:
    assert tags_of(SHAPE, document("en", 5, None, 1.5, None)) == [
        f"{START}0=en",
        f"{START}1=5",
        f"{START}2",
        f"{START}4",
    ]


def test_lists_are_alternatives_and_filters_are_all_to_hold() -> None:
    filters = [Filter(0, "in", ("en", None)), Filter(1, "in", (3,))]
    assert write_tag_query(SHAPE, filters) == f"('{START}0=en' | '{START}0') & ('{START}1=3')"


@given(st.text(alphabet="a'\\ &|!:*\n", max_size=100))
def test_whatever_the_value_it_stays_inside_of_its_quotes(value: str) -> None:
    written = write_tag_query(SHAPE, [Filter(0, "in", (value,))])
    inside = written[2:-2].replace("\\\\", "").replace("''", "")
    assert "'" not in inside
    assert "\\" not in inside
    assert len(written) < 250
