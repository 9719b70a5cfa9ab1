from __future__ import annotations

import pytest

from django_tenfold.search.websearch import to_fts5


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("", ""),
        ("!!! ''", ""),
        ("-lamp", ""),
        ("red lamp", '("red") AND ("lamp")'),
        ('"red lamp" -blue', '(("red lamp")) NOT ("blue")'),
        ("red OR blue lamp", '("red" OR "blue") AND ("lamp")'),
        ("or", ""),
        ('un"closed', '("un") AND ("closed")'),
        ("title:x AND NEAR(a)", '("title x") AND ("AND") AND ("NEAR a")'),
    ],
)
def test_words_become_a_query_in_which_all_is_quoted(words: str, query: str) -> None:
    assert to_fts5(words) == query
