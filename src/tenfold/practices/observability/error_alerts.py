"""Errors reach a person.

A 500 that only stands in a log is found by a customer. Mail to the admins or an error tracker tells the team
within seconds, with the traceback and the request.
Holds when an error tracker is set up (Sentry, Rollbar, Bugsnag, Honeybadger, Airbrake, New Relic, Datadog,
Elastic APM, AppSignal, Scout, GlitchTip through sentry-sdk), or ADMINS is filled. Whether
mail can be sent is not judged here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Breaks, CannotTell, Holds, Impact, LooksAlike, Practice
from tenfold.project.settings import Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.practice import Judgement
    from tenfold.project.model import Project

practice = Practice(
    __name__,
    held="Errors reach a person",
    broken="Nobody is told of errors",
    impact=Impact.HIGH,
    sources=("FB4", "BP51"),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/howto/error-reporting/",),
)

_TRACKERS = frozenset(
    {
        "airbrake",
        "appsignal",
        "bugsnag",
        "ddtrace",
        "elastic-apm",
        "elasticapm",
        "honeybadger",
        "newrelic",
        "opentelemetry-instrumentation-django",
        "pybrake",
        "raygun4py",
        "rollbar",
        "scout-apm",
        "sentry-sdk",
    }
)
_MODULES = (
    "sentry_sdk",
    "rollbar",
    "bugsnag",
    "honeybadger",
    "elasticapm",
    "ddtrace",
    "newrelic",
    "appsignal",
)


def check(project: Project) -> Iterator[Judgement]:
    if any(name in project.dependencies for name in _TRACKERS) or _imports_tracker(project):
        return
    admins = project.settings.possible("ADMINS")
    if any(p.value or p.variable for p in admins if not isinstance(p.value, Undetermined)):
        return
    unread = next((p for p in admins if isinstance(p.value, Undetermined)), None)
    if unread is not None and isinstance(unread.value, Undetermined):
        yield CannotTell(f"ADMINS: {unread.value.why}", unread.where)
    elif not admins and not project.settings.complete:
        yield CannotTell("ADMINS is not set in the settings that could be followed")
    else:
        yield practice.finding(
            project.settings.where("ADMINS"),
            "No error tracker is installed and ADMINS is empty: an error in production reaches nobody.",
            remedy='ADMINS = [("Operations", os.environ["ADMIN_EMAIL"])], or: pip install sentry-sdk and'
            ' sentry_sdk.init(dsn=os.environ["SENTRY_DSN"])',
            symbol="ADMINS",
            proof="ADMINS "
            + ("is empty" if admins else "is not set")
            + ", no tracker among the dependencies",
        )


def _imports_tracker(project: Project) -> bool:
    return any(i.module.partition(".")[0] in _MODULES for module in project.source for i in module.imports)


EXAMPLES = (
    Breaks({"config/settings.py": "DEBUG = False\n"}, at="config/settings.py"),
    Holds({"config/settings.py": 'ADMINS = [("Operations", "operations@example.com")]\n'}),
    Holds(
        {"config/settings.py": "DEBUG = False\n", "requirements.txt": "Django==5.2.4\nsentry-sdk==2.40.0\n"}
    ),
    LooksAlike(
        {
            "config/settings.py": """
                import os

                if dsn := os.environ.get("SENTRY_DSN"):
                    import sentry_sdk

                    sentry_sdk.init(dsn=dsn)
            """
        },
        because="the tracker is set up where the deployment names it",
    ),
)
