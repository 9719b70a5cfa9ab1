"""A static analyser runs on each change.

An analyser reads every path of every change in seconds, the error branches included that no test and no
reviewer visits.
Holds when CI or a hook runs a linter, a type checker or a security analyser (ruff, flake8, pylint, mypy,
pyright, bandit, semgrep, CodeQL, SonarQube, ...).
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
    held="A static analyser runs on each change",
    broken="No static analyser runs",
    impact=Impact.LOW,
    sources=("BP47",),
    links=("https://docs.astral.sh/ruff/", "https://mypy.readthedocs.io/"),
)

_ANALYSERS = (
    "ruff|flake8|pylint|mypy|pyright|basedpyright|bandit|semgrep|codeql|sonar|prospector|pyre|pytype|tenfold"
)
_RUN = re.compile(rf"\b(?:{_ANALYSERS}|pre-commit run|prek run|tox|nox)\b", re.IGNORECASE)
_MAKE = re.compile(r"\b(?:make|just|task|npm run|invoke|inv)\s+\S*(?:lint|static|analy|qa|check|style)\S*")
_TOOLS = ("pylint", "flake8", "mypy", "ruff", "pyright", "bandit")


def check(project: Project) -> Iterator[Judgement]:
    repository = project.repository
    steps = [step for pipeline in repository.pipelines for step in pipeline.steps]
    texts = [step.run for step in steps] + [step.uses for step in steps]
    texts += [hook.id for hook in repository.hooks]
    if any(_RUN.search(text) or _MAKE.search(text) for text in texts):
        return
    at_hand = [tool for tool in _TOOLS if tool in repository.tool_tables or tool in project.dependencies]
    pipeline = repository.pipelines[0].path if repository.pipelines else ""
    yield practice.finding(
        Location(pipeline or repository.hooks_path or "."),
        f"{at_hand[0]} is at hand, and nothing runs it on a change."
        if at_hand
        else "Nothing analyses a change.",
        remedy="Add a step to CI: ruff check . && tenfold audit --format github",
        symbol="static analysis",
        proof=f"{pipeline} runs none" if pipeline else "the repository has no CI configuration",
        confidence=Confidence.HIGH if pipeline else Confidence.MEDIUM,
    )


EXAMPLES = (
    Breaks(
        {
            ".github/workflows/ci.yml": """
                on: push
                jobs:
                  test:
                    steps:
                      - run: python manage.py test
            """
        },
        at=".github/workflows/ci.yml",
    ),
    Holds(
        {
            ".github/workflows/ci.yml": """
                on: push
                jobs:
                  lint:
                    steps:
                      - run: ruff check .
            """
        }
    ),
    LooksAlike(
        {
            ".gitlab-ci.yml": """
                lint:
                  script:
                    - make lint
            """
        },
        because="the Makefile's lint target runs it",
    ),
)
