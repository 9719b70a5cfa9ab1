from __future__ import annotations

import pytest

from tenfold.audit.selection import select_entries
from tenfold.errors import TenfoldError
from tenfold.practice import Impact
from tests.builders import make_entry, make_practice

ENTRIES = [
    make_entry(make_practice("database/pooler", Impact.CRITICAL, sources=("BP34", "DS14"))),
    make_entry(make_practice("http/named-urls", Impact.LOW, sources=("BP68",))),
    make_entry(make_practice("settings/debug-off", Impact.CRITICAL, sources=("PT7", "BP72"))),
    make_entry(make_practice("settings/supported-django", Impact.HIGH, sources=("BP40", "FB3"))),
]
POOLER, URLS, DEBUG, DJANGO = (entry.practice.id for entry in ENTRIES)


def select(*selectors: str, ignore: tuple[str, ...] = ()) -> list[str]:
    return [entry.practice.id for entry in select_entries(ENTRIES, select=selectors, ignore=ignore)]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("settings", [DEBUG, DJANGO]),
        ("settings/debug-off", [DEBUG]),
        ("settings/debug_off", [DEBUG]),
        ("Settings/Debug-Off", [DEBUG]),
        ("settings/*", [DEBUG, DJANGO]),
        ("*/*-u*", [URLS]),
        ("BP40", [DJANGO]),
        ("bp40", [DJANGO]),
        ("BP", [POOLER, URLS, DEBUG, DJANGO]),
        ("PT", [DEBUG]),
        ("BP7", []),
        ("severity:critical", [POOLER, DEBUG]),
        ("high", [DJANGO]),
    ],
)
def test_a_selector_names_practices(selector: str, expected: list[str]) -> None:
    if expected:
        assert select(selector) == expected
    else:
        with pytest.raises(TenfoldError):
            select(selector)


def test_no_selector_means_every_practice() -> None:
    assert select() == [POOLER, URLS, DEBUG, DJANGO]


def test_several_selectors_add_up() -> None:
    assert select("http", "FB3") == [URLS, DJANGO]


def test_ignore_wins_over_select() -> None:
    assert select("settings", ignore=("settings/debug-off",)) == [DJANGO]
    assert select("settings/debug-off", ignore=("settings",)) == []


def test_a_severity_that_no_practice_has_selects_nothing() -> None:
    assert select("medium") == []


@pytest.mark.parametrize(
    ("selector", "close"),
    [
        ("setings", "settings"),
        ("settings/debug-of", "settings/debug-off"),
        ("named-url", "http/named-urls"),
        ("web/named-urls", "http/named-urls"),
        ("severity:hihg", "severity:high"),
    ],
)
def test_a_misspelt_selector_is_refused_with_a_suggestion(selector: str, close: str) -> None:
    with pytest.raises(TenfoldError, match=f'"{selector}"') as caught:
        select(selector)
    assert caught.value.next_step == f'Did you mean "{close}"?'


def test_a_misspelt_selector_in_ignore_is_refused_too() -> None:
    with pytest.raises(TenfoldError, match="No practice is named"):
        select(ignore=("nothing/like-it",))


@pytest.mark.parametrize("selector", ["cache/views", "cache", "cache/*"])
def test_a_practice_that_is_not_judged_yet_may_be_ignored(selector: str) -> None:
    chosen = select_entries(ENTRIES, ignore=(selector,), unjudged=("cache/views",))
    assert len(chosen) == len(ENTRIES)


@pytest.mark.parametrize("selector", ["cache/views", "cache", "cache/*"])
def test_selecting_what_is_not_judged_yet_is_refused_as_such(selector: str) -> None:
    with pytest.raises(TenfoldError, match="no check judges it yet"):
        select_entries(ENTRIES, select=(selector,), unjudged=("cache/views",))
