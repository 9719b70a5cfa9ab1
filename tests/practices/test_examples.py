"""Every practice's own examples, proven: what breaks it is found at its place, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.edits.apply import apply, plan
from tenfold.practice import Breaks, CannotTell, Finding, Holds, LooksAlike, NotApplicable
from tenfold.practices.catalogue import entries
from tests.practices.example_project import judge, places, write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practices.catalogue import Entry

CASES = [
    pytest.param(entry, example, id=f"{entry.practice.id}-{type(example).__name__}-{number}")
    for entry in entries()
    for number, example in enumerate(entry.examples)
]


@pytest.mark.parametrize(("entry", "example"), [case for case in CASES if isinstance(case.values[1], Breaks)])
def test_a_breaking_example_is_found_at_its_place_and_nowhere_else(
    entry: Entry, example: Breaks, tmp_path: Path
) -> None:
    write_project(tmp_path, example.files)
    expected = {example.at} if isinstance(example.at, str) else set(example.at)
    _, judgements = judge(entry, tmp_path)
    assert places(judgements) == expected


@pytest.mark.parametrize(("entry", "example"), [case for case in CASES if isinstance(case.values[1], Holds)])
def test_a_holding_example_is_judged_and_has_no_finding(entry: Entry, example: Holds, tmp_path: Path) -> None:
    write_project(tmp_path, example.files)
    _, judgements = judge(entry, tmp_path)
    assert judgements == []


@pytest.mark.parametrize(
    ("entry", "example"), [case for case in CASES if isinstance(case.values[1], LooksAlike)]
)
def test_a_look_alike_is_not_reported(entry: Entry, example: LooksAlike, tmp_path: Path) -> None:
    write_project(tmp_path, example.files)
    _, judgements = judge(entry, tmp_path)
    assert places(judgements) == set()
    assert all(isinstance(j, CannotTell | NotApplicable) for j in judgements)


@pytest.mark.parametrize(
    ("entry", "example"),
    [
        case
        for case in CASES
        if isinstance(case.values[1], Breaks) and case.values[1].fixed and case.values[0].fix
    ],
)
def test_the_fix_gives_the_expected_files_and_the_practice_then_holds(
    entry: Entry, example: Breaks, tmp_path: Path
) -> None:
    write_project(tmp_path, example.files)
    project, judgements = judge(entry, tmp_path)
    assert entry.fix is not None
    findings = [j for j in judgements if isinstance(j, Finding) and j.fixable]
    changes = [change for finding in findings for change in entry.fix(finding, project)]
    apply(plan(tmp_path, changes))
    for path, text in (example.fixed or {}).items():
        assert (tmp_path / path).read_text(encoding="utf-8") == text
    _, after = judge(entry, tmp_path)
    assert not [j for j in after if isinstance(j, Finding) and j.fixable]


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.practice.id) for e in entries() if e.fix])
def test_a_practice_with_a_fix_shows_what_it_makes(entry: Entry) -> None:
    assert any(isinstance(example, Breaks) and example.fixed for example in entry.examples)
