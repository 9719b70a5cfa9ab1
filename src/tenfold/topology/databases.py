"""PostgreSQL's connections: who opens how many, how they are kept, and how many the server admits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.connections import MAX_CONNECTIONS, RESERVED, Opener, held_by_pool, total
from tenfold.topology.model import Number
from tenfold.topology.workers import runs_async

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.topology.model import AppSize, TaskSize, Wishes, Work

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
    """Processes of the project: they connect to PostgreSQL, or to the pooler where one stands between."""
    openers: tuple[Opener, ...]
    """What PostgreSQL itself sees."""
    server_pool: int
    server_reserve: int


def plan_connections(cores: int, work: Work, *, app: AppSize, tasks: TaskSize) -> ConnectionPlan:
    """Who opens connections, by how they are kept."""
    kept = _choose_keeping(work, app.threads.whole)
    pool_max = ASYNC_POOL if runs_async(work) else app.threads.whole
    each = _held_by_worker(str(kept.value), work, threads=app.threads.whole, pool_max=pool_max)
    clients = tuple(_list_clients(work, each, app=app, tasks=tasks))
    asked = total(clients) // work.databases
    pool = min(asked, max(LEAST_SERVER_POOL, SERVER_CONNECTIONS_PER_CORE * cores))
    reserve = max(2, pool // 4)
    openers = clients
    if kept.value == "pgbouncer":
        openers = (Opener("pooler", processes=1, threads=pool + reserve, databases=work.databases),)
    return ConnectionPlan(kept, pool_max, clients, openers, server_pool=pool, server_reserve=reserve)


def size_max_connections(plan: ConnectionPlan, wishes: Wishes) -> Number:
    """The server's limit. Raises TopologyError, with the sum, when a wished one is too small."""
    needed = total(plan.openers) + RESERVED
    parts = " + ".join(f"{opener.name} {opener.connections}" for opener in plan.openers)
    sum_text = f"{parts} + {RESERVED} kept free = {needed}"
    if wishes.max_connections is not None:
        if wishes.max_connections < needed:
            raise _refuse_connections(plan, wishes.max_connections)
        return Number(wishes.max_connections, f"as configured; {sum_text}", "connections")
    if needed <= MAX_CONNECTIONS:
        return Number(MAX_CONNECTIONS, f"PostgreSQL's default; {sum_text}", "connections")
    return Number(needed, sum_text, "connections")


def explain_sum(openers: tuple[Opener, ...], maximum: int) -> Iterator[str]:
    """The sum of connections, a line per opener."""
    for opener in openers:
        yield f"  {opener}"
    yield f"  kept free for superusers, migrations, shells and monitoring = {RESERVED}"
    yield f"  sum = {total(openers) + RESERVED}, PostgreSQL admits {maximum}"


def _refuse_connections(plan: ConnectionPlan, maximum: int) -> TopologyError:
    needed = total(plan.openers) + RESERVED
    shared = "" if plan.kept.value == "pgbouncer" else ', or pooler = "pgbouncer" so that they share'
    return TopologyError(
        f"{needed} connections do not fit the {maximum} that PostgreSQL admits.",
        why="\n".join(explain_sum(plan.openers, maximum)),
        next_step=f"Set max-connections to {needed} or more in [tool.tenfold.up], or workers, threads or"
        f" worker-concurrency lower{shared}.",
    )


def _choose_keeping(work: Work, threads: int) -> Number:
    if work.pooler:
        return Number("pgbouncer", "it hands few server connections to many processes, in transaction mode")
    if runs_async(work) and work.pool:
        why = "under ASGI kept connections leak (87 after 300 requests); a pool gives them back"
        return Number("pool", why)
    if runs_async(work):
        return Number("none", "under ASGI kept connections leak (87 after 300 requests), and it cannot pool")
    if threads > 1 and work.pool:
        return Number(
            "pool", "the threads of a process share: the pool bounds them and tests what it hands out"
        )
    if threads > 1:
        return Number("persistent", "a connection a thread; its Django or driver has no pool")
    why = "13 times the requests of a fresh connection each; a pool buys nothing with one thread a process"
    return Number("persistent", why)


def _held_by_worker(kept: str, work: Work, *, threads: int, pool_max: int) -> int:
    if kept == "pool":
        at_once = pool_max if runs_async(work) else threads
        return held_by_pool(at_once, smallest=1, largest=pool_max)
    if runs_async(work):
        return UNBOUND
    return threads


def _list_clients(work: Work, each: int, *, app: AppSize, tasks: TaskSize) -> Iterator[Opener]:
    instances, workers, databases = app.instances.whole, app.workers.whole, work.databases
    for number in range(1, instances + 1):
        yield Opener(f"app-{number}", workers, each, databases=databases)
    yield Opener("an instance while it is replaced", workers, each, databases=databases)
    if work.tasks:
        yield Opener("worker", tasks.concurrency.whole, 1, databases=databases)
        yield Opener("scheduler", 1, 1, databases=databases)
