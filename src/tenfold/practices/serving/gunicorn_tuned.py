"""The application server's workers fit the machine and the work.

gunicorn and uWSGI start with ONE worker that handles one request at a time: while it waits for a slow query,
every other visitor waits too, and all but one CPU stand idle. gunicorn's own rule of thumb is 2 x cores + 1
workers. Options that look tuned and do nothing (`keepalive` on sync workers, which close each connection)
hide that; `max_requests` without jitter restarts all workers at the same moment; uWSGI without `harakiri`
never ends a stuck request, without `die-on-term` reloads where a container is told to stop.
Holds when processes or threads are set, recycling is spread out, and a stuck request is ended. One uvicorn
process per container is no breach: the orchestrator adds replicas. Nor is a Procfile without a number, as
Heroku's buildpack sets WEB_CONCURRENCY, nor `timeout 0` with threads, where it is only a heartbeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import InsertLines, ReplaceText, SetSetting
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.edge import compose_services, start_origins
from tenfold.topology.timeouts import GUNICORN_TIMEOUT
from tenfold.topology.workers import jitter_of, sync_workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Location, Project
    from tenfold.project.servers import AppServer
    from tenfold.project.settings import Possible

practice = Practice(
    __name__,
    held="The application server's workers are tuned",
    broken="The application server runs with too few workers or with options that do nothing",
    impact=Impact.MEDIUM,
    sources=("PT2", "BP60", "BP65", "DS1", "OM2"),
    links=(
        "https://docs.gunicorn.org/en/stable/design.html#how-many-workers",
        "https://uwsgi-docs.readthedocs.io/en/latest/ThingsToKnow.html",
    ),
    fix=Safety.UNSAFE,
)

LONGEST_TIMEOUT = 4 * GUNICORN_TIMEOUT
"""Seconds: 120. A sync worker is lost to everybody for that long."""
KEEPALIVE_DEFAULT = 2
"""gunicorn's default: writing it out claims nothing."""
_UWSGI = {
    "harakiri": ("a stuck request holds its worker for ever", "harakiri = 30", Impact.MEDIUM),
    "die-on-term": (
        "SIGTERM reloads it, so a container is killed at each stop with its requests",
        "die-on-term = true",
        Impact.MEDIUM,
    ),
    "need-app": (
        "it starts and answers errors when the application cannot be loaded",
        "need-app = true",
        Impact.LOW,
    ),
    "master": ("a worker that dies is not started again", "master = true", Impact.MEDIUM),
}


def check(project: Project) -> Iterator[Judgement]:
    servers = project.servers.serving()
    if not servers:
        yield CannotTell("nothing in the repository says which application server production runs")
    for app in servers:
        if app.kind == "gunicorn":
            yield from _judge_gunicorn(project, app)
        elif app.kind == "uwsgi":
            yield from _judge_uwsgi(project, app)


def _judge_gunicorn(project: Project, app: AppServer) -> Iterator[Judgement]:
    yield from _one_at_a_time(project, app)
    yield from _idle_keepalive(app)
    yield from _all_at_once(app)
    yield from _endless(app)
    yield from _blocking_driver(project, app)


def _one_at_a_time(project: Project, app: AppServer) -> Iterator[Judgement]:
    """One process with one thread: its default, or written down."""
    workers = app.likely("workers")
    if app.concurrency != "sync" or app.number("workers", 1) != 1 or (workers and workers.variable):
        return
    if workers is None:
        if not app.complete:
            yield CannotTell(
                "the number of workers may stand in what the repository does not hold", app.where
            )
            return
        if any(c.condition for c in project.repository.commands if c.where == app.where):
            yield CannotTell(
                "what chooses this start may set WEB_CONCURRENCY or GUNICORN_CMD_ARGS", app.where
            )
            return
        if {"procfile", "platform"} & start_origins(project, app) or _named_elsewhere(project):
            yield CannotTell("the platform or an environment file may set WEB_CONCURRENCY", app.where)
            return
    where = workers.where if workers else app.where
    yield practice.finding(
        where,
        "gunicorn runs one worker that handles one request at a time"
        + (": workers = 1." if workers else ", its default: neither workers nor threads are set."),
        remedy=f"--workers {sync_workers(1)} --threads 4 (or the environment variable WEB_CONCURRENCY)",
        symbol=f"{app.kind} {app.config_path or app.service} workers",
        proof=workers.source if workers else "workers is not set, which means 1",
        impact=Impact.MEDIUM if workers else Impact.HIGH,
        # What starts the image may still set WEB_CONCURRENCY.
        confidence=Confidence.MEDIUM if workers else Confidence.PREVIEW,
        fixable=False,
    )


def _named_elsewhere(project: Project) -> bool:
    names = {name for file in project.repository.environment_files for name, _ in file.names}
    names |= {name for _, service in compose_services(project) for name in service.environment}
    names |= {name for command in project.repository.commands for name in command.environment}
    return bool(names & {"WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"})


