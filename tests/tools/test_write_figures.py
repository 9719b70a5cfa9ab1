from __future__ import annotations

import sys

import pytest

from tests.rules.repository import ROOT


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])


def test_the_readme_says_what_was_measured() -> None:
    from write_figures import main

    assert main("--check") == 0, "run `python tools/write_figures.py`"


def test_a_target_that_was_missed_is_said_so() -> None:
    from write_figures import render_table

    rows = [line for line in render_table().splitlines() if "one query" in line]
    assert rows
    assert rows[0].endswith(("| **not met** |", "| met |"))


def test_a_text_without_the_marks_is_refused() -> None:
    from write_figures import replace_table

    with pytest.raises(ValueError, match=r"has no"):
        replace_table("nothing here", "table")


def test_every_script_of_the_table_is_there() -> None:
    from write_figures import FIGURES

    missing = [one.script for one in FIGURES if not (ROOT / f"benchmarks/{one.script}.py").is_file()]
    assert missing == []
