"""A query profiler is at hand in development.

A list that costs one query per row looks fast with ten rows: only a tool that shows the number of queries
per page finds it before the users do.
Holds when one is among the dependencies or apps (django-debug-toolbar, django-silk, nplusone, django-zeal,
django-querycount, query-doctor, pytest-django-queries, `django_tenfold.observability`, which tells a page's queries in
its Server-Timing header), or a monitor that traces SQL (OpenTelemetry, Sentry with
a sample rate of traces, Datadog, New Relic, Scout).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project
    from tenfold.project.source import Call

practice = Practice(
    __name__,
    held="A query profiler is at hand",
    broken="No query profiler is at hand",
    impact=Impact.LOW,
    confidence=Confidence.MEDIUM,
    sources=("BP24", "BP25", "BP29", "OM1"),
    links=(
        "https://django-debug-toolbar.readthedocs.io/",
        "https://github.com/taobojlen/django-zeal",
    ),
)

_PROFILERS = frozenset(
    {
        "ddtrace",
        "django-debug-toolbar",
        "django-query-doctor",
        "django-query-profiler",
        "django-querycount",
        "django-queryinspect",
        "django-silk",
        "django-zeal",
        "kolo",
        "newrelic",
        "nplusone",
        "opentelemetry-distro",
        "opentelemetry-instrumentation-django",
        "opentelemetry-instrumentation-psycopg",
        "opentelemetry-instrumentation-psycopg2",
        "appsignal",
        "django-perf-rec",
        "elastic-apm",
        "logfire",
        "pytest-django-queries",
        "scout-apm",
    }
)
_DEVELOPMENT = re.compile(r"(?:^|[-_.])(?:dev|devel|development|local)(?:[-_.]|$)", re.IGNORECASE)
_MODULES = ("debug_toolbar", "silk", "zeal", "nplusone", "querycount", "kolo", "django_tenfold.observability")


def check(project: Project) -> Iterator[Judgement]:
    dependencies = project.dependencies
    if any(name in dependencies for name in _PROFILERS):
        return
    if any(module in m.strings or module in m.names for m in project.source for module in _MODULES):
        return
    if any(_traces(call) for _, call in project.source.calls_to("sentry_sdk.init")):
        return
    if not dependencies.declared and not dependencies.locked:
        yield CannotTell("no declared dependencies were found")
        return
    yield practice.finding(
        _where_to_add(dependencies.files),
        "No query profiler is among the dependencies: a page that runs one query per row looks fast with ten rows,"
        " and nothing shows it before production has thousands.",
        remedy="Add django-debug-toolbar (pages) or django-zeal (fails a test on N+1) to the development"
        " requirements.",
        symbol="query profiler",
        proof=f"none of {', '.join(sorted(_PROFILERS)[:4])}, ... is declared",
    )


def _where_to_add(files: tuple[str, ...]) -> Location:
    """Development's requirements, else the first file of requirements."""
    development = [file for file in files if _DEVELOPMENT.search(file.rpartition("/")[2])]
    return Location(next(iter((*development, *files)), "."))


def _traces(call: Call) -> bool:
    """Whether Sentry is told to trace some requests, with the SQL that they run."""
    rate = call.keyword("traces_sample_rate")
    return call.keyword("traces_sampler") is not None or (rate is not None and rate != 0)


EXAMPLES = (
    Breaks({"requirements.txt": "Django==5.2.4\n"}, at="requirements.txt"),
    Holds({"requirements.txt": "Django==5.2.4\n", "requirements-dev.txt": "django-debug-toolbar==6.0.0\n"}),
    LooksAlike(
        {
            "requirements.txt": "Django==5.2.4\n",
            "config/settings_development.py": 'INSTALLED_APPS = ["shop", "silk"]\n',
        },
        because="development's settings name one",
    ),
    Holds(
        {
            "requirements.txt": "Django==5.2.4\ntenfold[observability]\n",
            "config/settings.py": 'INSTALLED_APPS = ["shop", "django_tenfold.observability"]\n',
        }
    ),
    LooksAlike(
        {
            "requirements.txt": "Django==5.2.4\nsentry-sdk==2.40.0\n",
            "config/settings.py": """
                import sentry_sdk

                sentry_sdk.init(traces_sample_rate=0.05)
            """,
        },
        because="Sentry traces the SQL of some requests",
    ),
    Breaks(
        {"requirements.txt": "Django==5.2.4\n", "requirements-dev.txt": "pytest==8.4.1\n"},
        at="requirements-dev.txt",
    ),
)
