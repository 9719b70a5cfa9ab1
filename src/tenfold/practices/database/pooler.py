"""A pooler bounds the connections that web and workers open.

PostgreSQL starts a process for each connection and refuses the 101st by default: 10 replicas of 4 workers with
4 threads ask for 160. A pool inside the process bounds its own share; PgBouncer and its kin bound the whole. In
transaction mode they hand the connection on between transactions, which breaks server-side cursors
(`.iterator()`) unless Django is told.
Holds when a pool or a pooler is configured, or the connections of all processes fit the server's
`max_connections` (100 by default, less 13 that are kept for people and migrations). The sum needs replicas and
the workers' concurrency: where they are unknown and the known part fits, it cannot be told. CONN_MAX_AGE above 0
with a transaction pooler is fine.
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
from tenfold.project.edge import compose_services
from tenfold.project.poolers import pooler_address, pooler_service, pooling_mode
from tenfold.project.production import doubt_settings
from tenfold.project.repository import PRODUCTION
from tenfold.project.settings import MISSING, Undetermined
from tenfold.topology.connections import MAX_CONNECTIONS, Opener, held_by_pool, room, total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.model import Change
    from tenfold.practice import Finding, Judgement
    from tenfold.project.model import Location, Project
    from tenfold.project.repository import ComposeService
    from tenfold.project.servers import AppServer

practice = Practice(
    __name__,
    held="A pool or pooler bounds the database's connections, or they fit",
    broken="Connections can outgrow the database, or the pooler breaks cursors",
    impact=Impact.HIGH,
    confidence=Confidence.MEDIUM,
    sources=("BP34", "DS14"),
    needs=("settings",),
    links=(
        "https://docs.djangoproject.com/en/stable/ref/databases/#transaction-pooling-server-side-cursors",
        "https://www.pgbouncer.org/features.html",
    ),
    fix=Safety.SAFE,
)

_MAXIMUM = re.compile(r"max_connections=(\d+)")
POOL_SMALLEST, POOL_LARGEST = 4, 4
"""psycopg_pool's min_size, and its max_size when none is given (then equal to min_size)."""


def check(project: Project) -> Iterator[Judgement]:
    for why in doubt_settings(project):
        yield CannotTell(why)
        return
    aliases = [alias for alias, _ in project.settings.databases() if _may_be_postgres(project, alias)]
    if not aliases:
        if any(True for _ in project.settings.databases()):
            yield NotApplicable("no PostgreSQL database")
        else:
            yield CannotTell("DATABASES could not be told from the settings")
        return
    pooler = pooler_service(project) or pooler_address(project, aliases)
    pools = [alias for alias in aliases if _has_pool(project, alias)]
    if pooler:
        yield from _cursors(project, aliases, pooler)
        yield from _both(project, pools, pooler)
    else:
        yield from _sum(project, aliases[0], pooled=bool(pools))


def _may_be_postgres(project: Project, alias: str) -> bool:
    engines = project.settings.possible("DATABASES", alias, "ENGINE")
    return any("postg" in str(p.value) or (p.value is MISSING and bool(p.variable)) for p in engines)


def _has_pool(project: Project, alias: str) -> bool:
    pools = project.settings.possible("DATABASES", alias, "OPTIONS", "pool")
    return any(p.value is not MISSING and p.value and not isinstance(p.value, Undetermined) for p in pools)


def _cursors(project: Project, aliases: list[str], pooler: tuple[Location, str]) -> Iterator[Judgement]:
    mode = pooling_mode(project)
    if mode == "session":
        return
    for alias in aliases:
        set_to = project.settings.possible("DATABASES", alias, "DISABLE_SERVER_SIDE_CURSORS")
        if any(p.variable or (p.value is not MISSING and p.value) for p in set_to):
            continue
        if mode not in ("transaction", "statement"):
            yield CannotTell(f"the mode of the pooler ({pooler[1]}) is not in the repository", pooler[0])
            return
        yield practice.finding(
            project.settings.where("DATABASES"),
            f"The pooler works in {mode} mode and {alias!r} uses server-side cursors: .iterator() fails when its"
            " next rows are asked for on another connection.",
            remedy='"DISABLE_SERVER_SIDE_CURSORS": True',
            symbol=f"DATABASES.{alias}.DISABLE_SERVER_SIDE_CURSORS",
            proof=f"pool mode {mode} at {pooler[0]}",
            confidence=Confidence.MEDIUM,
            related=(pooler[0],),
        )


