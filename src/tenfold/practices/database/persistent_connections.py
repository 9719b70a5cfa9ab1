"""Database connections are kept and checked, in step with the server.

Without it each request opens a connection and pays for TCP, TLS, authentication and a new PostgreSQL process
before its first query. Kept connections need a check, or the first request after a database
restart fails; and they must fit the server: under ASGI and gevent CONN_MAX_AGE keeps one connection per
thread that is never used again, so connections leak until the database refuses.
Holds with CONN_MAX_AGE above 0 and CONN_HEALTH_CHECKS under a threaded or forking server, or with
OPTIONS["pool"] (Django 5.1 or newer, psycopg 3) under any. SQLite is not judged.
"""

from __future__ import annotations

import re
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
from tenfold.project.model import Known
from tenfold.project.production import doubt_settings
from tenfold.project.settings import MISSING, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Database connections are kept and checked",
    broken="Database connections are opened anew, unchecked or leaking",
    impact=Impact.HIGH,
    sources=("BP4",),
    needs=("settings",),
    links=(
        "https://docs.djangoproject.com/en/stable/ref/databases/#persistent-connections",
        "https://docs.djangoproject.com/en/stable/ref/databases/#connection-pool",
    ),
    fix=Safety.SAFE,
)

POOL_SINCE, CHECKS_SINCE = (5, 1), (4, 1)
"""Django versions that brought OPTIONS["pool"] and CONN_HEALTH_CHECKS."""


def check(project: Project) -> Iterator[Judgement]:
    for why in doubt_settings(project):
        yield CannotTell(why)
        return
    served = [alias for alias, _ in project.settings.databases() if not _is_sqlite(project, alias)]
    if not served:
        if any(True for _ in project.settings.databases()):
            yield NotApplicable("every database is SQLite, which has no connections to keep")
        else:
            yield CannotTell("DATABASES could not be told from the settings")
    for alias in served:
        yield from _judge(project, alias)


def _is_sqlite(project: Project, alias: str) -> bool:
    engines = project.settings.possible("DATABASES", alias, "ENGINE")
    return bool(engines) and all("sqlite" in str(p.value) for p in engines)


def _judge(project: Project, alias: str) -> Iterator[Judgement]:
    settings = project.settings
    pools = [p for p in settings.possible("DATABASES", alias, "OPTIONS", "pool") if p.value is not MISSING]
    ages = settings.possible("DATABASES", alias, "CONN_MAX_AGE")
    undetermined = next((p for p in (*pools, *ages) if isinstance(p.value, Undetermined)), None)
    if undetermined is not None and isinstance(undetermined.value, Undetermined):
        yield CannotTell(f"DATABASES[{alias!r}]: {undetermined.value.why}", undetermined.where)
        return
    kept = [p for p in ages if p.value is None or (isinstance(p.value, int | float) and p.value > 0)]
    if any(p.value for p in pools):
        yield from _pool_against_age(alias, kept, pools)
    elif leak := _leaking_server(project):
        yield from _leaks(alias, kept, leak)
        if not kept:
            yield from _without_pool(project, alias, ages, leak)
    elif not kept:
        yield from _opened_anew(project, alias, ages)
    else:
        yield from _unchecked(project, alias, kept)


def _pool_against_age(alias: str, kept: list[Possible], pools: list[Possible]) -> Iterator[Judgement]:
    if kept and not any(p.variable or p.condition for p in (kept[0], pools[0])):
        yield practice.finding(
            kept[0].where,
            f"DATABASES[{alias!r}] has a pool and CONN_MAX_AGE {kept[0].value!r}: Django refuses to"
            " connect with both.",
            remedy='"CONN_MAX_AGE": 0',
            symbol=f"DATABASES.{alias}.pool",
            related=(pools[0].where,),
            impact=Impact.CRITICAL,
            fixable=False,
        )


def _leaking_server(project: Project) -> str:
    """The server in use that does not reuse a thread's connection; "" when there is none."""
    for app in project.servers.serving():
        if app.concurrency == "asgi":
            return app.kind if app.kind != "gunicorn" else "gunicorn with asynchronous workers"
        if app.concurrency == "green":
            return f"{app.kind} with green threads"
    return ""


def _is_since(project: Project, version: tuple[int, int]) -> bool:
    """Whether production's Django is that version or newer; an unknown one is taken for new."""
    found = project.dependencies.version("django")
    numbers = re.findall(r"\d+", found.value)[:2] if isinstance(found, Known) else []
    return len(numbers) < 2 or (int(numbers[0]), int(numbers[1])) >= version


