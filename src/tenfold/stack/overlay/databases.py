"""DATABASES on the stack: every alias on its PostgreSQL, with the limits and the pool of the topology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.stack.addresses import DATABASE, USER, database_host
from tenfold.stack.overlay.commands import ROLES
from tenfold.stack.overlay.parts import COPY, DROP, NAMED, Operation, Part
from tenfold.stack.plan import Change
from tenfold.stack.variable_rules import database_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.stack.shape import DatabaseShape
    from tenfold.stack.site import Site

POSTGRESQL = "django.db.backends.postgresql"
POSTGIS = "django.contrib.gis.db.backends.postgis"
PROMETHEUS = "django_prometheus.db.backends."
STALE = (
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslpassword", "ssl_min_protocol_version"),
    *("target_session_attrs", "service", "passfile", "assume_role", "host", "port", "user", "password"),
    *("dbname", "hostaddr", "requiressl", "channel_binding", "options", "pool"),
)
"""OPTIONS that belong to the project's own server: its certificates, its roles, its address."""
SERVING = ("app", "worker", "scheduler")
"""Roles whose queries have a limit."""
POOLED = ("app",)
"""Roles that go through PgBouncer: its limits are those of requests, and a task may take longer."""
LASTING = 600
"""CONN_MAX_AGE: a connection that is ten minutes old has paid for itself a thousand times over."""


def database_parts(site: Site) -> Iterator[Part]:
    """A part for every alias, and one for the replica that the project has no alias for."""
    if site.keep_database or site.config.database == "keep":
        return
    replicas = _replica_ports(site)
    shapes = site.shape.databases
    for shape in shapes:
        if not shape.replica:
            yield _primary(site, shape)
    for number, shape in enumerate(shape for shape in shapes if shape.replica):
        port = replicas[number % len(replicas)] if replicas else "postgres"
        yield _replica(site, shape, port)
    if replicas and shapes and not any(shape.replica for shape in shapes):
        for number, port in enumerate(replicas, start=1):
            yield _added(site, "replica" if number == 1 else f"replica_{number}", port)


def own_databases(site: Site) -> dict[str, str]:
    """Alias -> name of its database, for aliases that are written to. One name stands once for each
    database that the project keeps apart."""
    seen: dict[tuple[str, str, str, str], str] = {}
    found = {}
    for shape in site.shape.databases:
        if shape.replica:
            continue
        entry = site.shape.inspected.entries("DATABASES").get(shape.alias, {})
        same = (shape.engine, shape.name, str(entry.get("HOST") or ""), str(entry.get("PORT") or ""))
        found[shape.alias] = seen.setdefault(same, database_name(shape.alias))
    return found


def _replica_ports(site: Site) -> tuple[str, ...]:
    if "replica" in site.config.without:
        return ()
    names = (f"replica-{number}" for number in range(1, site.topology.work.replicas + 1))
    return tuple(name for name in names if name in site.ports)


def _primary(site: Site, shape: DatabaseShape) -> Part:
    at = ("DATABASES", shape.alias)
    name = own_databases(site)[shape.alias]
    engine = postgresql_engine(
        shape, gis="django.contrib.gis" in site.shape.inspected.items("INSTALLED_APPS")
    )
    pooled = site.topology.database.connections.value == "pgbouncer" and name == DATABASE
    operations = [
        *_address(site, at, "postgres", name),
        *_engine(at, shape, engine),
        *_options(site, shape, engine, pooled=pooled),
        *_keeping(site, at, pooled=pooled),
    ]
    if pooled:
        operations.append(Operation((*at, "PORT"), site.ports["pooler"], roles=POOLED))
    through = "PgBouncer" if pooled else str(site.topology.database.connections.value)
    value = f"{engine}, database {name!r}, {through}"
    moved = "" if engine == shape.engine else f", in place of {shape.engine.rpartition('.')[2]}"
    why = f"the stack's primary{moved}; limits below those of the application server"
    return Part(Change(f"DATABASES[{shape.alias!r}]", value, why), tuple(operations))


def _replica(site: Site, shape: DatabaseShape, port: str) -> Part:
    at = ("DATABASES", shape.alias)
    engine = postgresql_engine(shape)
    operations = (
        *_address(site, at, port, DATABASE),
        *_engine(at, shape, engine),
        *_options(site, shape, engine, pooled=False),
        *_keeping(site, at, pooled=False),
    )
    why = "its name says that it is read from only" if port != "postgres" else "the stack has no replica"
    return Part(Change(f"DATABASES[{shape.alias!r}]", port, why), operations)


def _added(site: Site, alias: str, port: str) -> Part:
    """An alias of the stack's own: what `default` is, on the replica."""
    at = ("DATABASES", alias)
    operations = (
        Operation(at, "default", COPY),
        *_address(site, at, port, DATABASE),
        Operation((*at, "TEST"), {"MIRROR": "default"}),
        Operation((*at, "DISABLE_SERVER_SIDE_CURSORS"), False),
        Operation((*at, "OPTIONS", "options"), _limits(site, "", "app"), roles=SERVING),
    )
    why = f'read from it with .using("{alias}"); no router is added, so nothing else does'
    return Part(Change(f"DATABASES[{alias!r}]", port, why), operations)