def _leaves_pool_out(project: Project, alias: str) -> bool:
    """Whether a variable says that there is a pooler: what reads it gives no pool then (`django_tenfold.conf`)."""
    told = project.settings.possible("DATABASES", alias, "DISABLE_SERVER_SIDE_CURSORS")
    return any(p.variable.endswith("DATABASE_POOLER") for p in told)


def _is_production(project: Project, where: Location) -> bool:
    return any(f.path == where.path and f.purpose == PRODUCTION for f in project.repository.compose)


def _both(project: Project, pools: list[str], pooler: tuple[Location, str]) -> Iterator[Judgement]:
    for alias in pools:
        pool = project.settings.possible("DATABASES", alias, "OPTIONS", "pool")[0]
        if _leaves_pool_out(project, alias):
            continue
        yield practice.finding(
            pool.where,
            f"{alias!r} has a pool in each process in front of a pooler ({pooler[1]}): idle connections of the"
            " processes occupy the pooler, and both time out on their own.",
            remedy="Keep one of them: with the pooler, leave OPTIONS['pool'] out and set CONN_MAX_AGE.",
            symbol=f"DATABASES.{alias}.pool",
            proof=pool.source,
            impact=Impact.MEDIUM,
            confidence=Confidence.MEDIUM,
            related=(pooler[0],),
            fixable=False,
        )


def _sum(project: Project, alias: str, *, pooled: bool) -> Iterator[Judgement]:
    """All connections that the known processes open, against what the server admits."""
    known = [
        opener for app in project.servers.serving() if (opener := _web(project, app, alias, pooled=pooled))
    ]
    openers = [*(opener for _, opener in known), *_workers(project)]
    maximum, named = _maximum(project)
    if openers and total(openers) > room(maximum):
        largest = max(openers, key=lambda opener: opener.connections)
        where = next((place for place, opener in known if opener is largest), known[0][0] if known else None)
        yield practice.finding(
            where or project.settings.where("DATABASES"),
            f"{'; '.join(str(o) for o in openers)}: {total(openers)} connections, and PostgreSQL admits"
            f" {maximum}{'' if named else ' by default'}, {room(maximum)} of them for the application.",
            remedy='"OPTIONS": {"pool": {"min_size": 1, "max_size": 4}}, or PgBouncer between them',
            symbol="connections",
            proof=f"{total(openers)} > {room(maximum)}",
            confidence=Confidence.MEDIUM,  # replicas and workers may be others than the repository names
            fixable=False,
        )
    elif not pooled and not _is_whole(project, len(known)):
        yield CannotTell("without a pooler the sum decides, and replicas or workers are not all known")


def _web(project: Project, app: AppServer, alias: str, *, pooled: bool) -> tuple[Location, Opener] | None:
    processes = app.number("processes" if app.kind == "uwsgi" else "workers", 1)
    threads = app.number("threads", 1)
    if app.concurrency not in ("sync", "threads") or processes is None or threads is None:
        return None
    if pooled:
        low, high = (_bound(project, alias, key, default) for key, default in _BOUNDS)
        threads = held_by_pool(threads, smallest=low, largest=max(low, high))
    service = _service_of(project, app)
    replicas = service.replicas or 1 if service else 1
    return app.where, Opener(service.name if service else app.kind, processes, threads, replicas)


_BOUNDS = (("min_size", POOL_SMALLEST), ("max_size", POOL_LARGEST))


