"""The environment of the project's processes: what the stack can say, and what only a person can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.stack.addresses import DATABASE, USER
from tenfold.stack.services.postgres.configuration import connection_limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.export.input import ExportInput, Variable

ENGINE = "django.db.backends.postgresql"


@dataclass(frozen=True, slots=True)
class Reach:
    """How the application reaches its stores on one engine. Texts, which may hold the engine's own
    references: `password` is "${DATABASE_PASSWORD}" for Compose, never a password."""

    host: str
    port: int
    cache: str
    """URL without the database number: "redis://cache:6379"."""
    broker: str
    password: str
    replica_host: str = ""
    static_root: str = ""
    media_root: str = ""
    migrates: bool = False
    """For migrations: past the pooler, without limits."""

    @property
    def database_url(self) -> str:
        return f"postgres://{USER}:{self.password}@{self.host}:{self.port}/{DATABASE}"


@dataclass(frozen=True, slots=True)
class Value:
    """One variable of the environment. `secret`: a person must give it; `value` is "" then, unless it is
    composed of a reference to a secret."""

    name: str
    value: str
    why: str = ""
    secret: bool = False
    known: bool = True
    """False: only the project's people know it; it is listed for them, with no value."""


def settle_environment(one: ExportInput, reach: Reach) -> tuple[Value, ...]:
    """Every variable that the project's processes get, with its value where the stack decides it."""
    return (
        Value("DJANGO_SETTINGS_MODULE", one.settings_module, "the settings of production"),
        Value("PYTHONUNBUFFERED", "1", "log lines leave at once"),
        *_limits(one, reach),
        *(_settle(one, reach, variable) for variable in one.variables),
    )


def _limits(one: ExportInput, reach: Reach) -> Iterator[Value]:
    """Limits of statements and locks, where no pooler sets them: libpq adds them to every connection.
    https://www.postgresql.org/docs/current/libpq-envars.html"""
    if one.pooled or one.config.database == "keep":
        return
    limits = " ".join(f"-c {name}={value}" for name, value in connection_limits(one.topology).items())
    why = "each gives up before the one above it: the view sees the error, not a killed worker"
    yield Value("PGOPTIONS", "-c statement_timeout=0" if reach.migrates else limits, why)


def _settle(one: ExportInput, reach: Reach, variable: Variable) -> Value:
    why = f"read at {variable.where}" if variable.where else ""
    if variable.role.startswith("="):
        return Value(variable.name, variable.role[1:], f"takes PostgreSQL; {why}")
    known = dict(_known(one, reach))
    if variable.role in known:
        return Value(variable.name, known[variable.role], why)
    if variable.secret:
        return Value(variable.name, "", why, secret=True, known=variable.role == "secret-key")
    return Value(variable.name, "", why, known=False)


def _known(one: ExportInput, reach: Reach) -> Iterator[tuple[str, str]]:
    """(role, value) of everything that the stack decides."""
    yield "database-url", reach.database_url
    if one.replicas and reach.replica_host:
        yield (
            "replica-url",
            reach.database_url.replace(f"@{reach.host}:{reach.port}", f"@{reach.replica_host}:5432"),
        )
    yield "database-engine", ENGINE
    yield "database-host", reach.host
    yield "database-port", str(reach.port)
    yield "database-user", USER
    yield "database-password", reach.password
    yield "database-name", DATABASE
    yield "pooler-mode", "transaction" if one.pooled and not reach.migrates else "none"
    yield "database-age", "0" if one.topology.database.connections.value == "pool" else "600"
    yield "cache-url", reach.cache  # without a database number: code that appends one must find none
    yield "cache-host", reach.cache.rpartition("/")[2].rpartition("@")[2].partition(":")[0]
    yield "cache-port", reach.cache.rpartition(":")[2]
    yield "broker-url", f"{reach.broker}/0"
    yield "results-url", f"{reach.broker}/1"
    yield "hosts", ",".join(one.hosts)
    yield "origins", ",".join(f"https://{host}" for host in one.hosts)
    yield "debug", "False"
    if reach.static_root:
        yield "static-root", reach.static_root
    if reach.media_root:
        yield "media-root", reach.media_root


def required_secrets(values: tuple[Value, ...]) -> tuple[str, ...]:
    """Names that must have a value before anything starts: the database's password and SECRET_KEY."""
    names = [value.name for value in values if value.secret and value.known]
    return ("DATABASE_PASSWORD", *(name for name in names if name != "DATABASE_PASSWORD"))
