"""An automatic formatter is in use and enforced.

Where each author formats by hand, a third of every review and most merge conflicts are about white space.
Holds when ruff format, black, yapf or autopep8 runs in a hook or in CI. A formatter that is configured and
enforced nowhere is reported with less weight.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="A formatter is enforced",
    broken="No formatter is enforced",
    impact=Impact.LOW,
    sources=("BP45",),
    links=("https://docs.astral.sh/ruff/formatter/", "https://black.readthedocs.io/"),
)

_RUN = re.compile(
    r"\b(?:ruff format|black|yapf|autopep8|darker|blue|pre-commit run|prek run|tox|nox|hatch fmt)\b"
)
_HOOKS = ("ruff-format", "black", "yapf", "autopep8", "darker", "blue")
_MAKE = re.compile(r"\b(?:make|just|task|npm run|invoke|inv)\s+\S*(?:lint|format|fmt|style|check|qa)\S*")


def check(project: Project) -> Iterator[Judgement]:
    repository = project.repository
    if any(hook.id.startswith(_HOOKS) for hook in repository.hooks):
        return
    steps = [step for pipeline in repository.pipelines for step in pipeline.steps]
    if any(_RUN.search(step.run) or _MAKE.search(step.run) or "black" in step.uses for step in steps):
        return
    if any("pre-commit" in step.uses or "ruff" in step.uses for step in steps):
        return
    configured = next(
        (t for t in ("black", "ruff.format", "yapf", "autopep8") if t in repository.tool_tables), ""
    )
    declared = next((n for n in ("black", "ruff", "yapf") if n in project.dependencies), "")
    tool = configured or declared
    yield practice.finding(
        repository.tool_tables[configured] if configured else Location("pyproject.toml"),
        f"{tool} is at hand, and neither a hook nor CI runs it."
        if tool
        else "No automatic formatter is configured.",
        remedy="Add the hook ruff-format to .pre-commit-config.yaml, or to CI: ruff format --check .",
        symbol="formatter",
        confidence=Confidence.MEDIUM if tool else Confidence.HIGH,
    )


EXAMPLES = (
    Breaks({"requirements.txt": "Django==5.2.4\n"}, at="pyproject.toml"),
    Holds(
        {
            ".pre-commit-config.yaml": """
                repos:
                  - repo: https://github.com/psf/black-pre-commit-mirror
                    rev: 25.1.0
                    hooks:
                      - id: black
            """
        }
    ),
    LooksAlike(
        {
            ".github/workflows/ci.yml": """
                on: push
                jobs:
                  lint:
                    steps:
                      - run: ruff format --check .
            """
        },
        because="CI enforces it",
    ),
)
