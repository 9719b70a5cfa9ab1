"""Configuration and credentials come from the environment.

A credential in the settings file is in every clone, image layer and backup of the repository, is the
same in every deployment, and cannot be rotated without a release.
Holds when production's SECRET_KEY, database, mail and service credentials are read from environment
variables, files or a secret store. A default that is itself a working credential is reported too: every
deployment that forgets the variable shares a key that anybody can read. A password inside a URL
(`redis://:password@host`) and a key inside a dict count as well.
Not reported: empty values and placeholders, branches that only development takes, passwords in URLs of
services on this machine or in the same compose network, default passwords of databases, and keys that
browsers see anyway (maps, analytics, publishable keys).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.edits.model import AddImport, SetSetting
from tenfold.practice import Breaks, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.settings import Entries, Listed, Possible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Location, Project

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
_INSIDE = re.compile(_CREDENTIAL.pattern, re.IGNORECASE)
# Keys that a page hands to every browser: whoever made them restricts them by origin instead.
_PUBLIC = re.compile(
    r"PUBLIC|PUBLISHABLE|(?:^|_)MAPS?(?:_|$)|MAPBOX|SITE_KEY|ANALYTICS|BROWSER|FRONTEND|CLIENT_SIDE|JAVASCRIPT"
    r"|POSTHOG|FIREBASE|ALGOLIA_SEARCH|SEARCH_API_KEY"
)
_PLACEHOLDER = re.compile(r"^(?:$|<.*>|\*+|x{3,}|none|null|\$\{.*\}|%\(.*\))", re.IGNORECASE)
_UNREAL = re.compile(
    r"change|replace|your|example|placeholder|insert|todo|dummy|fake|sample|secret|passw|insecure|\s|[.:/]{2}",
    re.IGNORECASE,
)
_URL = re.compile(r"^[a-z][\w+.-]*://[^:/@\s]*:(?P<password>[^@\s{}$]+)@(?P<host>[^:/?\s,]+)", re.IGNORECASE)
_LOCAL = re.compile(r"localhost|127\.\S*|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal|[\w-]+")


def check(project: Project) -> Iterator[Judgement]:
    for name in project.settings.values:
        if name == "DATABASES":
            yield from _database_passwords(project)
        elif name == "SECRET_KEY" or (_CREDENTIAL.search(name) and not _PUBLIC.search(name)):
            yield from _literal(name, project.settings.possible(name))
        else:
            for value in project.settings.possible(name):
                if not (value.condition or value.variable):
                    yield from _inside(name, value.value, value.where)


def _inside(name: str, value: object, where: Location) -> Iterator[Judgement]:
    """Credentials at any depth of a setting: passwords in URLs, and keys of dicts that name one."""
    if isinstance(value, str):
        url = _URL.match(value)
        if url and not _LOCAL.fullmatch(url["host"]):
            yield practice.finding(
                where,
                f"{name} holds a URL with the password for {url['host']}: whoever has a clone has it too.",
                remedy=f'Read the URL from the environment, os.environ["{_variable(name)}"], and replace the'
                " published password.",
                symbol=name,
                proof=f"the part before @{url['host']} is a literal",
                confidence=Confidence.MEDIUM,
                fixable=False,
            )
    elif isinstance(value, Entries):
        for key, part in value.items():
            place = value.places.get(key, where)
            if isinstance(key, str) and isinstance(part, str) and _INSIDE.search(key):
                yield from _entry(f"{name}[...][{key!r}]", part, place)
            else:
                yield from _inside(name, part, place)
    elif isinstance(value, Listed):
        for part, line in zip(value, value.places, strict=True):
            yield from _inside(name, part, line or where)


def _entry(name: str, text: str, where: Location) -> Iterator[Judgement]:
    if len(text) >= 12 and not (_UNREAL.search(text) or _PLACEHOLDER.match(text) or text.isupper()):
        yield from _literal(name, (Possible(text, where),))


def _database_passwords(project: Project) -> Iterator[Judgement]:
    for alias, _ in project.settings.databases():
        engines = [p.value for p in project.settings.possible("DATABASES", alias, "ENGINE")]
        if any(isinstance(engine, str) and "sqlite" in engine for engine in engines):
            continue
        passwords = project.settings.possible("DATABASES", alias, "PASSWORD")
        # A default password only opens a database on the developer's own machine.
        literal = tuple(p for p in passwords if not p.variable)
        yield from _literal(f"DATABASES[{alias!r}]['PASSWORD']", literal)


def _literal(name: str, possible: tuple[Possible, ...]) -> Iterator[Judgement]:
    for value in possible:
        text = value.value
        if not isinstance(text, str) or _PLACEHOLDER.match(text) or value.condition:
            continue
        if value.variable:
            if name != "SECRET_KEY":
                continue
            yield practice.finding(
                value.where,
                f"Every deployment that does not set {value.variable} signs with the default that this file"
                " publishes: sessions, password-reset links and signed cookies can then be forged.",
                remedy=f"Read {value.variable} without a default, so that a missing value stops the start.",
                symbol=name,
                proof=f"the variable's default is a literal of {len(text)} characters",
                fixable=False,
            )
        else:
            yield practice.finding(
                value.where,
                f"{name} is a literal in the settings that production runs with: it is in every clone and"
                " image, and changing it takes a release.",
                remedy=f'{name} = os.environ["{_variable(name)}"]  # and replace the published value',
                symbol=name,
                proof=f"a literal of {len(text)} characters",
                confidence=Confidence.HIGH if name == "SECRET_KEY" else Confidence.MEDIUM,
                fixable=name == "SECRET_KEY",
            )


def _variable(name: str) -> str:
    if name.startswith("DATABASES"):
        return "DATABASE_PASSWORD"
    setting, _, key = name.partition("[...]")
    return f"{setting}_{key.strip('[]' + chr(39)).upper()}" if key else setting


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
    Breaks(
        {
            "config/settings.py": """
                import os

                SECRET_KEY = os.environ["SECRET_KEY"]
                BROKER = "amqp://shop:k3s8d7f6@queue.example.com/shop"
                ANYMAIL = {
                    "SENDER": "shop",
                    "MAILER_API_KEY": "key-3ax6xnjp29jd6fds4gc373sgvjx",
                }
            """
        },
        at=("config/settings.py:4", "config/settings.py:7"),
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
                STORE_MAP_API_KEY = "pk-3ax6xnjp29jd6fds4gc373sgvjx"
                CELERY_BROKER_URL = "redis://:redis-in-compose@cache:6379/0"
                CAPTCHA = {"PRIVATE_KEY": "CAPTCHA_PRIVATE_KEY", "SECRET": ""}
            """
        },
        because="names or empty values only resemble credentials, and browsers see a map's key anyway",
    ),
)
