from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tenfold.practice import Breaks, Holds, LooksAlike
from tenfold.practices.catalogue import entries, rows

if TYPE_CHECKING:
    from tenfold.practices.catalogue import Entry

TOPICS = {
    *("settings", "accounts", "database", "migrations", "cache", "http", "tasks", "serving", "assets"),
    *("search", "observability", "security", "delivery"),
}
FACTS = {
    *(
        "files",
        "source",
        "settings",
        "urls",
        "models",
        "querysets",
        "migrations",
        "templates",
        "dependencies",
    ),
    *("repository", "servers", "contexts", "probed", "lint"),
}
ENTRIES = [pytest.param(entry, id=entry.practice.id) for entry in entries()]


def test_the_catalogue_lists_each_practice_once_under_its_topic() -> None:
    counted = Counter(row.id for row in rows())
    assert [name for name, count in counted.items() if count > 1] == []
    assert [
        row.id for row in rows() if row.id.partition("/")[0] != row.topic or row.topic not in TOPICS
    ] == []
    assert [row.id for row in rows() if not re.fullmatch(r"[a-z]+/[a-z0-9]+(?:-[a-z0-9]+)*", row.id)] == []


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_practice_proves_itself_by_examples_of_each_kind(entry: Entry) -> None:
    for kind in (Breaks, Holds, LooksAlike):
        message = f"{entry.practice.module}: EXAMPLES needs at least one {kind.__name__}"
        assert any(isinstance(example, kind) for example in entry.examples), message


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_practice_has_a_page_with_claim_reason_and_link(entry: Entry) -> None:
    where = entry.practice.module
    assert entry.summary.endswith("."), f"{where}: the docstring's first line is the claim, a sentence"
    assert entry.summary[0].isupper(), f"{where}: the claim begins with a capital letter"
    assert len(entry.why) > 100, f"{where}: the docstring says why at scale, and when it holds"
    linked = entry.practice.links or re.findall(r"https://\S+", entry.page)
    assert linked, f"{where}: link the documentation that it rests on"


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_practice_claims_a_fix_exactly_when_it_has_one(entry: Entry) -> None:
    message = f"{entry.practice.module}: `fix=` in Practice(...) and the function `fix` belong together"
    assert (entry.fix is None) == (entry.practice.fix is None), message


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_fix_is_proven_by_a_fixed_example(entry: Entry) -> None:
    if entry.fix is not None:
        fixed = [example for example in entry.examples if isinstance(example, Breaks) and example.fixed]
        assert fixed, f"{entry.practice.module}: a Breaks with `fixed=` shows what the fix makes of it"


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_practice_is_filed_under_a_topic_and_needs_known_facts(entry: Entry) -> None:
    practice = entry.practice
    assert practice.topic in TOPICS, f"{practice.module}: topics are {', '.join(sorted(TOPICS))}"
    assert set(practice.needs) <= FACTS, f"{practice.module}: needs {set(practice.needs) - FACTS} is no fact"
    assert practice.held != practice.broken, f"{practice.module}: one title is for held, one for broken"


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_practice_keeps_the_sources_of_its_row(entry: Entry) -> None:
    row = next((row for row in rows() if row.id == entry.practice.id), None)
    if row is not None:
        expected = set(row.sources.split())
        assert set(entry.practice.sources) == expected, (
            f"{entry.practice.module}: sources are {sorted(expected)}"
        )
