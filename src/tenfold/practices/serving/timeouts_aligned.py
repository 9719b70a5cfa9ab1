"""Timeouts fall from the edge to the database.

Each step must give up before the one above it. Where nginx gives up after 60 seconds and the worker after 120,
the visitor gets 504 and tries again while the first request is still at work: under load each retry adds work
that nobody waits for. Where a worker is killed at the same moment as it would have learned that the database
has no connection for it, the log shows a killed worker in place of the reason.
Holds when what is known of the ladder falls: the proxy's read timeout (60 s by default), gunicorn's timeout of
sync workers (30 s) or uWSGI's harakiri, then statement_timeout and lock_timeout. Threaded and asynchronous
workers have no time limit per request, and are no step. A ladder of fewer than two known steps cannot be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.edits.model import InsertLines, ReplaceText
from tenfold.practice import Breaks, CannotTell, Confidence, Holds, Impact, LooksAlike, Practice, Safety
from tenfold.project.edge import to_application
from tenfold.project.settings import FromEnvironment
from tenfold.topology.timeouts import (
    GUNICORN_TIMEOUT,
    HEROKU_ROUTER,
    NGINX_PROXY_READ_TIMEOUT,
    Step,
    above,
    inversions,
    is_limit_of_request,
    parse_seconds,
    parse_session_options,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Location, Project

practice = Practice(
    __name__,
    held="Timeouts fall from the edge to the database",
    broken="A timeout outlasts the one above it",
    impact=Impact.MEDIUM,
    confidence=Confidence.MEDIUM,
    sources=("BP60", "BP62"),
    links=(
        "https://docs.gunicorn.org/en/stable/settings.html#timeout",
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",
    ),
    fix=Safety.UNSAFE,
)


@dataclass(frozen=True, slots=True)
class _Rung:
    """One step with the place that sets it (None: its default), and the variable that may change it."""

    step: Step
    where: Location | None = None
    variable: str = ""

    def __str__(self) -> str:
        how = "" if self.where else ", its default"
        return f"{self.step.name} ({self.step.seconds:g} s{how})"


def check(project: Project) -> Iterator[Judgement]:
    ladders = list(_ladders(project))
    if not any(len(ladder) > 1 for ladder in ladders):
        yield CannotTell("fewer than two timeouts between the edge and the database are known")
    seen = set()
    for ladder in ladders:
        by_step = {id(rung.step): rung for rung in ladder}
        for outer_step, inner_step in inversions([rung.step for rung in ladder]):
            outer, inner = by_step[id(outer_step)], by_step[id(inner_step)]
            where = inner.where or outer.where
            if where is not None and (where, outer.step.name) not in seen:
                seen.add((where, outer.step.name))
                yield _inverted(outer, inner, where)


def _inverted(outer: _Rung, inner: _Rung, where: Location) -> Finding:
    wanted = above(inner.step.seconds)
    names = [rung.variable for rung in (outer, inner) if rung.variable]
    return practice.finding(
        where,
        f"{inner} does not give up before {outer}: work goes on that nobody waits for, and the inner error is"
        " never seen.",
        remedy=f"{outer.step.name}: {wanted:g} s, or {inner.step.name} below {outer.step.seconds:g} s",
        symbol=f"{inner.step.name} / {outer.step.name}",
        proof=f"defaults of {', '.join(names)}" if names else "",
        confidence=Confidence.MEDIUM,
        related=(outer.where,) if outer.where and outer.where != where else (),
        fixable=outer.step.name.endswith("_read_timeout") and inner.step.seconds > 0 and not names,
    )


def _ladders(project: Project) -> Iterator[list[_Rung]]:
    """Edge, application, statement, lock; and apart from it the wait for a connection, which ends a request too."""
    edges: list[_Rung | None] = [*_edges(project)] or [None]
    applications: list[_Rung | None] = [*_applications(project)] or [None]
    database = list(_database(project))
    for edge in edges:
        for application in applications:
            outer = [rung for rung in (edge, application) if rung is not None]
            yield [*outer, *database]
            for waiting in _waiting(project):
                yield [*outer, waiting]


def _edges(project: Project) -> Iterator[_Rung]:
    seen = set()
    for place in to_application(project):
        name = place.passing.name.replace("_pass", "_read_timeout")
        directive = place.nearest(name)
        key = directive.where if directive else place.config.path
        if key in seen:
            continue
        seen.add(key)
        if directive is None:
            yield _Rung(Step(f"nginx's {name}", NGINX_PROXY_READ_TIMEOUT))
        elif (seconds := parse_seconds(directive.args[0] if directive.args else "")) is not None:
            yield _Rung(Step(f"nginx's {name}", seconds), directive.where)
    for deployment in project.repository.deployments:
        if deployment.path.rpartition("/")[2] in ("heroku.yml", "app.json"):
            yield _Rung(Step("Heroku's router", HEROKU_ROUTER))
            return


def _applications(project: Project) -> Iterator[_Rung]:
    for app in project.servers.serving("gunicorn", "uwsgi"):
        name = "timeout" if app.kind == "gunicorn" else "harakiri"
        found = app.likely(name)
        if app.kind == "gunicorn" and not is_limit_of_request(app.concurrency):
            continue
        if found is not None and isinstance(found.value, int | float) and not found.condition:
            step = Step(f"{app.kind}'s {name}", float(found.value))
            yield _Rung(step, found.where, found.variable)
        elif app.kind == "gunicorn" and not app.possible(name) and app.complete:
            yield _Rung(Step("gunicorn's timeout", GUNICORN_TIMEOUT))


def _database(project: Project) -> Iterator[_Rung]:
    """statement_timeout and lock_timeout of the default database's session options."""
    for options in project.settings.possible("DATABASES", "default", "OPTIONS", "options")[:1]:
        limits = parse_session_options(options.value) if isinstance(options.value, str) else {}
        for name in ("statement_timeout", "lock_timeout"):
            if limits.get(name):
                yield _Rung(Step(name, limits[name]), options.where, options.variable)