def postgresql_engine(shape: DatabaseShape, *, gis: bool = False) -> str:
    """The engine that speaks to PostgreSQL: the project's own when it does, else the nearest."""
    if shape.vendor == "postgresql" and "cockroach" not in shape.engine:
        return shape.engine
    if shape.engine.startswith(PROMETHEUS):
        return PROMETHEUS + ("postgis" if gis else "postgresql")
    return POSTGIS if gis or "gis" in shape.engine or "spatialite" in shape.engine else POSTGRESQL


def _address(site: Site, at: tuple[str, ...], port: str, name: str) -> Iterator[Operation]:
    values = {
        "NAME": name,
        "USER": USER,
        "PASSWORD": site.secrets["database"],
        "HOST": database_host(site),
        "PORT": site.ports[port],
    }
    yield from (Operation((*at, key), value) for key, value in values.items())


def _engine(at: tuple[str, ...], shape: DatabaseShape, engine: str) -> Iterator[Operation]:
    if engine == shape.engine:
        yield from (Operation((*at, "OPTIONS", name), kind=DROP) for name in STALE)
        return
    yield Operation((*at, "ENGINE"), engine)
    # Another database's options mean nothing here (init_command, transaction_mode, charset).
    yield Operation((*at, "OPTIONS"), {})


def _options(site: Site, shape: DatabaseShape, engine: str, *, pooled: bool) -> Iterator[Operation]:
    at = ("DATABASES", shape.alias, "OPTIONS")
    theirs = _their_options(site, shape) if engine == shape.engine else {}
    session = theirs.get("options")
    kept = session if isinstance(session, str) else ""
    yield Operation((*at, "application_name"), site.shape.name, NAMED)
    yield Operation((*at, "connect_timeout"), max(2, round(site.topology.timeouts.connect.seconds)))
    limited = ("migrate", *(role for role in SERVING if not (pooled and role in POOLED)))
    for role in ROLES:
        if role in limited:
            yield Operation((*at, "options"), _limits(site, kept, role), roles=(role,))
        elif kept and not (pooled and role in POOLED):
            yield Operation((*at, "options"), kept, roles=(role,))
    if pooled:
        # It hands connections round: it sets the limits itself, and cannot keep prepared plans.
        yield from (
            Operation((*at, name), kind=DROP, roles=POOLED)
            for name in ("server_side_binding", "prepare_threshold")
        )


def _their_options(site: Site, shape: DatabaseShape) -> Mapping[str, Any]:
    found = site.shape.inspected.entries("DATABASES").get(shape.alias, {}).get("OPTIONS")
    return found if isinstance(found, dict) else {}


def _limits(site: Site, kept: str, role: str) -> str:
    """libpq's `options`: the ladder's lowest steps. A task may take as long as a task may; a migration takes
    what it takes, but waits for no lock longer than requests can bear."""
    ladder = site.topology.timeouts
    statement = {
        "app": ladder.statement.seconds,
        "migrate": 0.0,
    }.get(role, site.topology.tasks.soft_time_limit.seconds)
    limits = {"statement_timeout": statement, "lock_timeout": ladder.lock.seconds}
    if role == "app":
        limits["idle_in_transaction_session_timeout"] = ladder.idle_in_transaction.seconds
    text = " ".join(f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items())
    return f"{kept} {text}".strip()


def _keeping(site: Site, at: tuple[str, ...], *, pooled: bool) -> Iterator[Operation]:
    """How connections are kept: for requests as the topology says, in tasks for as long as they are of use."""
    size = site.topology.database
    asgi = site.topology.work.interface == "asgi"
    pool = size.connections.value == "pool" and site.shape.django >= (5, 1) and _psycopg(site) == 3
    if site.shape.django >= (4, 1):
        yield Operation((*at, "CONN_HEALTH_CHECKS"), True)
    yield Operation((*at, "DISABLE_SERVER_SIDE_CURSORS"), pooled, roles=POOLED)
    yield Operation((*at, "CONN_MAX_AGE"), 0)
    yield Operation((*at, "CONN_MAX_AGE"), LASTING, roles=("worker", "scheduler"))
    if pool and not pooled:
        limits = {
            "min_size": size.pool_min.whole,
            "max_size": size.pool_max.whole,
            "timeout": size.pool_timeout.seconds,
        }
        yield Operation((*at, "OPTIONS", "pool"), limits, roles=("app",))
    elif not asgi:
        # Under ASGI a kept connection is lost to its thread: https://code.djangoproject.com/ticket/33497
        yield Operation((*at, "CONN_MAX_AGE"), LASTING, roles=("app",))


def _psycopg(site: Site) -> int:
    """The driver of its processes: its own, else the one that is added."""
    return site.shape.inspected.psycopg or (3 if site.shape.django >= (4, 2) else 2)
