"""Configuration and credentials come from the environment.

A credential in the settings file is in every clone, image layer and backup of the repository, is the
same in every deployment, and cannot be rotated without a release.
Holds when production's SECRET_KEY, database, mail and service credentials are read from environment
variables, files or a secret store. A default that is itself a working credential is reported too: every
deployment that forgets the variable shares a key that anybody can read. Empty values, values of branches
that only development takes, and credentials of local services (`postgres` at localhost) are accepted as
defaults.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.edits.model import AddImport, SetSetting
from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice, Safety

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Credentials come from the environment",
    broken="A credential stands in the settings",
    impact=Impact.HIGH,
    sources=("PT4", "BP39", "FB1"),
    needs=("settings",),
    links=("https://12factor.net/config",),
    fix=Safety.UNSAFE,
)

# Names that Django or a well-known package reads as a credential, or that say so themselves.
_CREDENTIAL = re.compile(
    r"(?:^|_)(?:SECRET|SECRET_KEY|SECRET_ACCESS_KEY|PASSWORD|PASSWD|API_KEY|AUTH_TOKEN|ACCESS_TOKEN|API_TOKEN"
    r"|PRIVATE_KEY|CLIENT_SECRET|SIGNING_KEY|ENCRYPTION_KEY)$"
)
_PLACEHOLDER = re.compile(r"^(?:$|<.*>|\*+|x{3,}|none|null|\$\{.*\}|%\(.*\))", re.IGNORECASE)


def check(project: Project) -> Iterator[Judgement]:
    for name in project.settings.values:
        if name == "DATABASES":
            yield from _database_passwords(project)
        elif name == "SECRET_KEY" or _CREDENTIAL.search(name):
            yield from _literal(project, name, project.settings.possible(name))


def _database_passwords(project: Project) -> Iterator[Judgement]:
    for alias, _ in project.settings.databases():
        engines = [p.value for p in project.settings.possible("DATABASES", alias, "ENGINE")]
        if any(isinstance(engine, str) and "sqlite" in engine for engine in engines):
            continue
        passwords = project.settings.possible("DATABASES", alias, "PASSWORD")
        # A default password only opens a database on the developer's own machine.
        yield from _literal(
            project, f"DATABASES[{alias!r}]['PASSWORD']", tuple(p for p in passwords if not p.variable)
        )


def _literal(project: Project, name: str, possible: tuple[Possible, ...]) -> Iterator[Judgement]:
    for value in possible:
        text = value.value
        if not isinstance(text, str) or _PLACEHOLDER.match(text) or value.condition:
            continue
        if value.variable:
            if name != "SECRET_KEY":
                continue
            yield practice.finding(
                value.where,
                f"Every deployment that does not set {value.variable} runs with the same published {name}:"
                " sessions, password-reset links and signed cookies can then be forged.",
                remedy=f"Read {value.variable} without a default, so that a missing value stops the start.",
                symbol=name,
                proof=f"the variable's default is a literal of {len(text)} characters",
                fixable=False,
            )
        else:
            yield practice.finding(
                value.where,
                f"{name} is a literal in the settings that production runs with.",
                remedy=f'{name} = os.environ["{_variable(name)}"]  # and replace the published value',
                symbol=name,
                proof=f"a literal of {len(text)} characters",
                confidence=Confidence.HIGH if name == "SECRET_KEY" else Confidence.MEDIUM,
                fixable=name == "SECRET_KEY",
            )


def _variable(name: str) -> str:
    return "DATABASE_PASSWORD" if name.startswith("DATABASES") else name


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """SECRET_KEY is read from the environment; unsafe because the deployment must set it first."""
    path, line = finding.where.path, finding.where.line
    yield AddImport(path, "import os")
    yield SetSetting(path, "SECRET_KEY", 'os.environ["SECRET_KEY"]', line=line)


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                SECRET_KEY = "django-insecure-5v0&2b"
                EMAIL_HOST_PASSWORD = "hunter2hunter2"
            """
        },
        at=("config/settings.py:1", "config/settings.py:2"),
        fixed={
            "config/settings.py": """
                import os

                SECRET_KEY = os.environ["SECRET_KEY"]
                EMAIL_HOST_PASSWORD = "hunter2hunter2"
            """
        },
    ),
    Breaks(
        {
            "config/settings.py": """
                import os

                SECRET_KEY = os.environ.get("SECRET_KEY", "not-so-secret")
            """
        },
        at="config/settings.py:3",
    ),
    Breaks(
        {
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "PASSWORD": "s3cret-of-production",
                    }
                }
            """
        },
        at="config/settings.py:4",
    ),
    Holds(
        {
            "config/settings.py": """
                import os

                SECRET_KEY = os.environ["SECRET_KEY"]
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "PASSWORD": os.environ.get("DB_PASSWORD", "postgres"),
                    }
                }
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                import os

                SECRET_KEY = os.environ["SECRET_KEY"]
                EMAIL_HOST_PASSWORD = ""
                AUTH_PASSWORD_VALIDATORS = []
                CSRF_HEADER_NAME = "HTTP_X_SECRET"
            """
        },
        because="names or empty values only resemble credentials",
    ),
)
