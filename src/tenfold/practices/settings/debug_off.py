"""DEBUG is off in production.

With DEBUG on, every error shows source code and settings to whoever caused it, and every SQL statement
is formatted and kept in memory: up to 9,000 per connection, which a worker or a long command never
clears. Routes made by `static()` then serve files from Python as well.
Holds when production's settings give False, or an environment variable decides and its default is off:
a deployment that forgets the variable must fail safe. A branch that only development takes is not
reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import AddImport, ReplaceText, SetSetting
from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.settings import Reference, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Location, Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="DEBUG is off in production",
    broken="DEBUG can be on in production",
    impact=Impact.CRITICAL,
    sources=("PT7", "BP72", "FB3"),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/#debug",),
    fix=Safety.SAFE,
)

FROM_ENVIRONMENT = 'os.environ.get("DEBUG", "") == "1"'


def check(project: Project) -> Iterator[Judgement]:
    possible = project.settings.possible("DEBUG")
    if not possible and not project.settings.complete:
        yield CannotTell("DEBUG is not set in the settings that could be followed")
    for value in possible:
        if isinstance(value.value, Undetermined):
            yield CannotTell(f"DEBUG: {value.value.why}", value.where)
        elif isinstance(value.value, Reference):
            yield CannotTell(f"DEBUG is what {value.value.dotted} gives, which is not followed", value.where)
        elif value.variable and value.value and not value.condition:
            yield practice.finding(
                value.where,
                f"DEBUG is on unless the environment sets {value.variable}: a deployment that forgets it"
                " shows source code and settings to every visitor who meets an error.",
                remedy=_safe_default(project, value),
                symbol="DEBUG",
                proof=value.source,
                impact=Impact.HIGH,
                fixable=bool(_with_true(project, value.where)),
            )
        elif value.value and not value.condition:
            yield practice.finding(
                value.where,
                "DEBUG is True in the settings that production runs with.",
                remedy=f"DEBUG = {FROM_ENVIRONMENT}",
                symbol="DEBUG",
                proof=value.source,
            )


def _with_true(project: Project, where: Location) -> str:
    """The statement that sets DEBUG there, when its one default is written as True; else ""."""
    texts = [a.text for a in project.settings.assigned if a.where == where and a.name == "DEBUG"]
    return next((text for text in texts if text.count("True") == 1), "")


def _safe_default(project: Project, value: Possible) -> str:
    if text := _with_true(project, value.where):
        return f"{text.replace('True', 'False')}  # development sets {value.variable}"
    return f"Let {value.variable} be off by default; development sets it."


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """A literal is read from the environment instead; a default of True becomes False."""
    statements = [a for a in project.settings.assigned if a.where == finding.where and a.name == "DEBUG"]
    for statement in statements:
        if finding.impact is Impact.CRITICAL:
            yield AddImport(statement.where.path, "import os")
            yield SetSetting(statement.where.path, "DEBUG", FROM_ENVIRONMENT, line=statement.where.line)
        elif _with_true(project, finding.where):
            yield ReplaceText(statement.where.path, statement.where.line, "True", "False")


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                import os

                DEBUG = True
            """
        },
        at="config/settings.py:3",
        fixed={
            "config/settings.py": """
                import os

                DEBUG = os.environ.get("DEBUG", "") == "1"
            """
        },
    ),
    Breaks(
        {
            "config/settings.py": """
                import environ

                env = environ.Env()
                DEBUG = env.bool("DEBUG", default=True)
            """
        },
        at="config/settings.py:4",
        fixed={
            "config/settings.py": """
                import environ

                env = environ.Env()
                DEBUG = env.bool("DEBUG", default=False)
            """
        },
    ),
    Holds({"config/settings.py": "DEBUG = False"}),
    Holds(
        {
            "config/settings.py": """
                import os

                DEBUG = os.environ.get("DEBUG", "") == "1"
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                from company.settings import config

                DEBUG = config("DEBUG", default=False)
            """
        },
        because="what the package's function gives is not known",
    ),
    LooksAlike(
        {
            "config/settings.py": "DEBUG = False",
            "config/settings_development.py": """
                from config.settings import *

                DEBUG = True
            """,
        },
        because="only the development settings turn it on",
    ),
)