def _waiting(project: Project) -> Iterator[_Rung]:
    """How long a request waits for a connection: of the pool, or to be made."""
    for keys, name in (
        (("pool", "timeout"), "the pool's timeout"),
        (("connect_timeout",), "connect_timeout"),
    ):
        for found in project.settings.possible("DATABASES", "default", "OPTIONS", *keys)[:1]:
            value = found.value.default if isinstance(found.value, FromEnvironment) else found.value
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield _Rung(Step(name, float(value)), found.where, found.variable)


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """nginx waits a little longer than what it waits for; unsafe, as visitors then wait longer too."""
    name, _, seconds = finding.remedy.partition(",")[0].partition(": ")
    directive_name, value = name.removeprefix("nginx's "), f"{seconds.removesuffix(' s')}s"
    for place in to_application(project):
        if not place.passing.name.startswith(directive_name.partition("_")[0]):
            continue
        directive = place.nearest(directive_name)
        if directive is None:
            indent = "    " * len(place.around)
            line = f"{indent}{directive_name} {value};"
            yield InsertLines(place.passing.where.path, place.passing.where.line, (line,))
        elif directive.where in (finding.where, *finding.related):
            yield ReplaceText(directive.where.path, directive.where.line, directive.args[0], value)
            return


_NGINX = """
server {
    listen 80;
    location / {
        proxy_pass http://web:8000;
        proxy_read_timeout 30s;
    }
}
"""

EXAMPLES = (
    Breaks(
        {"nginx.conf": _NGINX, "Procfile": "web: gunicorn config.wsgi --workers 4 --timeout 120\n"},
        at="Procfile:1",
        fixed={"nginx.conf": _NGINX.lstrip("\n").replace("30s", "125s")},
    ),
    Breaks(
        {
            "Procfile": "web: gunicorn config.wsgi --workers 4\n",
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "OPTIONS": {"options": "-c statement_timeout=2min"},
                    },
                }
            """,
        },
        at="config/settings.py:4",
    ),
    Holds(
        {
            "nginx.conf": "server {\n    location / {\n        proxy_pass http://web:8000;\n    }\n}\n",
            "Procfile": "web: gunicorn config.wsgi --workers 4\n",
        }
    ),
    LooksAlike(
        {
            "nginx.conf": _NGINX,
            "Procfile": "web: gunicorn config.wsgi --workers 4 --threads 4 --timeout 120\n",
        },
        because="a threaded worker's timeout is a heartbeat, no limit of a request",
    ),
)
