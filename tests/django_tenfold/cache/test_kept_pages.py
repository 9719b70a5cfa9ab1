"""The memory of answers: bounded, and never for those it is not made for."""

from __future__ import annotations

import time
from typing import Any

import pytest

from django_tenfold.cache.entries import KEEP, Entry
from django_tenfold.cache.kept_pages import OVERHEAD, KeptPage, KeptPages, is_unchanged
from django_tenfold.cache.version_checks import prepare_check


def page(body: bytes = b"x", **changes: Any) -> KeptPage:
    given: dict[str, Any] = {
        "check": prepare_check(Entry(KEEP, b"run", {"a": b"run.1"}, 0.0, None)),
        "until": time.time() + 60,
        "etag": '"x"',
        "headers": [],
        "headers_unchanged": [],
        "refused_cookies": (),
        "id_header": "",
        "count_full": lambda: None,
        "count_unchanged": lambda: None,
        **changes,
    }
    return KeptPage(body=body, **given)


def test_the_oldest_go_when_there_is_no_room() -> None:
    pages = KeptPages(10 * (OVERHEAD + 200))
    for key in range(20):
        pages.keep(key, page())
    kept = [key for key in range(20) if pages.find(key)]
    assert kept == [*range(20 - len(kept), 20)]
    assert 8 <= len(kept) <= 10
    for _ in range(20):
        pages.keep(0, page())
    assert pages.find(19) is not None, "one that is kept anew takes its own room"


def test_an_answer_that_would_push_out_all_others_is_not_kept() -> None:
    pages = KeptPages(10 * OVERHEAD)
    pages.keep("large", page(b"x" * 3 * OVERHEAD))
    assert pages.find("large") is None


def test_an_answer_ends_with_its_lifetime() -> None:
    pages = KeptPages(2**20)
    pages.keep("old", page(until=time.time() - 1))
    assert pages.find("old") is None


def test_a_newer_answer_is_not_dropped_for_an_older_one() -> None:
    pages, old, new = KeptPages(2**20), page(), page(b"new")
    pages.keep("a", old)
    pages.keep("a", new)
    pages.drop("a", old)
    assert pages.find("a") is new
    pages.drop("a", new)
    assert pages.find("a") is None


def test_a_path_is_told_apart_by_all_that_any_of_its_answers_depends_on() -> None:
    pages = KeptPages(2**20)
    pages.learn("/", query=True, headers=["HTTP_ACCEPT"])
    shape = pages.learn("/", query=True, headers=["HTTP_ORIGIN"])
    assert shape.headers == ("HTTP_ACCEPT", "HTTP_ORIGIN")
    assert pages.shape("/") is shape


@pytest.mark.parametrize(
    ("given", "etag", "unchanged"),
    [
        ('"a"', '"a"', True),
        ('W/"a"', '"a"', True),
        ('"a"', 'W/"a"', True),
        ('"b", "a"', '"a"', True),
        ("*", '"a"', True),
        ('"b"', '"a"', False),
        ("a", '"a"', False),
        ('"a"', "", False),
        ("*", "", False),
    ],
)
def test_tags_are_compared_weakly(given: str, etag: str, unchanged: bool) -> None:
    assert is_unchanged(given, etag) is unchanged
