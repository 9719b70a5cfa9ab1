"""The application's own figures are collected.

A log says what happened to one request; how many requests there are, how long the slowest twentieth takes and how
long tasks wait can only be counted. Without figures the first sign of an overload is its end, and nobody knows
afterwards what it was.
Holds when something exports or pushes them: `django_tenfold.observability`, django-prometheus, prometheus-client,
OpenTelemetry, StatsD, or an agent that measures requests (Datadog, New Relic, Elastic, Scout, AppSignal, Sentry).
A platform may measure at its router, where no repository shows it: so it is a preview.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="The application's figures are collected",
    broken="Nothing collects the application's figures",
    impact=Impact.MEDIUM,
    confidence=Confidence.PREVIEW,
    sources=("BP42",),
    needs=("settings",),
    links=(
        "https://prometheus.io/docs/practices/instrumentation/",
        "https://sre.google/sre-book/monitoring-distributed-systems/",
    ),
)

_EXPORTERS = frozenset(
    {
        "appsignal",
        "aws-embedded-metrics",
        "datadog",
        "ddtrace",
        "django-prometheus",
        "django-statsd",
        "django-statsd-mozilla",
        "elastic-apm",
        "influxdb-client",
        "logfire",
        "markus",
        "newrelic",
        "opentelemetry-api",
        "opentelemetry-distro",
        "opentelemetry-instrumentation-django",
        "opentelemetry-sdk",
        "prometheus-client",
        "prometheus-flask-exporter",
        "scout-apm",
        "sentry-sdk",
        "statsd",
    }
)
_APPS = ("django_tenfold.observability", "django_prometheus", "django_statsd")
_SERVERS = ("--statsd-host", "prometheus_multiproc_dir", "statsd_host")


def check(project: Project) -> Iterator[Judgement]:
    if any(name in project.dependencies for name in _EXPORTERS):
        return
    apps = [entry.value for entry in project.settings.entries("INSTALLED_APPS")]
    if any(name in apps for name in _APPS) or _server_counts(project):
        return
    unread = next((entry for entry in apps if isinstance(entry, Undetermined)), None)
    if unread is not None or not apps:
        yield CannotTell(f"INSTALLED_APPS: {unread.why if unread else 'not known'}")
    elif not project.dependencies.declared and not project.dependencies.locked:
        yield CannotTell("no declared dependencies were found")
    else:
        yield practice.finding(
            project.settings.where("INSTALLED_APPS"),
            "Nothing counts requests, errors and their times: an overload is seen when it is over, or by its users.",
            remedy='INSTALLED_APPS += ["django_tenfold.observability"] with its middleware: /metrics for Prometheus,'
            " /-/tenfold/ to look at",
            symbol="INSTALLED_APPS",
            proof="no exporter and no agent among apps and dependencies",
        )


def _server_counts(project: Project) -> bool:
    """Whether a start command has its server send figures (gunicorn's --statsd-host)."""
    return any(word in command.text.lower() for command in project.repository.commands for word in _SERVERS)


_SETTINGS = 'INSTALLED_APPS = ["django.contrib.admin", "shop"]\n'
EXAMPLES = (
    Breaks(
        {"config/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.4\n"},
        at="config/settings.py:1",
    ),
    Holds(
        {
            "config/settings.py": 'INSTALLED_APPS = ["django_tenfold.observability", "shop"]\n',
            "requirements.txt": "Django==5.2.4\n",
        }
    ),
    LooksAlike(
        {"config/settings.py": _SETTINGS, "requirements.txt": "Django==5.2.4\nsentry-sdk==2.75.0\n"},
        because="the tracker's agent measures requests too",
    ),
    LooksAlike(
        {
            "config/settings.py": _SETTINGS,
            "requirements.txt": "Django==5.2.4\n",
            "Procfile": "web: gunicorn config.wsgi --statsd-host=localhost:8125\n",
        },
        because="the server sends them",
    ),
)