def _confidence(app: AppServer) -> Confidence:
    return Confidence.HIGH if app.purpose == "production" else Confidence.MEDIUM


def _idle_keepalive(app: AppServer) -> Iterator[Judgement]:
    keepalive = app.likely("keepalive")
    if keepalive is None or app.concurrency != "sync":
        return
    seconds = keepalive.value
    if not isinstance(seconds, int | float) or seconds <= KEEPALIVE_DEFAULT:
        return
    kind = app.likely("worker_class")
    chosen = f"the default of {kind.variable}" if kind and kind.variable else "set" if kind else "the default"
    yield practice.finding(
        keepalive.where,
        f"keepalive {seconds!r} does nothing: sync workers ({chosen}) close the connection after each"
        " response, so a proxy opens a new one per request.",
        remedy="threads = 4  # gunicorn then runs gthread workers, which keep connections\nor remove the line",
        symbol=f"gunicorn {app.config_path or app.service} keepalive",
        proof=f"worker class sync, {kind.source if kind else 'as gunicorn defaults to'}",
        impact=Impact.LOW,
        confidence=Confidence.MEDIUM if kind and kind.variable else _confidence(app),
        related=(kind.where,) if kind else (),
        fixable=keepalive.where.path == app.config_path and not (kind and kind.variable),
    )


def _all_at_once(app: AppServer) -> Iterator[Judgement]:
    recycled = app.likely("max_requests")
    if recycled is None or not _as_number(recycled) or app.number("workers", 1) == 1:
        return
    jitter = app.possible("max_requests_jitter")
    if jitter and not (len(jitter) == 1 and jitter[0].value == 0):
        return
    yield practice.finding(
        recycled.where,
        f"max_requests {recycled.value!r} has no jitter: workers that started together restart together, and"
        " nobody answers meanwhile.",
        remedy=f"max_requests_jitter = {jitter_of(_as_number(recycled))}",
        symbol=f"gunicorn {app.config_path or app.service} max_requests",
        proof=recycled.source,
        confidence=_confidence(app),
        fixable=not recycled.variable,
    )


def _as_number(possible: Possible) -> int:
    text = str(possible.value)
    return int(text) if text.isdigit() else 0


def _endless(app: AppServer) -> Iterator[Judgement]:
    timeout = app.likely("timeout")
    if timeout is None or app.concurrency != "sync":
        return
    seconds = timeout.value
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or 0 < seconds <= LONGEST_TIMEOUT:
        return
    held = f"for {seconds} s" if seconds else "for ever"
    yield practice.finding(
        timeout.where,
        f"timeout {seconds!r}: a request that hangs holds its sync worker {held}; as many of them as there are"
        " workers stop the site.",
        remedy=f"timeout = {GUNICORN_TIMEOUT:g}  # what takes longer belongs into a background task",
        symbol=f"gunicorn {app.config_path or app.service} timeout",
        proof=timeout.source,
        impact=Impact.MEDIUM if not seconds or seconds > 600 else Impact.LOW,
        confidence=Confidence.MEDIUM,
        fixable=False,
    )


def _blocking_driver(project: Project, app: AppServer) -> Iterator[Judgement]:
    """Green workers on psycopg2, which waits in C without handing over, unless psycogreen is there."""
    declared = project.dependencies
    if app.concurrency != "green" or not any(n in declared for n in ("psycopg2", "psycopg2-binary")):
        return
    if any(n in declared for n in ("psycogreen", "psycopg", "django-db-geventpool")):
        return
    kind = app.likely("worker_class")
    where = kind.where if kind else app.where
    yield practice.finding(
        where,
        "gevent workers wait for psycopg2 as one: a query blocks every request of the process.",
        remedy="pip install 'psycopg[binary]' (version 3, which is cooperative) or psycogreen with its patch",
        symbol=f"gunicorn {app.config_path or app.service} driver",
        impact=Impact.HIGH,
        confidence=Confidence.MEDIUM,
        fixable=False,
    )


def _judge_uwsgi(project: Project, app: AppServer) -> Iterator[Judgement]:
    if not app.complete:
        yield CannotTell("uwsgi's configuration is not all in the repository", app.where)
        return
    if not any(app.possible(n) for n in ("processes", "threads", "cheaper", "gevent", "async")):
        yield practice.finding(
            app.where,
            "uWSGI runs one process with one thread, its default: one request at a time.",
            remedy="processes = 4\nthreads = 2",
            symbol=f"uwsgi {app.config_path or app.service} processes",
            impact=Impact.HIGH,
            confidence=_confidence(app),
            fixable=False,
        )
    missing = [name for name in _UWSGI if not app.possible(name) and not _otherwise(project, app, name)]
    if missing:
        where = _first_line(app)
        yield practice.finding(
            where,
            "uWSGI runs without " + "; ".join(f"{name}: {_UWSGI[name][0]}" for name in missing) + ".",
            remedy="\n".join(_UWSGI[name][1] for name in missing),
            symbol=f"uwsgi {app.config_path or app.service} {' '.join(missing)}",
            impact=max(_UWSGI[name][2] for name in missing),
            confidence=_confidence(app),
            fixable=where.path.endswith(".ini"),
        )