def _bound(project: Project, alias: str, key: str, default: int) -> int:
    found = [p.value for p in project.settings.possible("DATABASES", alias, "OPTIONS", "pool", key)]
    return next((v for v in found if isinstance(v, int) and not isinstance(v, bool)), default)


def _service_of(project: Project, app: AppServer) -> ComposeService | None:
    for _, service in compose_services(project):
        if (service.name, service.where.path) == (
            app.service,
            app.where.path,
        ) or service.build == app.service:
            return service
    return None


def _workers(project: Project) -> Iterator[Opener]:
    """Celery workers whose concurrency is written down, one per service; at least one connection else."""
    services = {s.name: s for _, s in compose_services(project)}
    seen = set()
    for command in project.repository.running("worker", PRODUCTION):
        if command.phase != "start" or command.service in seen:
            continue
        seen.add(command.service)
        text = command.option("-c", "--concurrency") or ""
        service = services.get(command.service)
        replicas = service.replicas or 1 if service else 1
        yield Opener(command.service, int(text) if text.isdigit() else 1, 1, replicas)


def _is_whole(project: Project, servers: int) -> bool:
    """Whether every server and worker, and how often each runs, stands in a compose file."""
    services = {s.name: s for _, s in compose_services(project)}
    workers = [c for c in project.repository.running("worker", PRODUCTION) if c.phase == "start"]
    counted = [s for a in project.servers.serving() if (s := _service_of(project, a)) and s.replicas]
    return (
        bool(servers)
        and servers == len(project.servers.serving()) == len(counted)
        and all(
            (c.option("-c", "--concurrency") or "").isdigit()
            and services.get(c.service) is not None
            and services[c.service].replicas is not None
            for c in workers
        )
    )


def _maximum(project: Project) -> tuple[int, bool]:
    """(max_connections, whether the repository says it)."""
    places = {(s.where.path, s.name) for _, s in compose_services(project) if "postg" in s.image}
    for command in project.repository.commands:
        match = _MAXIMUM.search(" ".join(command.words))
        if match and (command.where.path, command.service) in places:
            return int(match[1]), True
    return MAX_CONNECTIONS, False


def fix(finding: Finding, project: Project) -> Iterator[Change]:
    """Cursors stay on the client; safe, as the ORM then fetches rows at once."""
    _, alias, key = finding.symbol.split(".")
    yield SetKey(project.settings.where("DATABASES").path, ("DATABASES", alias, key), "True")


_BOUNCER = """
services:
  pgbouncer:
    image: edoburu/pgbouncer
    environment:
      POOL_MODE: transaction
"""
_MANY = """
services:
  db:
    image: postgres:17
    command: postgres -c max_connections=100
  web:
    image: shop
    command: gunicorn config.wsgi --workers 4 --threads 4
    deploy:
      replicas: 10
"""
_DATABASE = """
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
    },
}
"""

EXAMPLES = (
    Breaks(
        {"docker-compose.prod.yml": _BOUNCER, "config/settings.py": _DATABASE},
        at="config/settings.py:1",
        fixed={
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "DISABLE_SERVER_SIDE_CURSORS": True,
                    },
                }
            """
        },
    ),
    Breaks({"docker-compose.prod.yml": _MANY}, at="docker-compose.prod.yml:7"),
    Breaks(
        {
            "docker-compose.prod.yml": _BOUNCER,
            "config/settings.py": """
                DATABASES = {
                    "default": {
                        "ENGINE": "django.db.backends.postgresql",
                        "DISABLE_SERVER_SIDE_CURSORS": True,
                        "OPTIONS": {"pool": True},
                    },
                }
            """,
        },
        at="config/settings.py:5",
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
    Holds({"docker-compose.prod.yml": _MANY.replace("replicas: 10", "replicas: 2")}),
    LooksAlike(
        {
            "docker-compose.prod.yml": _BOUNCER.replace("transaction", "session"),
            "config/settings.py": _DATABASE,
        },
        because="a session keeps its connection, and its cursors",
    ),
    LooksAlike({"Procfile": "web: gunicorn config.wsgi\n"}, because="nobody says how many replicas run"),
)
