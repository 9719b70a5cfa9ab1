"""An automatic formatter is in use and enforced.

Where each author formats by hand, reviews discuss white space and branches conflict over it.
Holds when ruff format, black, yapf or autopep8 runs in a hook or in CI, also through a task (`make lint`,
`gulp lint`, `tox`) or another manager of hooks (lefthook, husky, a pre-commit script), whose content is trusted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.edits.hooks_file import HOOKS_PATH, hooks_configuration
from tenfold.edits.model import CreateFile
from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.checks import checking_pipeline, checking_texts
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="A formatter is enforced",
    broken="No formatter is enforced",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP45",),
    links=("https://docs.astral.sh/ruff/formatter/", "https://black.readthedocs.io/"),
    fix=Safety.SAFE,
)

_RUN = re.compile(
    r"\b(?:ruff format|black|yapf|autopep8|darker|blue|tox|nox|hatch fmt|lefthook run|megalinter)\b"
)
_SCRIPT = re.compile(
    r"(?:^|[\s/])(?:[a-z]+[-_])?(?:lint|format|fmt|qa|code_?check|checks|style)(?:[-_][a-z]+)?\.(?:py|sh|bash)\b"
)
_RUN_HOOKS = re.compile(r"\b(?:pre-commit|prek) run\b|pre-commit/action|prek-action")
_HOOKS = ("ruff-format", "black", "yapf", "autopep8", "darker", "blue")
_TASK = re.compile(
    r"\b(?:make|just|task|invoke|inv|gulp|grunt|rake|poe|pdm run|hatch run|(?:npm|pnpm|yarn|bun)(?: run)?)\s+"
    r"\S*(?:lint|format|fmt|style(?!guide)|check|qa)\S*"
)
_ACTION = re.compile(r"black|ruff-action|lint", re.IGNORECASE)
_MANAGERS = ("lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".overcommit.yml", "prek.toml")


def check(project: Project) -> Iterator[Judgement]:
    repository = project.repository
    if any(hook.id.startswith(_HOOKS) for hook in repository.hooks) or any(project.files.named(*_MANAGERS)):
        return
    steps = [step for pipeline in repository.pipelines for step in pipeline.steps]
    texts = tuple(checking_texts(project))
    if any(_RUN.search(text) or _TASK.search(text) or _SCRIPT.search(text) for text in texts):
        return
    if any(_ACTION.search(step.uses) for step in steps):
        return
    if not repository.hooks_path and any(_RUN_HOOKS.search(f"{step.run}\n{step.uses}") for step in steps):
        return  # hooks that are kept outside the repository
    tool = _at_hand(project)
    yield practice.finding(
        _where_to_add(project),
        f"{tool} is at hand, but neither a hook nor CI lets it format."
        if tool
        else "Neither a hook nor CI runs an automatic formatter: layout is left to each author and reviewer.",
        remedy="To CI: ruff format --check . (after one commit that formats everything)"
        if checking_pipeline(project) and not repository.hooks_path
        else "To .pre-commit-config.yaml: the hook ruff-format of https://github.com/astral-sh/ruff-pre-commit",
        symbol="formatter",
        proof=f"{len(repository.hooks)} hooks and {len(steps)} steps of CI, none of which formats",
        confidence=Confidence.PREVIEW if tool else Confidence.MEDIUM,
        fixable=not repository.hooks_path,
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """A hooks file with a formatter; nothing formats before somebody installs the hooks."""
    manage = project.repository.manage
    yield CreateFile(HOOKS_PATH, hooks_configuration(manage[0] if manage else "manage.py"))


def _at_hand(project: Project) -> str:
    """The formatter that is configured or declared, "" for none."""
    tables = project.repository.tool_tables
    configured = (tool for tool in ("ruff", "black", "yapf", "autopep8") if tool in tables)
    declared = (name for name in ("ruff", "black", "yapf", "autopep8") if name in project.dependencies)
    return next(iter((*configured, *declared)), "")


def _where_to_add(project: Project) -> Location:
    """The hooks' file, else CI's, else the file of hooks that would be made."""
    return Location(project.repository.hooks_path or checking_pipeline(project) or HOOKS_PATH)


EXAMPLES = (
    Breaks(
        {"requirements.txt": "Django==5.2.4\n"},
        at=HOOKS_PATH,
        fixed={HOOKS_PATH: hooks_configuration("manage.py")},
    ),
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
    LooksAlike(
        {
            "requirements-dev.txt": "black==26.1.0\n",
            ".github/workflows/ci.yml": """
                on: push
                jobs:
                  test:
                    steps:
                      - run: gulp lint
            """,
        },
        because="the task that CI runs is trusted to format",
    ),
    LooksAlike(
        {"lefthook.yml": "pre-commit:\n  commands: {}\n", "requirements-dev.txt": "black==26.1.0\n"},
        because="lefthook runs the hooks",
    ),
    LooksAlike(
        {
            "requirements-dev.txt": "ruff==0.14.0\n",
            ".github/workflows/ci.yml": """
                on: push
                jobs:
                  test:
                    steps:
                      - run: python code_check.py
            """,
        },
        because="the script that CI runs is trusted to look at the format",
    ),
    Breaks(
        {
            ".github/workflows/auto-merge.yml": """
                on: pull_request_target
                jobs:
                  merge:
                    uses: example/workflows/.github/workflows/merge.yml@main
            """
        },
        at=".pre-commit-config.yaml",
    ),
    Breaks(
        {
            "Dockerfile": """
                FROM python:3.13
                RUN ./scripts/l10n-fetch-lint-compile.sh
            """
        },
        at=".pre-commit-config.yaml",
    ),
)
