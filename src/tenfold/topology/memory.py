"""Memory: each service's share, summed against what there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.connections import total
from tenfold.topology.model import MemoryShare, Number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenfold.topology.connections import Opener
    from tenfold.topology.model import AppSize, EdgeSize, Machine, TaskSize, Wishes, Work

MEBIBYTE = 1024 * 1024
WORKER = 96
"""MiB of one Django process that is planned for. A tiny project under gunicorn took 96 for a master and two
workers (measured); common ones take two to three times as much a worker."""
LEAST_LIMIT = 256
"""MiB below which no worker is replaced: a project that needs as much to start would start for ever."""
MOST_LIMIT = 1024
MASTER = 32
"""MiB of a server's parent process, which serves nothing."""
BACKEND = 4
"""MiB of one PostgreSQL backend beside its sorts: catalogue caches and libraries."""
POSTGRES = 25
"""MiB of an idle PostgreSQL (measured 20 to 25)."""
VALKEY = 8
"""MiB of an empty Valkey (measured 7)."""
NGINX = 8
"""MiB of one nginx process (measured)."""
EDGE_CONNECTION = 16 / 1024
"""MiB that an open client connection is granted: TLS state and header buffers."""
POOLER = 8
BROKER = 32
"""MiB: a queue holds messages of a kilobyte; 20,000 of them wait in it."""
SUPERVISOR = 60
LARGEST_BUFFERS = 8192
"""MiB; more needs huge pages, which only root can reserve.
https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-HUGE-PAGES"""


@dataclass(frozen=True, slots=True)
class Budget:
    """MiB that the stack may take."""

    mebibytes: int
    system: int
    """Of the machine's, left to everything else."""


@dataclass(frozen=True, slots=True)
class DatabaseMemory:
    """PostgreSQL's memory settings, alike on the primary and its replicas (MiB)."""

    shared_buffers: Number
    effective_cache_size: Number
    work_mem: Number
    maintenance_work_mem: Number
    server: int
    """What one server takes in all."""


