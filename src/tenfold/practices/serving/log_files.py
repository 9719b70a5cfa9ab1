"""The server logs where logs are kept, and does not watch its own source.

Auto-reload checks every source file each second and restarts workers when one changes: a deployment that
copies files is served half old and half new. A log file inside a container grows in its writable layer until
the disk is full, and is gone with the container when it is needed.
Holds when production starts without reload and logs to stdout (`-`) in a container, or to a log service. A
gunicorn configuration file should also name the process and say where metrics go, or a library of the project
(Prometheus, OpenTelemetry, an APM agent) or the platform's router does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import ReplaceText, SetSetting
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.edge import platform_router, start_origins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Project
    from tenfold.project.servers import AppServer
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="The server logs to where logs are kept, without auto-reload",
    broken="The server reloads itself, or its logs are lost",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
    sources=("BP60",),
    links=("https://docs.gunicorn.org/en/stable/settings.html#reload", "https://12factor.net/logs"),
    fix=Safety.UNSAFE,
)

_RELOAD = {
    "gunicorn": ("reload",),
    "uvicorn": ("reload",),
    "granian": ("reload",),
    "hypercorn": ("reload", "use_reloader"),
    "uwsgi": ("py-autoreload", "py-auto-reload", "python-autoreload", "python-auto-reload"),
}
_LOGS = {
    "gunicorn": ("accesslog", "errorlog"),
    "uwsgi": ("logto", "logto2", "daemonize"),
    "hypercorn": ("access_logfile", "error_logfile"),
    "daphne": ("access_log",),
}
_STREAMS = ("/dev/", "/proc/")
_METRICS = (
    *(
        "django-prometheus",
        "prometheus-client",
        "prometheus-flask-exporter",
        "ddtrace",
        "datadog",
        "newrelic",
    ),
    *("opentelemetry-api", "opentelemetry-sdk", "opentelemetry-distro", "elastic-apm", "scout-apm", "statsd"),
    *("django-statsd", "markus", "sentry-sdk", "appsignal", "logfire", "honeycomb-beeline", "aws-xray-sdk"),
)


def check(project: Project) -> Iterator[Judgement]:
    servers = project.servers.serving()
    if not servers:
        yield CannotTell("nothing in the repository says which application server production runs")
    for app in servers:
        yield from _reloading(app)
        if {"dockerfile", "compose"} & start_origins(project, app):
            yield from _lost(app)
        if app.kind == "gunicorn" and app.config_path:
            yield from _unwatched(project, app)


def _reloading(app: AppServer) -> Iterator[Judgement]:
    for name in _RELOAD.get(app.kind, ()):
        found = app.likely(name)
        if found is None or not found.value or found.condition:
            continue
        yield practice.finding(
            found.where,
            f"{app.kind} reloads itself when a file changes ({name})"
            + (f" unless the environment sets {found.variable}." if found.variable else "."),
            remedy=f"Leave {name} out; development sets it in its own command.",
            symbol=f"{app.kind} {name}",
            proof=found.source,
            impact=Impact.HIGH,
            confidence=Confidence.MEDIUM,
            fixable=not found.variable and app.kind in ("gunicorn", "uvicorn"),
        )


def _lost(app: AppServer) -> Iterator[Judgement]:
    for name in _LOGS.get(app.kind, ()):
        found = app.likely(name)
        if found is None or found.variable or not _is_file(found):
            continue
        yield practice.finding(
            found.where,
            f"{app.kind} writes {name} to {found.value} inside the container: it fills the container's disk and is"
            " gone with it.",
            remedy=f'{name} = "-"'
            if app.kind == "gunicorn"
            else "Leave it out: it then logs to the console.",
            symbol=f"{app.kind} {name}",
            proof=found.source,
            # The folder may be a volume.
            confidence=Confidence.MEDIUM,
            fixable=app.kind == "gunicorn",
        )


def _is_file(possible: Possible) -> bool:
    value = possible.value
    if not isinstance(value, str) or value in ("", "-") or value.startswith(_STREAMS):
        return False
    return "$" not in value and ":" not in value.partition("/")[0]


def _unwatched(project: Project, app: AppServer) -> Iterator[Judgement]:
    """Neither metrics nor a name in a configuration file that production uses."""
    measured = any(app.possible(name) for name in ("statsd_host", "dogstatsd_tags"))
    if (
        measured
        or not app.complete
        or platform_router(project)
        or any(name in project.dependencies for name in _METRICS)
    ):
        return
    named = app.likely("proc_name")
    yield practice.finding(
        app.possible("workers")[0].where if app.possible("workers") else app.where,
        f"{app.config_path} sends no metrics (statsd_host)"
        + ("" if named and named.value else " and gives the process no name (proc_name)")
        + ": nobody sees the number of requests and their time.",
        remedy='statsd_host = "localhost:9125"\nproc_name = "' + (project.name or "web") + '"',
        symbol=f"gunicorn {app.config_path} statsd_host",
        impact=Impact.LOW,
        confidence=Confidence.PREVIEW,
        fixable=False,
    )


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """Reload off and logs to stdout; unsafe, as somebody may read the file that is written now."""
    kind, _, name = finding.symbol.partition(" ")
    path, line = finding.where.path, finding.where.line
    for app in project.servers.serving(kind):
        found = app.likely(name)
        if found is None or found.where != finding.where:
            continue
        if path == app.config_path:
            yield SetSetting(path, name, "False" if name == "reload" else '"-"', line=line)
        elif name == "reload":
            yield ReplaceText(path, line, " --reload", "")
        else:
            yield ReplaceText(path, line, str(found.value), "-")
        return


EXAMPLES = (
    Breaks(
        {"Procfile": "web: gunicorn config.wsgi --workers 3 --reload\n"},
        at="Procfile:1",
        fixed={"Procfile": "web: gunicorn config.wsgi --workers 3\n"},
    ),
    Breaks(
        {
            "Dockerfile": 'FROM python:3.13-slim\nCMD ["gunicorn", "config.wsgi", "-c", "gunicorn.conf.py"]\n',
            "gunicorn.conf.py": """
                workers = 4
                statsd_host = "metrics:9125"
                accesslog = "/var/log/gunicorn/access.log"
            """,
        },
        at="gunicorn.conf.py:3",
        fixed={
            "gunicorn.conf.py": """
                workers = 4
                statsd_host = "metrics:9125"
                accesslog = "-"
            """
        },
    ),
    Holds({"Procfile": "web: gunicorn config.wsgi --workers 3 --access-logfile -\n"}),
    LooksAlike(
        {
            "Procfile": "web: gunicorn config.wsgi --workers 3\n",
            "docker-compose.dev.yml": """
                services:
                  web:
                    build: .
                    command: gunicorn config.wsgi --reload
                    volumes: [".:/app"]
            """,
        },
        because="only development reloads",
    ),
    LooksAlike(
        {
            "Dockerfile": """
                FROM python:3.13-slim
                CMD ["gunicorn", "config.wsgi", "--workers", "2", "--log-file", "/dev/stderr"]
            """
        },
        because="the file is the container's own standard error",
    ),
)
