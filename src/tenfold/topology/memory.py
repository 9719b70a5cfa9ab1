"""Memory: each service's share, summed against what there is."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.connections import total
from tenfold.topology.edge import CONNECTIONS_PER_MEBIBYTE
from tenfold.topology.model import MemoryShare, Number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenfold.topology.connections import Opener
    from tenfold.topology.model import AppSize, CacheSize, EdgeSize, Machine, TaskSize, Topology, Wishes, Work

MEBIBYTE = 1024 * 1024
WORKER = 96
"""MiB that at least are planned for one Django process. A tiny project under gunicorn took 96 for a master and
two workers (measured); common ones take two to three times as much in each worker."""
LEAST_LIMIT = 256
"""MiB below which no worker is replaced: a project that needs as much to start would start for ever."""
MOST_LIMIT = 1024
PARENT = 64
"""MiB of a process that has loaded the project and serves nothing: a task worker's parent, a scheduler."""
MASTER = 32
"""MiB of a server's parent process, which serves nothing (measured: a third of 96)."""
BACKEND = 4
"""MiB of one PostgreSQL backend beside its sorts: its catalogue caches."""
POSTGRES = 25
"""MiB of an idle PostgreSQL (measured: 20 to 25)."""
VALKEY = 8
"""MiB of an empty Valkey (measured: 7)."""
NGINX = 8
"""MiB of one nginx process (measured)."""
POOLER = 8
LEAST_MESSAGES, MOST_MESSAGES = 32, 1024
"""MiB of messages that wait for a worker, a 32nd of the memory between these: nothing may be evicted from a
queue, so a full broker refuses tasks."""
MESSAGE = 1536
"""Bytes of one task that waits: 1,024 with two arguments, as kombu writes it (measured), and the list around."""
RABBITMQ = 137
"""MiB of an idle RabbitMQ (measured: 115 to 137)."""
SERVICES = MappingProxyType({"mail": 32, "storage": 91, "dashboard": WORKER, "metrics": 80, "varnish": 8})
"""MiB of services that a configuration adds: rclone 91, Prometheus 43 with exporters of 13 each, Varnish 7
beside its pages (measured); a dashboard has the project in it, a mail sink is a bare Python."""
LEAST_SYSTEM = 64
"""MiB that are left to everything else at least; a tenth of larger machines."""
SUPERVISOR = 60
"""MiB that the runner keeps below."""
LARGEST_BUFFERS = 8192
"""MiB; more needs huge pages, which only root can reserve.
https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-HUGE-PAGES"""
LARGE = 4096
"""MiB from which PostgreSQL gets a quarter, as its documentation says; below, the project needs it more.
https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS"""


@dataclass(frozen=True, slots=True)
class DatabaseMemory:
    """PostgreSQL's memory settings, alike on the primary and its replicas (MiB)."""

    shared_buffers: Number
    effective_cache_size: Number
    work_mem: Number
    maintenance_work_mem: Number
    server: MemoryShare
    """What the primary takes in all."""


