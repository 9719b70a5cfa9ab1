"""Slow queries are seen before the users see them.

A query that takes 2 ms with a thousand rows takes two seconds with a million, and nothing in a log says so unless
somebody asked for it. What watches every query names the statement, the view that sent it and the plan.
Holds when the project has `django_tenfold.observability` (slow statements with their line of code and EXPLAIN),
a monitor that traces SQL (OpenTelemetry, Datadog, New Relic, Scout, Elastic, Sentry), or when the server itself is
told to: `pg_stat_statements`, `auto_explain` or `log_min_duration_statement` in a file of the repository.
The watch may stand where no repository shows it (a hosted database's own dashboard): so it is a preview.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    NotApplicable,
    Practice,
)
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Slow queries are seen",
    broken="Nothing would show a slow query",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("DS4", "DS15", "BP17"),
    needs=("settings",),
    links=(
        "https://www.postgresql.org/docs/current/pgstatstatements.html",
        "https://docs.djangoproject.com/en/stable/topics/db/optimization/",
    ),
)

_MONITORS = (
    *("appsignal", "ddtrace", "elastic-apm", "logfire", "newrelic", "scout-apm", "sentry-sdk"),
    *(
        "opentelemetry-distro",
        "opentelemetry-instrumentation-django",
        "opentelemetry-instrumentation-psycopg",
    ),
    "opentelemetry-instrumentation-psycopg2",
)
_APPS = ("django_tenfold.observability", "silk", "elasticapm.contrib.django", "pghero")
_SERVER = (
    "pg_stat_statements",
    "auto_explain",
    "log_min_duration_statement",
    "slow_query_log",
    "long_query_time",
)
_SERVERS = ("postgresql", "postgis", "mysql", "timescale", "psqlextra", "oracle")


def check(project: Project) -> Iterator[Judgement]:
    if (
        any(name in project.dependencies for name in _MONITORS)
        or _has_app(project)
        or _server_watches(project)
    ):
        return
    engines = [
        p
        for alias, _ in project.settings.databases()
        for p in project.settings.possible("DATABASES", alias, "ENGINE")
    ]
    if not engines or any(isinstance(p.value, Undetermined) for p in engines):
        yield CannotTell("the database is not known")
        return
    if not any(isinstance(p.value, str) and any(name in p.value for name in _SERVERS) for p in engines):
        yield NotApplicable("the database is a file of this process")
        return
    yield practice.finding(
        project.settings.where("DATABASES"),
        "Nothing here watches queries: a statement that has become slow is found by its users.",
        remedy='INSTALLED_APPS += ["django_tenfold.observability"] with its middleware, and on the server'
        " shared_preload_libraries = 'pg_stat_statements', log_min_duration_statement = 500",
        symbol="DATABASES",
        proof="no monitor among the dependencies, and no setting of the server in the repository",
    )


def _has_app(project: Project) -> bool:
    return any(entry.value in _APPS for entry in project.settings.entries("INSTALLED_APPS"))


def _server_watches(project: Project) -> bool:
    """In a command that starts a server, a migration's SQL, or a string of the project (`CreateExtension`)."""
    texts = [command.text for command in project.repository.commands]
    texts += [text for module in project.source for text in module.strings]
    texts += [str(operation.arguments) for one in project.migrations.all for operation in one.operations]
    return any(word in text for text in texts for word in _SERVER)


EXAMPLES = (
    Breaks(
        {
            "config/settings.py": """
                DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
            """
        },
        at="config/settings.py:1",
    ),
    Holds(
        {
            "config/settings.py": """
                DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
                INSTALLED_APPS = ["django_tenfold.observability"]
            """
        }
    ),
    LooksAlike(
        {
            "config/settings.py": """
                DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
            """,
            "shop/migrations/0001_initial.py": """
                from django.db import migrations


                class Migration(migrations.Migration):
                    operations = [migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")]
            """,
        },
        because="the server keeps the figures of every statement",
    ),
    LooksAlike(
        {
            "config/settings.py": """
                DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
            """
        },
        because="an SQLite file has no other users",
    ),
)
