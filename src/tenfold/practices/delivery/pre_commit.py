"""Hooks run the project's checks before a commit, Django's own among them.

What a hook finds costs seconds; the same fault found by CI costs minutes, and found in production an evening.
A missing migration is the fault that only Django can find: the code expects a column that no migration makes.
Holds when pre-commit (or prek, lefthook, husky, a script for .git/hooks) is configured, or CI runs hooks that
are kept elsewhere; and a hook, CI or a test asks for missing migrations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.edits.hooks_file import HOOKS_PATH, hooks_configuration
from tenfold.edits.model import CreateFile
from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Hooks check each commit",
    broken="No hook checks a commit",
    impact=Impact.LOW,
    sources=("BP30", "BP31"),
    links=(
        "https://pre-commit.com/",
        "https://docs.djangoproject.com/en/stable/ref/django-admin/#makemigrations",
    ),
    fix=Safety.SAFE,
)

_OTHERS = ("lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".huskyrc", ".overcommit.yml", "prek.toml")
_SCRIPT = re.compile(r"(?:^|/)(?:\.?(?:git-?)?hooks/)?pre-commit(?:\.(?:sh|py|bash))?$|^\.husky/")
_RUN_HOOKS = re.compile(r"\b(?:pre-commit|prek)\b(?! install)|tox\b.*\bpre-commit")
_MIGRATIONS = re.compile(
    r"makemigrations|missing-?migrations?|migrations?-?check|check-?migrations?|migrate --check|"
    r"(?:tox|nox|make|just|task|inv|invoke|poe)\b.*\bmigrations?\b"
)


def check(project: Project) -> Iterator[Judgement]:
    repository = project.repository
    steps = [step for pipeline in repository.pipelines for step in pipeline.steps]
    if not repository.hooks_path:
        others = any(project.files.named(*_OTHERS)) or any(_SCRIPT.search(f.path) for f in project.files.all)
        if not others and not any(_RUN_HOOKS.search(f"{step.run}\n{step.uses}") for step in steps):
            yield practice.finding(
                Location(HOOKS_PATH),
                "Nothing checks a commit before it is made: what a hook finds in seconds (layout, secrets,"
                " missing migrations) is left to "
                + ("CI and reviewers." if steps else "reviewers, or shows in production."),
                remedy=f"pip install pre-commit && pre-commit install, with {HOOKS_PATH}:\n{_configuration(project)}",
                symbol=HOOKS_PATH,
            )
    elif repository.pipelines and not _asks_for_migrations(project):
        manage = repository.manage[0] if repository.manage else "manage.py"
        yield practice.finding(
            Location(repository.hooks_path),
            f"None of the {len(repository.hooks)} hooks, no step of CI and no test asks for missing migrations: a"
            " model's change can be released without one.",
            remedy="Under repos, a local hook (or a step of CI) with the entry: "
            f"python {manage} makemigrations --check --dry-run",
            symbol="makemigrations --check",
            confidence=Confidence.MEDIUM,
            fixable=False,
        )


def _asks_for_migrations(project: Project) -> bool:
    repository = project.repository
    texts = [
        text for pipeline in repository.pipelines for step in pipeline.steps for text in (step.run, step.job)
    ]
    texts += [hook.id for hook in repository.hooks]
    texts += [command.text for command in repository.commands]
    if any(_MIGRATIONS.search(text) for text in texts):
        return True
    # A test may ask: call_command("makemigrations", check=True).
    return any("makemigrations" in module.strings for module in project.source)


def _configuration(project: Project) -> str:
    manage = project.repository.manage[0] if project.repository.manage else "manage.py"
    return hooks_configuration(manage)


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """A configuration with ruff, a check for secrets and one for missing migrations."""
    yield CreateFile(HOOKS_PATH, _configuration(project))


EXAMPLES = (
    Breaks(
        {"shop/models.py": "from django.db import models\n"},
        at=HOOKS_PATH,
        fixed={HOOKS_PATH: hooks_configuration("manage.py")},
    ),
    Holds({HOOKS_PATH: hooks_configuration("manage.py")}),
    LooksAlike({"lefthook.yml": "pre-commit:\n  commands: {}\n"}, because="lefthook runs the hooks"),
    LooksAlike(
        {
            "pre-commit": "#!/bin/sh\nruff check\n",
            ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    steps:\n      - run: pytest\n",
        },
        because="a script to be put into .git/hooks",
    ),
    LooksAlike(
        {
            ".github/workflows/ci.yml": """
                on: push
                jobs:
                  hooks:
                    steps:
                      - run: tox -e pre-commit
            """
        },
        because="the hooks are configured in a submodule, and CI runs them",
    ),
    LooksAlike(
        {
            HOOKS_PATH: """
                repos:
                  - repo: local
                    hooks:
                      - id: migrations-check
                        name: uncreated migrations
                        entry: ./ask.sh
                        language: system
            """,
            ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    steps:\n      - run: pytest\n",
        },
        because="a hook of the project's own asks for them",
    ),
)