def read_budget(machine: Machine, wishes: Wishes) -> Budget:
    """What there is. Raises TopologyError for a wish that is more than the machine has."""
    has = machine.memory // MEBIBYTE
    if wishes.memory is None:
        system = max(64, has // 10)
        return Budget(has - system, system)
    wished = wishes.memory // MEBIBYTE
    if wished > has:
        raise TopologyError(
            f"{wished} MiB of memory are wished, the machine has {has}.",
            next_step=f"Set memory to {has} or less in [tool.tenfold.up].",
        )
    return Budget(wished, 0)


def size_database_memory(budget: Budget, work: Work, openers: Iterable[Opener]) -> DatabaseMemory:
    """Settings of each PostgreSQL server, from its part of the budget."""
    servers = 1 + work.replicas
    part = 4 if budget.mebibytes >= 4096 else 8
    buffers = max(16, min(LARGEST_BUFFERS, budget.mebibytes // part // servers))
    connections = max(1, total(openers))
    sorts = max(4, min(64, budget.mebibytes // part // servers // connections))
    upkeep = max(16, min(1024, budget.mebibytes // 64))
    shared = f", shared by {servers} servers" if servers > 1 else ""
    return DatabaseMemory(
        shared_buffers=Number(
            buffers, f"1/{part} of the stack's memory{shared}; a quarter on a host of its own", "MiB"
        ),
        effective_cache_size=Number(
            max(32, budget.mebibytes // 2), "half of the memory may cache its files", "MiB"
        ),
        work_mem=Number(
            sorts, f"as much again, divided by {connections} connections; 4 is the default", "MiB"
        ),
        maintenance_work_mem=Number(
            upkeep, "1/64 of the memory: an index build or a vacuum at a time", "MiB"
        ),
        server=POSTGRES + buffers + connections * (BACKEND + sorts) + upkeep,
    )


def size_cache(budget: Budget) -> Number:
    """MiB of entries that the cache may hold."""
    return Number(
        max(16, min(4096, budget.mebibytes // 20)), "1/20 of the memory; the oldest entries make room", "MiB"
    )


def list_fixed_shares(
    budget: Budget, work: Work, *, database: DatabaseMemory, cache: int, edge: EdgeSize
) -> Iterator[MemoryShare]:
    """The shares of all services but the project's own processes."""
    yield MemoryShare("supervisor", SUPERVISOR, "the runner, with what it keeps of the services")
    settings = "shared_buffers + connections x (backend + work_mem) + maintenance_work_mem"
    yield MemoryShare("postgres", database.server, settings)
    for number in range(1, work.replicas + 1):
        yield MemoryShare(f"replica-{number}", database.server, "like the primary, whose place it may take")
    if work.pooler:
        yield MemoryShare("pooler", POOLER, "PgBouncer keeps buffers of 4 kB")
    yield MemoryShare("cache", VALKEY + cache * 5 // 4, "its entries and a quarter for fragmentation")
    if work.tasks:
        yield MemoryShare("broker", VALKEY + BROKER, "20,000 messages that wait")
    clients = int(edge.processes.whole * edge.connections.whole * EDGE_CONNECTION)
    yield MemoryShare(
        "edge", NGINX * (1 + edge.processes.whole) + clients, "nginx processes and 16 kB a connection"
    )


def list_project_shares(work: Work, *, app: AppSize, tasks: TaskSize, each: int) -> Iterator[MemoryShare]:
    """The shares of the project's processes at `each` MiB a process."""
    workers = app.workers.whole
    for number in range(1, app.instances.whole + 1):
        yield MemoryShare(
            f"app-{number}", MASTER + workers * each, f"{workers} workers x {each} MiB and their master"
        )
    if work.tasks:
        children = tasks.concurrency.whole
        yield MemoryShare(
            "worker", WORKER + children * each, f"{children} children x {each} MiB and their parent"
        )
        yield MemoryShare("scheduler", WORKER, "one process with the project in it")


def share_among_workers(left: int, work: Work, *, app: AppSize, tasks: TaskSize) -> int:
    """MiB for each worker when `left` remain for the project's processes; never below `WORKER`."""
    workers = app.instances.whole * app.workers.whole
    left -= app.instances.whole * MASTER
    if work.tasks:
        workers += tasks.concurrency.whole
        left -= 2 * WORKER
    return max(WORKER, min(MOST_LIMIT, left // workers))


def limit_worker(each: int) -> Number:
    """MiB at which a worker is replaced."""
    if each >= LEAST_LIMIT:
        return Number(each, "its part of what the other services leave", "MiB")
    why = f"planned with {each}, but a project that needs more to start must not start for ever"
    return Number(LEAST_LIMIT, why, "MiB")


def check_memory(shares: Iterable[MemoryShare], budget: Budget, wishes: Wishes) -> None:
    """Raises TopologyError, with the sum, when the shares are more than the budget."""
    shares = tuple(shares)
    needed = sum(share.mebibytes for share in shares)
    if needed <= budget.mebibytes:
        return
    lower = (
        ""
        if wishes.workers is None and wishes.worker_concurrency is None
        else "workers or worker-concurrency lower, "
    )
    raise TopologyError(
        f"{needed} MiB of memory do not fit the {budget.mebibytes} MiB that the stack may take.",
        why="\n".join(explain_shares(shares, budget)),
        next_step=f'Set {lower}replicas = 0 or without = ["worker"] in [tool.tenfold.up], or give it more memory.',
    )


def explain_shares(shares: Iterable[MemoryShare], budget: Budget) -> Iterator[str]:
    """The sum of memory, a line per service."""
    shares = tuple(shares)
    for share in shares:
        yield f"  {share.service}: {share.mebibytes} MiB, {share.reason}"
    system = f" and {budget.system} MiB are left to the system" if budget.system else ""
    yield f"  sum = {sum(share.mebibytes for share in shares)} MiB, the stack may take {budget.mebibytes} MiB{system}"