def _otherwise(project: Project, app: AppServer, name: str) -> bool:
    """Whether the same is reached in another way."""
    if name == "die-on-term":
        hooks = " ".join(str(p.value) for n in app.options if n.startswith("hook-") for p in app.possible(n))
        signals = [
            a for d in project.repository.dockerfiles for i, a, _ in d.instructions if i == "STOPSIGNAL"
        ]
        return "unix_signal:15" in hooks or bool(signals) or "systemd" in start_origins(project, app)
    if name == "harakiri":
        return bool(app.possible("http-harakiri"))
    if name == "need-app":
        return any(app.possible(n) for n in ("emperor", "dynamic", "lazy"))
    return False


def _first_line(app: AppServer) -> Location:
    """The first line that holds in every case, below which options can be added."""
    own = [
        p.where
        for values in app.options.values()
        for p in values
        if p.where.path == app.config_path and not p.condition
    ]
    return min(own, default=app.where)


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """Jitter of a tenth, threads where keepalive is meant to work, uWSGI's missing options."""
    path, line = finding.where.path, finding.where.line
    for app in project.servers.serving():
        if finding.symbol.startswith(f"uwsgi {app.config_path or app.service} ") and app.kind == "uwsgi":
            yield InsertLines(path, line, tuple(finding.remedy.split("\n")))
            return
        if app.kind != "gunicorn" or not finding.symbol.startswith(
            f"gunicorn {app.config_path or app.service} "
        ):
            continue
        if finding.symbol.endswith(" keepalive"):
            yield SetSetting(path, "threads", "4", after="keepalive")
        elif recycled := app.likely("max_requests"):
            tenth = jitter_of(_as_number(recycled))
            if path == app.config_path:
                yield SetSetting(path, "max_requests_jitter", str(tenth), after="max_requests")
            else:
                yield from _add_words(app, line, recycled, tenth)
        return


def _add_words(app: AppServer, line: int, recycled: Possible, tenth: int) -> Iterator[Change]:
    old = f"--max-requests {recycled.value}"
    yield ReplaceText(app.where.path, line, old, f"{old} --max-requests-jitter {tenth}")


EXAMPLES = (
    Breaks(
        {"Dockerfile": 'FROM python:3.13-slim\nCMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000"]\n'},
        at="Dockerfile:2",
    ),
    Breaks(
        {
            "Procfile": "web: gunicorn config.wsgi\n",
            "gunicorn.conf.py": """
                workers = 3
                keepalive = 60
            """,
        },
        at="gunicorn.conf.py:2",
        fixed={
            "gunicorn.conf.py": """
                workers = 3
                keepalive = 60
                threads = 4
            """
        },
    ),
    Breaks(
        {"Procfile": "web: gunicorn config.wsgi --workers 4 --max-requests 1000\n"},
        at="Procfile:1",
        fixed={
            "Procfile": "web: gunicorn config.wsgi --workers 4 --max-requests 1000 --max-requests-jitter 100\n"
        },
    ),
    Breaks(
        {
            "Dockerfile": 'FROM python:3.13-slim\nCMD ["uwsgi", "uwsgi.ini"]\n',
            "uwsgi.ini": """
                [uwsgi]
                module = config.wsgi
                master = true
                processes = 4
                die-on-term = true
            """,
        },
        at="uwsgi.ini:2",
        fixed={
            "uwsgi.ini": """
                [uwsgi]
                module = config.wsgi
                harakiri = 30
                need-app = true
                master = true
                processes = 4
                die-on-term = true
            """
        },
    ),
    Holds({"Dockerfile": 'FROM python:3.13-slim\nCMD ["gunicorn", "config.wsgi", "--workers", "4"]\n'}),
    Holds({"Dockerfile": 'FROM python:3.13-slim\nCMD ["uvicorn", "config.asgi:application"]\n'}),
    LooksAlike(
        {"Procfile": "web: gunicorn config.wsgi\n"},
        because="Heroku's buildpack sets WEB_CONCURRENCY, which gunicorn reads",
    ),
    LooksAlike(
        {
            "Dockerfile": "FROM python:3.13-slim\nCMD exec gunicorn config.wsgi --workers 1 --threads 8 --timeout 0\n"
        },
        because="eight threads answer, and their timeout is a heartbeat only",
    ),
)
