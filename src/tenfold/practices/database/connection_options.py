"""Connections have time limits, keepalives and a name.

Without `connect_timeout` a dead database host holds every worker for minutes (the kernel's default is more
than two); without `statement_timeout` one bad query runs for hours after its request is gone; without
keepalives a silent firewall cut is noticed by the next request; without `application_name` nobody can tell
in pg_stat_activity whose connection it is.
Holds when OPTIONS of each PostgreSQL or MySQL entry sets a connect timeout and a statement timeout.
A database URL can carry options of its own: entries built from one are judged only by what stands beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import SetKey
from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
    Safety,
)
from tenfold.project.production import doubt_settings
from tenfold.project.settings import MISSING, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Location, Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Database connections have time limits",
    broken="A database connection has no time limit",
    impact=Impact.MEDIUM,
    sources=("BP5",),
    needs=("settings",),
    links=(
        "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS",
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",
    ),
    fix=Safety.UNSAFE,
)

_POSTGRES = ("postgresql", "postgis", "postgres", "psqlextra", "timescale", "cockroach")
_MYSQL = ("mysql", "mariadb")
OPTIONS = {
    "connect_timeout": "5",
    "application_name": '"django"',
    "keepalives_idle": "30",
    "options": '"-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"',
}


def check(project: Project) -> Iterator[Judgement]:
    for why in doubt_settings(project):
        yield CannotTell(why)
        return
    judged = False
    for alias, _ in project.settings.databases():
        engines = project.settings.possible("DATABASES", alias, "ENGINE")
        postgres = [p for p in engines if not p.variable and _is_among(_POSTGRES, p.value)]
        mysql = [p for p in engines if not p.variable and _is_among(_MYSQL, p.value)]
        if postgres:
            judged = True
            yield from _judge(project, alias, ("connect_timeout", "statement_timeout"), under=postgres)
        elif mysql:
            judged = True
            yield from _judge(project, alias, ("connect_timeout", "read_timeout"), under=mysql)
        elif any(p.variable or isinstance(p.value, Undetermined) for p in engines):
            judged = True
            if not _is_limited_anyway(project, alias):
                yield CannotTell(f"DATABASES[{alias!r}]: the engine comes from the environment")
    if not judged:
        yield NotApplicable("no PostgreSQL or MySQL database")


def _is_limited_anyway(project: Project, alias: str) -> bool:
    """Whether the settings themselves limit every connection, whichever engine a URL then names."""
    every = project.settings.possible("DATABASES", alias, "OPTIONS")
    wanted = ("connect_timeout", "statement_timeout", "read_timeout")
    return bool(every) and all(all(name in str(p.value) for name in wanted) for p in every)


def _is_among(names: tuple[str, ...], engine: object) -> bool:
    return any(name in str(engine) for name in names)


def _is_pooled(options: object) -> bool:
    return isinstance(options, dict) and bool(options.get("pool"))


def _judge(
    project: Project, alias: str, wanted: tuple[str, ...], *, under: list[Possible]
) -> Iterator[Judgement]:
    """`under` are the engines that are judged: their options are those of the same branches."""
    settings = project.settings
    every = settings.possible("DATABASES", alias, "OPTIONS")
    names = tuple(p for p in every if any(_is_of_branch(p, engine) for engine in under)) or every
    unread = next((p for p in names if isinstance(p.value, Undetermined)), None)
    if unread is not None and isinstance(unread.value, Undetermined):
        yield CannotTell(f"DATABASES[{alias!r}] OPTIONS: {unread.value.why}", unread.where)
        return
    given = " ".join(str(p.value) for p in names if p.value is not MISSING)
    roles = " ".join(text for module in project.source for text in module.strings if "_timeout" in text)
    missing = [name for name in wanted if name not in given]
    # statement_timeout is also set per role, by a signal or a middleware that runs SET.
    missing = [name for name in missing if name != "statement_timeout" or name not in roles]
    # Who waits for a pool gives up after the pool's timeout, 30 s by default.
    pooled = any(_is_pooled(p.value) for p in names)
    missing = [name for name in missing if name != "connect_timeout" or not pooled]
    if missing:
        yield practice.finding(
            _place(names, under),
            f"Connections to {alias!r} have no {' and no '.join(missing)}: a database that hangs holds every"
            " worker.",
            remedy='"OPTIONS": {' + ", ".join(f'"{key}": {value}' for key, value in OPTIONS.items()) + "}",
            symbol=f"DATABASES.{alias}.OPTIONS",
            proof=f"OPTIONS = {_shown(names)}",
            confidence=Confidence.PREVIEW
            if len(names) > 1 or any(p.variable or p.condition for p in names)
            else Confidence.HIGH,
            fixable="statement_timeout" in wanted and not any(p.variable or p.condition for p in every),
        )


def _is_of_branch(options: Possible, engine: Possible) -> bool:
    """Whether the options hold where the engine does: under its condition, or under more than that."""
    return options.condition == engine.condition or bool(
        engine.condition and options.condition.startswith(f"{engine.condition} and ")
    )


def _place(options: tuple[Possible, ...], engines: list[Possible]) -> Location:
    """The options' line; the engine's where the options were put together in another file, by a function."""
    if options and options[0].where.path == engines[0].where.path:
        return options[0].where
    return engines[0].where


def _shown(options: tuple[Possible, ...]) -> str:
    """The value where there is one, else the keys that its values have."""
    given = [p.value for p in options if p.value is not MISSING]
    if not given:
        return "not set"
    if len(given) == 1:
        return str(given[0])
    return ", ".join(sorted({str(key) for value in given if isinstance(value, dict) for key in value}))


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """Timeouts, keepalive and a name; unsafe because a statement over 30 s is then cancelled."""
    alias = finding.symbol.split(".")[1]
    path = project.settings.where("DATABASES").path
    for key, value in OPTIONS.items():
        given = project.settings.possible("DATABASES", alias, "OPTIONS", key)
        if not given or all(p.value is MISSING for p in given):
            yield SetKey(path, ("DATABASES", alias, "OPTIONS", key), value)


_LIMITS = ", ".join(f'"{key}": {value}' for key, value in OPTIONS.items())
EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "OPTIONS": {"sslmode": "require"},
                    },
                }
            """
        },
        at="config/settings.py:4",
        fixed={
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "OPTIONS": {"sslmode": "require", LIMITS},
                    },
                }
            """.replace("LIMITS", _LIMITS)
        },
    ),
    Holds(
        {
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "OPTIONS": {
                            "connect_timeout": 5,
                            "options": "-c statement_timeout=30s",
                        },
                    },
                }
            """
        }
    ),
    Holds(
        {
            "config/settings.py": """
                from django_tenfold.conf import Environment

                env = Environment()
                DATABASES = env.databases(application_name="shop")
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "OPTIONS": {
                            "options": "-c statement_timeout=30s",
                            "pool": {"max_size": 20, "timeout": 10},
                        },
                    },
                }
            """
        },
        because="who waits for the pool gives up after its timeout",
    ),
    LooksAlike(
        {"config/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n'},
        because="SQLite has no server to wait for",
    ),
)
