"""SECRET_KEY is the same in every process and after every restart.

A key drawn at start differs per worker and per replica: a session or CSRF token signed by one process is
rejected by the next, so users are logged out at random, and every restart logs out everybody.
Holds when the key comes from the environment, a file or a literal. A random key that stands in when the
environment sets none is reported with lower impact; one in a branch that only development or tests take, or
one that is written to a file and read from there at the next start, not at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice

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
_READS = re.compile(r"\.read(?:_text|_bytes|lines?)?\(|\bload\(")


def check(project: Project) -> Iterator[Judgement]:
    for statement in project.settings.assigned:
        if statement.name != "SECRET_KEY" or _serves_development(statement.condition):
            continue
        module = project.source.by_path.get(statement.where.path)
        call = _random_call(project, module, statement) if module else None
        if call and not _is_read_again(project, statement):
            yield _report(project, statement, call)


def _serves_development(condition: str) -> bool:
    return "(not production)" in condition


def _is_read_again(project: Project, drawn: Assigned) -> bool:
    """Whether the key is written to a file, which another branch reads it from."""
    reads = any(
        other.name == "SECRET_KEY" and other.where != drawn.where and _READS.search(other.text)
        for other in project.settings.assigned
    )
    return reads and _is_written(project, drawn)


def _report(project: Project, statement: Assigned, call: Call) -> Judgement:
    variable = _variable(project)
    if variable:
        first = f"SECRET_KEY is drawn by {call.callee}() at start unless the environment sets {variable}"
    else:
        first = f"SECRET_KEY is drawn by {call.callee}() at start"
    when = f", when {statement.condition}" if statement.condition else ""
    return practice.finding(
        statement.where,
        f"{first}: each worker and replica then signs sessions and CSRF tokens with a key of its own,"
        " and every restart logs out everybody.",
        remedy=f'SECRET_KEY = os.environ["{variable or "SECRET_KEY"}"]  # one value for all processes',
        symbol="SECRET_KEY",
        proof=f"{call.callee}() at {statement.where.path}:{call.line}{when}",
        impact=Impact.HIGH if variable else Impact.CRITICAL,
        confidence=Confidence.PREVIEW if _is_written(project, statement) else Confidence.HIGH,
    )


def _variable(project: Project) -> str:
    """The environment variable that gives the key where it is set; "" when none does."""
    variables = (value.variable for value in project.settings.possible("SECRET_KEY"))
    return next((variable for variable in variables if variable.isidentifier()), "")


def _is_written(project: Project, statement: Assigned) -> bool:
    """Whether the file writes something after drawing the key: it may keep it for the next start."""
    module = project.source.by_path[statement.where.path]
    return any(
        call.line >= statement.where.line and call.callee.endswith((".write", ".write_text", ".write_bytes"))
        for call in module.calls
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

                DEBUG = os.environ.get("DEBUG") == "1"
                SECRET_KEY = os.environ.get("SECRET_KEY")
                if not SECRET_KEY and DEBUG:
                    SECRET_KEY = secrets.token_hex(32)
            """
        },
        because="only development draws a key",
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
    LooksAlike(
        {
            "config/settings.py": """
                from pathlib import Path

                from django.utils.crypto import get_random_string

                KEPT = Path("/var/lib/shop/.secret")
                if KEPT.exists():
                    SECRET_KEY = KEPT.read_text()
                else:
                    SECRET_KEY = get_random_string(50)
                    with KEPT.open("w") as file:
                        file.write(SECRET_KEY)
            """
        },
        because="the key is drawn once, kept in a file and read again",
    ),
)
