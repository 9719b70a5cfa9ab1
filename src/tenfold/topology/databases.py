"""PostgreSQL's connections: who opens how many, how they are kept, and how many the server admits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.connections import MAX_CONNECTIONS, RESERVED, Opener, room, total
from tenfold.topology.model import Number
from tenfold.topology.workers import runs_async

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.topology.model import AppSize, TaskSize, Topology, Wishes, Work

ASYNC_POOL = 10
"""Connections of one ASGI worker's pool: as many requests of one event loop are in the database at once."""
UNBOUND = 20
"""Connections that an ASGI worker without a pool is granted: nothing but its load bounds them. 300 requests,
20 at a time, held up to 98 where they were kept."""
SERVER_CONNECTIONS_PER_CORE = 4
"""Of a pooler: more than a few statements a core run no faster, they share it.
https://wiki.postgresql.org/wiki/Number_Of_Database_Connections"""
LEAST_SERVER_POOL = 8
POOL_TIMEOUT = 5.0
"""Seconds that a thread waits for the pool. psycopg's default is 30: all of a request's time."""


@dataclass(frozen=True, slots=True)
class ConnectionPlan:
    """How connections are kept and who holds them."""

    kept: Number
    """See `DatabaseSize.connections`."""
    pool_max: int
    clients: tuple[Opener, ...]
    """Processes of the project, each with the connections that it opens."""
    pooled: tuple[Opener, ...]
    """Those of them that a pooler would stand before."""
    openers: tuple[Opener, ...]
    """What PostgreSQL itself sees."""
    server_pool: int
    server_reserve: int


def plan_connections(
    cores: int, work: Work, wishes: Wishes, *, app: AppSize, tasks: TaskSize
) -> ConnectionPlan:
    """Who opens connections, by how they are kept. Pools are made to fit a wished `max_connections`."""
    kept = _choose_keeping(work, app.threads.whole)
    pool_max = app.threads.whole
    if runs_async(work):
        pool_max = _fit_pool(work, wishes, app=app, tasks=tasks)
    each = pool_max if kept.value == "pool" or not runs_async(work) else UNBOUND
    serving, working = tuple(_list_servers(work, each, app=app)), tuple(_list_tasks(work, tasks=tasks))
    clients = openers = serving + working
    beside = total(working)
    pool, reserve = _size_server_pool(cores, work, wishes, clients=serving, beside=beside)
    if kept.value == "pgbouncer":
        # Tasks go past the pooler: its server connections carry the limits of requests.
        pooler = Opener("pooler", processes=1, threads=pool + reserve, databases=work.databases)
        openers = (pooler, *working)
    return ConnectionPlan(
        kept, pool_max, clients, serving, openers=openers, server_pool=pool, server_reserve=reserve
    )


def size_max_connections(plan: ConnectionPlan, wishes: Wishes) -> Number:
    """The server's limit: a wished one as it is, see `check_connections`."""
    needed = total(plan.openers) + RESERVED
    parts = [f"{opener.name} {opener.connections}" for opener in plan.openers]
    why = " + ".join([*parts, f"{RESERVED} kept free"]) + f" = {needed}"
    if wishes.max_connections is not None:
        return Number(wishes.max_connections, f"as configured: max-connections; {why}", "connections")
    if needed <= MAX_CONNECTIONS:
        return Number(MAX_CONNECTIONS, f"PostgreSQL's default; {why}", "connections")
    return Number(needed, why, "connections")


def check_connections(topology: Topology) -> None:
    """Raises TopologyError, with the sum, when processes can open more connections than are admitted."""
    maximum = topology.database.max_connections.whole
    needed = total(topology.openers) + RESERVED
    if needed <= maximum:
        return
    lower = "workers, threads or worker-concurrency lower"
    if topology.database.connections.value != "pgbouncer":
        lower += ', or pooler = "pgbouncer" so that they share'
    raise TopologyError(
        f"{needed} connections do not fit the {maximum} that PostgreSQL admits.",
        why="\n".join(explain_sum(topology)),
        next_step=f"Set max-connections to {needed} or more in [tool.tenfold.up], or {lower}.",
    )


def explain_sum(topology: Topology) -> Iterator[str]:
    """The sum of connections, a line per opener."""
    for opener in topology.openers:
        yield f"  {opener}"
    yield f"  kept free for superusers, migrations, shells and monitoring: {RESERVED}"
    needed, maximum = total(topology.openers) + RESERVED, topology.database.max_connections
    yield f"  sum: {needed}; PostgreSQL admits {maximum.value}"


def _fit_pool(work: Work, wishes: Wishes, *, app: AppSize, tasks: TaskSize) -> int:
    """The pool of one event loop: `ASYNC_POOL`, or what a wished limit leaves."""
    if wishes.max_connections is None or work.pooler:
        return ASYNC_POOL
    pools = tuple(_list_servers(work, 1, app=app))
    left = room(wishes.max_connections) - total(_list_tasks(work, tasks=tasks))
    return max(1, min(ASYNC_POOL, left // max(1, total(pools))))


def _size_server_pool(
    cores: int, work: Work, wishes: Wishes, *, clients: tuple[Opener, ...], beside: int
) -> tuple[int, int]:
    """PgBouncer's server connections for each database, and its reserve; `beside`: those that go past it."""
    databases = max(1, work.databases)
    useful = max(LEAST_SERVER_POOL, SERVER_CONNECTIONS_PER_CORE * cores)
    pool = max(1, min(total(clients) // databases, useful))
    if wishes.max_connections is not None:
        pool = max(1, min(pool, (room(wishes.max_connections) - beside) // databases * 4 // 5))
    return pool, max(1, pool // 4)


def _choose_keeping(work: Work, threads: int) -> Number:
    if work.pooler:
        return Number("pgbouncer", "it hands few server connections to many processes, in transaction mode")
    if runs_async(work) and work.pool:
        why = "under ASGI kept connections leak (87 after 300 requests); a pool gives them back"
        return Number("pool", why)
    if runs_async(work):
        return Number("none", "under ASGI kept connections leak (87 after 300 requests), and it cannot pool")
    if work.pool and work.pool_wished:
        return Number("pool", "as configured: pooler")
    if threads > 1:
        why = "one a thread, no more: 926 us of CPU for a one-query request, 997 through Django's pool"
        return Number("persistent", why)
    why = "13 times the requests of a fresh connection each; a pool buys nothing with one thread a process"
    return Number("persistent", why)


def _list_servers(work: Work, each: int, *, app: AppSize) -> Iterator[Opener]:
    instances, workers, databases = app.instances.whole, app.workers.whole, work.databases
    for number in range(1, instances + 1):
        yield Opener(f"app-{number}", workers, each, databases=databases)
    yield Opener("an instance while it is replaced", workers, each, databases=databases)
    if work.follows:
        yield Opener("followers of users and sessions", workers * (instances + 1), 1)


def _list_tasks(work: Work, *, tasks: TaskSize) -> Iterator[Opener]:
    databases = work.databases
    if work.tasks:
        yield Opener("worker", tasks.concurrency.whole, 1, databases=databases)
    if work.tasks and work.scheduled:
        yield Opener("scheduler", 1, 1, databases=databases)
