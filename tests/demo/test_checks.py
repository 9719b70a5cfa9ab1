from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rules.repository import ROOT

BROKEN = [f"settings/number-{number}" for number in range(30)]


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "demo"), *sys.path])


def audit(score: int, **outcomes: str) -> dict[str, Any]:
    """A report: thirty broken practices, and those given by name with their outcome."""
    named = {**dict.fromkeys(BROKEN, "broken"), **{f"http/{name}": bad for name, bad in outcomes.items()}}
    return {
        "score": {"overall": score},
        "verdicts": [{"practice": name, "outcome": outcome} for name, outcome in named.items()],
        "findings": [{"practice": name} for name, outcome in named.items() if outcome == "broken"],
    }


def steps(before: dict[str, Any], after: dict[str, Any], *, fixed: list[str], left: list[str]) -> Any:
    from steps import Steps

    applied = {
        "fixes": [{"practice": name} for name in fixed],
        "remaining": [{"practice": name} for name in left],
    }
    return Steps(Path("shop"), Path("report.html"), before, {}, applied, after)


def test_thirty_practices_are_broken_and_none_fails() -> None:
    from checks import DemoError, check_findings

    assert "30 practices" in check_findings(audit(20))
    with pytest.raises(DemoError, match="http/one"):
        check_findings(audit(20, one="error"))
    few = audit(20)
    few["verdicts"].pop()
    with pytest.raises(DemoError, match="29 practices"):
        check_findings(few)


def test_a_score_that_stands_still_proves_nothing() -> None:
    from checks import DemoError, check_score

    assert check_score(audit(20), audit(21)) == "the score rose from 20 to 21"
    with pytest.raises(DemoError, match="from 20 to 20"):
        check_score(audit(20), audit(20))


def test_what_was_mended_in_every_place_must_be_held() -> None:
    from checks import DemoError, check_mended

    before = audit(20, one="broken", two="broken")
    kept = steps(before, audit(30, one="held", two="broken"), fixed=["http/one"], left=[])
    assert "1 practices" in check_mended(kept)
    with pytest.raises(DemoError, match="not held: http/one"):
        check_mended(steps(before, audit(30, one="broken"), fixed=["http/one"], left=[]))


def test_a_fix_that_does_not_take_is_found() -> None:
    from checks import DemoError, check_mended

    before = audit(20, one="broken")
    with pytest.raises(DemoError, match="still found after their fix: http/one"):
        check_mended(steps(before, audit(30, one="broken"), fixed=["http/one"], left=["http/one"]))


def test_a_fix_that_breaks_another_practice_is_found() -> None:
    from checks import DemoError, check_mended

    before, after = audit(20, one="broken", two="held"), audit(30, one="held", two="broken")
    with pytest.raises(DemoError, match="broken by the fixes: http/two"):
        check_mended(steps(before, after, fixed=["http/one"], left=[]))
