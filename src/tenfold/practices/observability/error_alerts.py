"""Errors reach a person.

A 500 that only stands in a log is found by a customer. Mail to the admins or an error tracker tells the team
within seconds, with the traceback and the request.
Holds when an error tracker is set up (Sentry, Rollbar, Bugsnag, Honeybadger, Airbrake, New Relic, Datadog,
Elastic APM, AppSignal, Scout, GlitchTip through sentry-sdk), or ADMINS is filled. Whether
mail can be sent is not judged here. Where logs are written for a collector (JSON, logstash, syslog, a handler of
the project's own), the alert may be made there: that cannot be told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.edits.model import AddImport, SetSetting
from tenfold.practice import (
    Breaks,
    CannotTell,
    Confidence,
    Holds,
    Impact,
    LooksAlike,
    Practice,
    Safety,
)
from tenfold.project.model import Known
from tenfold.project.settings import Reference, Undetermined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="Errors reach a person",
    broken="Nobody is told of errors",
    impact=Impact.HIGH,
    confidence=Confidence.MEDIUM,
    sources=("FB4", "BP51"),
    needs=("settings",),
    links=("https://docs.djangoproject.com/en/stable/howto/error-reporting/",),
    fix=Safety.UNSAFE,
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
        "raven",
        "raygun4py",
        "rollbar",
        "scout-apm",
        "sentry-sdk",
    }
)
_MODULES = (
    "sentry_sdk",
    "raven",
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
    elif collector := _collector(project):
        yield CannotTell(f"what collects the logs ({collector.value}) may alert", collector.where)
    else:
        yield practice.finding(
            project.settings.where("ADMINS"),
            "No error tracker is installed and ADMINS is empty: an error in production reaches nobody.",
            remedy=f"ADMINS = {_admins(project)}, or: pip install sentry-sdk and"
            ' sentry_sdk.init(dsn=os.environ["SENTRY_DSN"])',
            symbol="ADMINS",
            proof="ADMINS "
            + ("is empty" if admins else "is not set")
            + ", no tracker among the dependencies",
        )


def _collector(project: Project) -> Possible | None:
    """A formatter or handler of LOGGING that writes for a machine, or hands on to something else."""
    settings = project.settings
    used = _formatters_in_use(project)
    for group, key in (("formatters", "()"), ("formatters", "class"), ("handlers", "class")):
        for name in dict.fromkeys(p.value for p in settings.entries("LOGGING", group)):
            if not isinstance(name, str) or (group == "formatters" and name not in used):
                continue
            for kind in settings.possible("LOGGING", group, name, key):
                if _hands_on(kind, formats=group == "formatters"):
                    return kind
    return None


def _formatters_in_use(project: Project) -> frozenset[object]:
    settings = project.settings
    handlers = (p.value for p in settings.entries("LOGGING", "handlers") if isinstance(p.value, str))
    return frozenset(
        p.value for name in handlers for p in settings.possible("LOGGING", "handlers", name, "formatter")
    )


def _hands_on(kind: Possible, *, formats: bool) -> bool:
    """Whether a class formats for a machine, or is a handler that is neither Python's, Django's nor a block's
    (that one writes to ADMINS as Django's does)."""
    name = kind.value.dotted if isinstance(kind.value, Reference) else kind.value
    if not isinstance(name, str):
        return False
    if formats or name.startswith(("logging.", "django.", "django_tenfold.")):
        return bool(_FOR_A_MACHINE.search(name))
    return True


_FOR_A_MACHINE = re.compile(
    r"json|logstash|gelf|ecs_logging|structlog|SysLog|HTTPHandler|SMTPHandler|SocketHandler", re.IGNORECASE
)


def _imports_tracker(project: Project) -> bool:
    return any(i.module.partition(".")[0] in _MODULES for module in project.source for i in module.imports)


def _admins(project: Project) -> str:
    """Addresses alone from Django 6.0 on, which deprecates pairs; pairs before, which knows nothing else."""
    version = project.dependencies.version("django")
    address = 'os.environ["ADMIN_EMAIL"]'
    newer = isinstance(version, Known) and version.value.partition(".")[0].isdigit()
    if newer and isinstance(version, Known) and int(version.value.partition(".")[0]) >= 6:
        return f"[{address}]"
    return f'[("Operations", {address})]'


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """ADMINS from the environment; unsafe because the deployment must set ADMIN_EMAIL."""
    path = finding.where.path
    yield AddImport(path, "import os")
    yield SetSetting(path, "ADMINS", _admins(project), line=finding.where.line)


EXAMPLES = (
    Breaks(
        {"config/settings.py": "DEBUG = False\n"},
        at="config/settings.py",
        fixed={
            "config/settings.py": """
                import os

                DEBUG = False

                ADMINS = [("Operations", os.environ["ADMIN_EMAIL"])]
            """
        },
    ),
    Breaks(
        {"config/settings.py": "import os\n\nADMINS = []\n", "requirements.txt": "Django==6.1.2\n"},
        at="config/settings.py:3",
        fixed={"config/settings.py": 'import os\n\nADMINS = [os.environ["ADMIN_EMAIL"]]\n'},
    ),
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
    Holds(
        {
            "config/settings.py": """
                from django_tenfold.observability.log_config import logging_config

                ADMINS = ["operations@example.com"]
                LOGGING = logging_config(mail_errors=True)
            """
        }
    ),
    Breaks(
        {
            "config/settings.py": """
                from django_tenfold.observability.log_config import logging_config

                ADMINS = []
                LOGGING = logging_config(format="plain", mail_errors=True)
            """,
            "requirements.txt": "Django==6.1.2\n",
        },
        at="config/settings.py:3",
    ),
    LooksAlike(
        {"config/settings.py": "DEBUG = False\n", "requirements.txt": "Django==5.2.4\nraven\n"},
        because="raven is Sentry's older client",
    ),
    LooksAlike(
        {
            "config/settings.py": """
                LOGGING = {
                    "version": 1,
                    "formatters": {"json": {"()": "pythonjsonlogger.jsonlogger.JsonFormatter"}},
                    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
                    "root": {"handlers": ["console"]},
                }
            """
        },
        because="what collects the lines may alert",
    ),
)
