"""SECRET_KEY is the same in every process and after every restart.

A key drawn at start differs per worker and per replica: a session or CSRF token signed by one process is
rejected by the next, so users are logged out at random, and every restart logs out everybody.
Holds when the key comes from the environment, a file or a literal. A random key in a branch that only
development or tests take is not reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Holds, Impact, LooksAlike, Practice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Assigned
    from tenfold.project.source import Call, Module

practice = Practice(
    __name__,
    held="SECRET_KEY is the same in every process",
    broken="SECRET_KEY differs per process",
    impact=Impact.CRITICAL,
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/#secret-key",),
)

_RANDOM = (
    "random.",
    "secrets.",
    "os.urandom",
    "uuid.uuid4",
    "uuid.uuid1",
    "django.core.management.utils.get_random_secret_key",
    "django.utils.crypto.get_random_string",
)


def check(project: Project) -> Iterator[Judgement]:
    for statement in project.settings.assigned:
        if statement.name != "SECRET_KEY" or "DEBUG" in statement.condition:
            continue
        module = project.source.by_path.get(statement.where.path)
        call = _random_call(project, module, statement) if module else None
        if call:
            yield practice.finding(
                statement.where,
                f"SECRET_KEY is drawn by {call.callee}() at start: each worker and replica has its own key.",
                remedy='SECRET_KEY = os.environ["SECRET_KEY"]  # one value for all processes',
                symbol="SECRET_KEY",
                proof=f"{call.callee}() at {statement.where.path}:{call.line}"
                + (f", when {statement.condition}" if statement.condition else ""),
            )


def _random_call(project: Project, module: Module, statement: Assigned) -> Call | None:
    for call in module.calls:
        inside = statement.where.line <= call.line <= statement.end_line
        if inside and project.source.resolve(module, call.callee).startswith(_RANDOM):
            return call
    return None


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                from django.core.management.utils import get_random_secret_key

                SECRET_KEY = get_random_secret_key()
            """
        },
        at="config/settings.py:3",
    ),
    Breaks(
        {
            "config/settings.py": """
                import os
                import random
                import string

                if "SECRET_KEY" in os.environ:
                    SECRET_KEY = os.environ["SECRET_KEY"]
                else:
                    SECRET_KEY = "".join(
                        random.choice(string.ascii_letters) for _ in range(50)
                    )
            """
        },
        at="config/settings.py:8",
    ),
    Holds(
        {
            "config/settings.py": """
                import os

                SECRET_KEY = os.environ["SECRET_KEY"]
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                import os
                import secrets

                SECRET_KEY = os.environ["SECRET_KEY"]
                REQUEST_SALT = secrets.token_hex(8)
            """
        },
        because="another setting is random",
    ),
)