def _without_pool(
    project: Project, alias: str, ages: tuple[Possible, ...], server: str
) -> Iterator[Judgement]:
    """Nothing leaks under an event loop without kept connections, and each request opens one."""
    if not _is_since(project, POOL_SINCE) or "psycopg" not in project.dependencies:
        yield CannotTell(f"{alias}: {server} keeps no connections, and a pool needs Django 5.1 and psycopg 3")
        return
    yield practice.finding(
        ages[0].where if ages else project.settings.where("DATABASES"),
        f"Each request opens a new connection to the database {alias!r}: {server} cannot keep them, a pool can.",
        remedy='"OPTIONS": {"pool": True}  # with psycopg[pool]',
        symbol=f"DATABASES.{alias}.pool",
        proof=f"no pool; server: {server}",
        impact=Impact.MEDIUM,
        confidence=Confidence.MEDIUM,
        fixable=False,
    )


def _leaks(alias: str, kept: list[Possible], server: str) -> Iterator[Judgement]:
    for age in kept[:1]:
        yield practice.finding(
            age.where,
            f"DATABASES[{alias!r}] keeps connections for {age.value!r} s under {server}, which runs requests"
            " in threads that come and go: connections pile up until the database refuses more.",
            remedy='"CONN_MAX_AGE": 0, "OPTIONS": {"pool": True}  # Django 5.1 or newer with psycopg[pool]',
            symbol=f"DATABASES.{alias}.CONN_MAX_AGE",
            proof=f"{age.source}; server: {server}",
            confidence=Confidence.MEDIUM,
            fixable=False,
        )


def _opened_anew(project: Project, alias: str, ages: tuple[Possible, ...]) -> Iterator[Judgement]:
    variable = next((p for p in ages if p.variable), None)
    decided = variable or next(iter(ages), None)
    where = decided.where if decided else project.settings.where("DATABASES")
    yield practice.finding(
        where,
        f"Each request opens a new connection to the database {alias!r}"
        + (f" unless the environment sets {variable.variable}." if variable else "."),
        remedy='"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True',
        symbol=f"DATABASES.{alias}.CONN_MAX_AGE",
        proof=variable.source if variable else "CONN_MAX_AGE is not set, which means 0",
        confidence=Confidence.MEDIUM if variable else Confidence.HIGH,
        fixable=variable is None and not (ages and ages[0].condition),
    )


def _unchecked(project: Project, alias: str, kept: list[Possible]) -> Iterator[Judgement]:
    checks = project.settings.possible("DATABASES", alias, "CONN_HEALTH_CHECKS")
    if not _is_since(project, CHECKS_SINCE):
        return
    if any(p.value is not MISSING and p.value for p in checks):
        return
    if any(isinstance(p.value, Undetermined) or p.variable for p in checks):
        return
    yield practice.finding(
        kept[0].where,
        f"Connections to {alias!r} are kept and never checked: after a restart of the database or an idle cut"
        " by a firewall, each worker fails a request.",
        remedy='"CONN_HEALTH_CHECKS": True',
        symbol=f"DATABASES.{alias}.CONN_HEALTH_CHECKS",
        proof=kept[0].source,
        impact=Impact.LOW,
        fixable=not kept[0].condition,
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """Connections are kept for a minute and checked at the start of each request."""
    _, alias, key = finding.symbol.split(".")
    path = project.settings.where("DATABASES").path
    if key == "CONN_MAX_AGE":
        yield SetKey(path, ("DATABASES", alias, "CONN_MAX_AGE"), "60")
    yield SetKey(path, ("DATABASES", alias, "CONN_HEALTH_CHECKS"), "True")


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                    },
                }
            """
        },
        at="config/settings.py:2",
        fixed={
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "CONN_MAX_AGE": 60,
                        "CONN_HEALTH_CHECKS": True,
                    },
                }
            """
        },
    ),
    Breaks(
        {
            "config/settings.py": """
                import os

                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "CONN_MAX_AGE": int(os.environ.get("DB_CONN_MAX_AGE", "0")),
                    },
                }
            """
        },
        at="config/settings.py:6",
    ),
    Breaks(
        {
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "CONN_MAX_AGE": 600,
                        "OPTIONS": {"pool": True},
                    },
                }
            """
        },
        at="config/settings.py:4",
    ),
    Holds(
        {
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "OPTIONS": {"pool": {"min_size": 2, "max_size": 4}},
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
            """,
            "Procfile": "web: uvicorn config.asgi:application --workers 4\n",
        }
    ),
    LooksAlike(
        {"config/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n'},
        because="SQLite has no connections to keep",
    ),
)
