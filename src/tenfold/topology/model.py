"""The topology: every number that the production stack of one project needs, each with its reason.

`tenfold.topology.sizing.size` makes it from a `Machine`, the `Work` that the project brings and what
its configuration wishes. Everything that needs a number (services, exports, the audit) takes it here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.topology.connections import Opener


@dataclass(frozen=True, slots=True)
class Number:
    """One number of the topology (or one word that stands for a choice) and why it is that one."""

    value: int | float | str
    reason: str
    unit: str = ""
    """ "", "s", "MiB", "connections", "requests", ..., as a person reads it."""

    def __str__(self) -> str:
        unit = self.unit
        if self.value == 1 and unit.endswith("s") and len(unit) > 1:
            unit = unit.removesuffix("es") if unit.endswith("sses") else unit.removesuffix("s")
        return f"{self.value} {unit}".rstrip()

    @property
    def whole(self) -> int:
        """The value as an int. Raises ValueError for a word."""
        return int(self.value)

    @property
    def seconds(self) -> float:
        """The value as a float. Raises ValueError for a word."""
        return float(self.value)


NOT_SIZED = Number(0, "not sized yet")


@dataclass(frozen=True, slots=True)
class Machine:
    """What the stack may use. Read by `tenfold.stack.runner.machine`."""

    cores: int
    memory: int
    """Bytes: the smaller of the machine's and the control group's limit."""
    open_files: int
    """The hard limit of open files of one process."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the project brings, as far as sizes depend on it."""

    interface: str = "wsgi"
    """ "wsgi" or "asgi"."""
    server: str = "granian"
    """ "gunicorn", "granian" or "uvicorn": what runs the application."""
    waits: bool = False
    """Its requests wait for others (HTTP calls, mail, storage in views): more threads are of use."""
    tasks: bool = False
    """It has a Celery application."""
    databases: int = 1
    """PostgreSQL aliases on the primary that each thread may hold a connection to."""
    pool: bool = True
    """Its Django and driver can pool connections (Django >= 5.1 with psycopg 3)."""
    pool_wished: bool = False
    """The configuration asks for that pool."""
    pooler: bool = False
    """PgBouncer stands between."""
    replicas: int = 1
    scheduled: bool = True
    """Some of its tasks are periodic: a scheduler hands them out. Counts only with `tasks`."""
    broker: str = "valkey"
    """ "valkey" or "rabbitmq". Counts only with `tasks`."""
    services: tuple[str, ...] = ()
    """Services beyond the usual ones, for their memory: "mail", "storage", "dashboard", "metrics", "varnish"."""
    follows: bool = False
    """Each process that serves keeps a connection of its own to follow changes of users and sessions
    (`django_tenfold.accounts`)."""
    longest_countdown: float = 0.0
    """Seconds; the longest `countdown` that its tasks are called with, as far as it is known."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Numbers that the configuration or the command line sets; None: sized."""

    workers: int | None = None
    threads: int | None = None
    worker_concurrency: int | None = None
    max_connections: int | None = None
    timeout: float | None = None
    """Seconds that the longest request may take: the application server's timeout."""
    memory: int | None = None
    """Bytes that the whole stack may take."""


@dataclass(frozen=True, slots=True)
class AppSize:
    """The application servers. `instances` processes groups of `workers` processes of `threads` threads."""

    instances: Number
    workers: Number
    """Worker processes of one instance."""
    threads: Number
    """Threads of one worker (1 for an event loop)."""
    worker_class: Number
    """gunicorn's "sync" or "gthread"; "wsgi" or "asgi" of granian; uvicorn's worker class."""
    backlog: Number
    max_requests: Number
    max_requests_jitter: Number
    keepalive: Number
    memory: Number
    """MiB that one worker may hold before it is replaced."""


@dataclass(frozen=True, slots=True)
class DatabaseSize:
    max_connections: Number
    shared_buffers: Number
    effective_cache_size: Number
    work_mem: Number
    maintenance_work_mem: Number
    connections: Number
    """ "pgbouncer", "pool" or "persistent": how the application keeps connections. "none": a connection a
    request, for ASGI where neither pool nor pooler can be had."""
    pool_min: Number
    """Connections that one process keeps open in Django's pool."""
    pool_max: Number
    pool_timeout: Number
    pooler_pool: Number
    """PgBouncer's default_pool_size: server connections per database and user."""
    pooler_reserve: Number
    pooler_clients: Number
    """PgBouncer's max_client_conn."""


@dataclass(frozen=True, slots=True)
class CacheSize:
    max_memory: Number
    max_clients: Number


@dataclass(frozen=True, slots=True)
class TaskSize:
    concurrency: Number
    prefetch: Number
    max_tasks_per_child: Number
    soft_time_limit: Number
    time_limit: Number
    visibility_timeout: Number
    memory: Number
    """MiB that one child may hold before it is replaced."""


@dataclass(frozen=True, slots=True)
class EdgeSize:
    processes: Number
    connections: Number
    """nginx worker_connections."""
    open_files: Number
    """worker_rlimit_nofile."""
    keepalive: Number
    """Idle connections that one worker keeps to the application."""
    rate: Number
    """Requests a second that one client address may make."""
    burst: Number
    page_cache: Number
    """MiB of pages kept on disk."""


@dataclass(frozen=True, slots=True)
class TimeoutLadder:
    """Each step gives up before the one above it; seconds."""

    edge: Number
    app: Number
    """The application server's limit of one request."""
    graceful: Number
    """How long a stopping server lets requests end."""
    statement: Number
    idle_in_transaction: Number
    lock: Number
    connect: Number


@dataclass(frozen=True, slots=True)
class MemoryShare:
    """One service's share of the memory, MiB."""

    service: str
    mebibytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Topology:
    machine: Machine
    work: Work
    app: AppSize
    database: DatabaseSize
    cache: CacheSize
    tasks: TaskSize
    edge: EdgeSize
    timeouts: TimeoutLadder
    openers: tuple[Opener, ...] = ()
    """Everything that opens database connections: their sum fits `database.max_connections`."""
    memory: tuple[MemoryShare, ...] = ()
    memory_budget: Number = NOT_SIZED
    """MiB that the stack may take; the sum of `memory` fits it."""

    def numbers(self) -> Iterator[tuple[str, Number]]:
        """("app.workers", its number) for every number, in the order of the request's way; those of tasks where the
        project has some."""
        for section in (
            "edge",
            "app",
            "timeouts",
            "database",
            "cache",
            *(["tasks"] if self.work.tasks else []),
        ):
            part = getattr(self, section)
            for one in fields(part):
                yield f"{section}.{one.name}", getattr(part, one.name)
