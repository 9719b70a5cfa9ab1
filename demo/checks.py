"""What the demonstration promises, asked of what its steps answered."""

from __future__ import annotations

import compileall
import importlib.util
import sys
from typing import TYPE_CHECKING

from steps import BAD, DemoError, read_fix, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from steps import Json, Steps

FEWEST_BROKEN = 30
BY_HAND = {"settings/env-file-not-committed"}
"""Its fix keeps the file out from now on; only a person can take it out of the repository."""


def check_steps(steps: Steps) -> Iterator[str]:
    """One sentence for each promise that is kept; DemoError at the first that is not."""
    yield check_findings(steps.before)
    yield check_page(steps)
    yield check_score(steps.before, steps.after)
    yield check_mended(steps)
    yield check_project_runs(steps)
    yield check_second_fix(steps)


def _demand(kept: bool, otherwise: str) -> None:
    if not kept:
        raise DemoError(otherwise)


def _practices(audit: Json, *outcomes: str) -> set[str]:
    return {verdict["practice"] for verdict in audit["verdicts"] if verdict["outcome"] in outcomes}


def check_findings(before: Json) -> str:
    broken, crashed = _practices(before, *BAD), _practices(before, "error")
    _demand(not crashed, f"practices that failed: {', '.join(sorted(crashed))}")
    _demand(len(broken) >= FEWEST_BROKEN, f"{len(broken)} practices are broken, not {FEWEST_BROKEN}")
    return f"{len(broken)} practices broken before, none failed"


def check_page(steps: Steps) -> str:
    score = str(steps.before["score"]["overall"])
    _demand(steps.html.is_file(), f"{steps.html} was not written")
    page = steps.html.read_text(encoding="utf-8")
    _demand(
        "</html>" in page and f">{score}<" in page.replace(" ", ""), f"no score {score} in the HTML report"
    )
    return f"the HTML report stands and shows {score}"


def check_score(before: Json, after: Json) -> str:
    was, now = before["score"]["overall"], after["score"]["overall"]
    _demand(now > was, f"the score went from {was} to {now}")
    crashed = _practices(after, "error")
    _demand(not crashed, f"practices that failed after the fixes: {', '.join(sorted(crashed))}")
    return f"the score rose from {was} to {now}"


def check_mended(steps: Steps) -> str:
    """Every place that was mended is no longer found, and practices mended in all places are held."""
    left = {one["practice"] for one in steps.applied["remaining"]}
    _demand(left <= BY_HAND, f"still found after their fix: {', '.join(sorted(left - BY_HAND))}")
    fixed = [one["practice"] for one in steps.applied["fixes"]]
    found = [one["practice"] for one in steps.before["findings"]]
    whole = {name for name in fixed if fixed.count(name) == found.count(name)} - BY_HAND
    missing = whole - _practices(steps.after, "held")
    _demand(
        bool(whole) and not missing, f"mended and not held: {', '.join(sorted(missing)) or 'none mended'}"
    )
    worse = _practices(steps.before, "held") & _practices(steps.after, *BAD)
    _demand(not worse, f"broken by the fixes: {', '.join(sorted(worse))}")
    return f"{len(whole)} practices mended in every place are held"


def check_project_runs(steps: Steps) -> str:
    _demand(bool(compileall.compile_dir(steps.project, quiet=2)), "the mended project does not compile")
    if importlib.util.find_spec("django") is None:
        return "the mended project compiles (Django is not here, so `manage.py check` was not run)"
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings_laptop"}
    run((sys.executable, "manage.py", "check"), cwd=steps.project, accepted=(0,), environment=settings)
    return "the mended project compiles, and `manage.py check` passes"


def check_second_fix(steps: Steps) -> str:
    again = read_fix(steps.project, "--apply")
    _demand(not again["files"], f"a second fix changes {len(again['files'])} files")
    return "a second fix has nothing to do"
