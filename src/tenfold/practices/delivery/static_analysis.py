"""A static analyser runs on each change.

An analyser reads every path of every change in seconds, the error branches included that no test and no
reviewer visits.
Holds when CI or a hook runs a linter, a type checker or a security analyser (ruff, flake8, pylint, mypy,
pyright, bandit, semgrep, CodeQL, SonarQube, ...), also through a task (`make lint`, `tox`) whose content is
trusted, or when the build of production's image runs one. A formatter alone is no analyser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.checks import checking_pipeline, checking_texts
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
    confidence=Confidence.MEDIUM,  # a script under any name may run one
    sources=("BP47",),
    links=("https://docs.astral.sh/ruff/", "https://mypy.readthedocs.io/"),
)

_ANALYSERS = (
    "ruff|flake8|pylint|mypy|pyright|basedpyright|bandit|semgrep|codeql|sonar|prospector|pyre|pytype|tenfold"
    "|megalinter|super-linter|deepsource|codacy|qodana|snyk"
)
_RUN = re.compile(rf"\b(?:{_ANALYSERS}|tox|nox|lefthook run)\b", re.IGNORECASE)
_TASK = re.compile(
    r"\b(?:make|just|task|invoke|inv|gulp|grunt|rake|poe|pdm run|hatch run|(?:npm|pnpm|yarn|bun)(?: run)?)\s+"
    r"\S*(?:lint|static|analy|qa|check|style(?!guide))\S*"
)
_SCRIPT = re.compile(
    r"(?:^|[\s/])(?:[a-z]+[-_])?(?:lint|static|analy[sz]e|qa|code_?check|checks|style)(?:[-_][a-z]+)?\.(?:py|sh|bash)\b"
)
_RUN_HOOKS = re.compile(r"\b(?:pre-commit|prek) run\b|pre-commit/action|prek-action")
_TOOLS = ("pylint", "flake8", "mypy", "ruff", "pyright", "bandit")


def check(project: Project) -> Iterator[Judgement]:
    repository = project.repository
    texts = tuple(checking_texts(project))
    if any(_RUN.search(text) or _TASK.search(text) or _SCRIPT.search(text) for text in texts):
        return
    if not repository.hooks_path and any(_RUN_HOOKS.search(text) for text in texts):
        return  # hooks that are kept outside the repository
    at_hand = [tool for tool in _TOOLS if tool in repository.tool_tables or tool in project.dependencies]
    pipeline = checking_pipeline(project)
    yield practice.finding(
        Location(pipeline or repository.hooks_path or ".pre-commit-config.yaml"),
        f"{at_hand[0]} is at hand, and neither CI nor a hook runs it on a change."
        if at_hand
        else "Neither CI nor a hook analyses a change: what no test runs is seen first in production.",
        remedy="A step of CI: ruff check . && tenfold audit --format github"
        if pipeline
        else "To .pre-commit-config.yaml: the hook ruff-check of https://github.com/astral-sh/ruff-pre-commit",
        symbol="static analysis",
        proof=f"{pipeline} runs none" if pipeline else "the repository has no CI that runs commands",
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
    LooksAlike(
        {
            ".github/actions/setup/action.yml": """
                runs:
                  using: composite
                  steps:
                    - run: pip install -r requirements.txt
            """,
            ".github/workflows/ci.yml": """
                on: push
                jobs:
                  test:
                    steps:
                      - uses: ./.github/actions/setup
                      - run: gulp lint
            """,
        },
        because="the task that CI runs is trusted to analyse",
    ),
    LooksAlike(
        {
            ".github/workflows/ci.yml": """
                on: push
                jobs:
                  test:
                    steps:
                      - run: uv run python code_check.py --debug
            """
        },
        because="the script that CI runs is trusted to analyse",
    ),
    LooksAlike(
        {
            "Dockerfile.prod": """
                FROM python:3.13 AS builder
                RUN pip install flake8==7.3.0
                COPY . /app/
                RUN flake8 --ignore=E501 /app
                FROM python:3.13
                COPY --from=builder /app /app
            """
        },
        because="the build of production's image stops where the analyser finds a fault",
    ),
)