def read_budget(machine: Machine, wishes: Wishes) -> Number:
    """MiB that the stack may take. Raises TopologyError for a wish that is more than the machine has."""
    has = machine.memory // MEBIBYTE
    if wishes.memory is None:
        system = max(LEAST_SYSTEM, has // 10)
        return Number(max(0, has - system), f"of {has}, {system} are left to the system", "MiB")
    wished = wishes.memory // MEBIBYTE
    if wished > has:
        raise TopologyError(
            f"The stack may take {wished} MiB of memory, and the machine has {has}.",
            next_step=f"Set memory to {has} or less in [tool.tenfold.up], or leave it out.",
        )
    return Number(wished, f"as configured: memory; the machine has {has}", "MiB")


def size_database_memory(budget: Number, work: Work, openers: Iterable[Opener]) -> DatabaseMemory:
    """Settings of each PostgreSQL server, from its part of the budget."""
    servers = 1 + work.replicas
    part = 4 if budget.whole >= LARGE else 8
    each = budget.whole // part // servers
    buffers = max(16, min(LARGEST_BUFFERS, each))
    connections = max(1, total(openers))
    sorts = max(4, min(64, each // 2 // connections))
    upkeep = max(16, min(1024, budget.whole // 64))
    shared = f", for {servers} servers" if servers > 1 else ""
    formula = f"{POSTGRES} + buffers {buffers} + {connections} connections x ({BACKEND} + work_mem {sorts})"
    return DatabaseMemory(
        shared_buffers=Number(
            buffers, f"1/{part} of the memory{shared}; a quarter on a host of its own", "MiB"
        ),
        effective_cache_size=Number(
            max(32, budget.whole // 2), "half of the memory may hold its files, buffers included", "MiB"
        ),
        work_mem=Number(
            sorts, f"half as much as the buffers, over {connections} connections; 4 to 64", "MiB"
        ),
        maintenance_work_mem=Number(
            upkeep, "1/64 of the memory: an index build or a vacuum at a time", "MiB"
        ),
        server=MemoryShare(
            "postgres",
            POSTGRES + buffers + connections * (BACKEND + sorts) + upkeep,
            f"{formula} + maintenance_work_mem {upkeep}",
        ),
    )


def list_fixed_shares(
    budget: Number, work: Work, *, database: DatabaseMemory, cache: CacheSize, edge: EdgeSize
) -> Iterator[MemoryShare]:
    """The shares of all services but the project's own processes."""
    yield MemoryShare("supervisor", SUPERVISOR, "it keeps below")
    yield database.server
    for number in range(1, work.replicas + 1):
        share = database.server.mebibytes
        yield MemoryShare(f"replica-{number}", share, "as the primary, whose place it may take")
    if work.pooler:
        yield MemoryShare("pooler", POOLER, "buffers of 4 kB a client")
    entries = cache.max_memory.whole
    yield MemoryShare(
        "cache", VALKEY + entries * 5 // 4, f"{VALKEY} + entries {entries}, a quarter more for gaps"
    )
    if work.tasks:
        bare = RABBITMQ if work.broker == "rabbitmq" else VALKEY
        messages = max(LEAST_MESSAGES, min(MOST_MESSAGES, budget.whole // 32))
        waiting = messages * MEBIBYTE // MESSAGE
        yield MemoryShare(
            "broker", bare + messages, f"{bare} + {messages} for {waiting:,} messages that wait"
        )
    processes, connections = edge.processes.whole, edge.connections.whole
    clients = -(-processes * connections // CONNECTIONS_PER_MEBIBYTE)
    yield MemoryShare(
        "edge",
        NGINX * (1 + processes) + clients,
        f"{1 + processes} processes x {NGINX} + {processes} x {connections} connections x 16 kB",
    )
    yield from _list_added(work, edge)


def _list_added(work: Work, edge: EdgeSize) -> Iterator[MemoryShare]:
    for name in work.services:
        if name == "varnish":
            pages = edge.page_cache.whole
            yield MemoryShare(name, SERVICES[name] + pages, f"{SERVICES[name]} + pages {pages}")
        elif name in SERVICES:
            yield MemoryShare(name, SERVICES[name], "what it takes at rest")


def list_project_shares(work: Work, *, app: AppSize, tasks: TaskSize, each: int) -> Iterator[MemoryShare]:
    """The shares of the project's processes at `each` MiB a process."""
    workers = app.workers.whole
    for number in range(1, app.instances.whole + 1):
        why = f"master {MASTER} + workers {workers} x {each}"
        yield MemoryShare(f"app-{number}", MASTER + workers * each, why)
    if work.tasks:
        children = tasks.concurrency.whole
        why = f"parent {PARENT} + children {children} x {each}"
        yield MemoryShare("worker", PARENT + children * each, why)
    if work.tasks and work.scheduled:
        yield MemoryShare("scheduler", PARENT, "one process with the project in it")


def share_among_workers(left: int, work: Work, *, app: AppSize, tasks: TaskSize) -> int:
    """MiB for each worker and task child when `left` remain for the project; never below `WORKER`."""
    bare = sum(share.mebibytes for share in list_project_shares(work, app=app, tasks=tasks, each=0))
    one = sum(share.mebibytes for share in list_project_shares(work, app=app, tasks=tasks, each=1))
    return max(WORKER, min(MOST_LIMIT, (left - bare) // (one - bare)))


def limit_worker(each: int) -> Number:
    """MiB at which a worker is replaced."""
    if each >= LEAST_LIMIT:
        return Number(each, "its part of what the other services leave, 1,024 at most", "MiB")
    why = f"planned with {each}, but a project that needs more to start must not start for ever"
    return Number(LEAST_LIMIT, why, "MiB")


def needed_memory(topology: Topology) -> int:
    """MiB: the sum of the shares."""
    return sum(share.mebibytes for share in topology.memory)


def check_memory(topology: Topology, wishes: Wishes) -> None:
    """Raises TopologyError, with the sum, when the shares are more than the budget."""
    needed, budget = needed_memory(topology), topology.memory_budget.whole
    if needed <= budget:
        return
    changes = []
    if wishes.workers is not None or wishes.worker_concurrency is not None:
        changes.append("workers or worker-concurrency lower")
    if topology.work.replicas:
        changes.append("replicas = 0")
    if topology.work.tasks:
        changes.append('without = ["worker"]')
    if wishes.memory is not None:
        changes.append("memory higher")
    step = f"Set {' or '.join(changes)} in [tool.tenfold.up]" if changes else "Run it on a larger machine"
    raise TopologyError(
        f"{needed} MiB do not fit the {budget} MiB of memory that the stack may take.",
        why="\n".join(explain_shares(topology)),
        next_step=f"{step}.",
    )


def explain_shares(topology: Topology) -> Iterator[str]:
    """The sum of memory, a line per service."""
    for share in topology.memory:
        yield f"  {share.service}: {share.mebibytes} MiB ({share.reason})"
    budget = topology.memory_budget
    yield f"  sum: {needed_memory(topology)} MiB; the stack may take {budget.value} ({budget.reason})"
