"""Size a production topology: machine + work + wishes -> numbers, each with its reason, every sum checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.cache import OWN_FILES, size_cache
from tenfold.topology.connections import total
from tenfold.topology.databases import (
    POOL_TIMEOUT,
    check_connections,
    plan_connections,
    size_max_connections,
)
from tenfold.topology.edge import size_edge
from tenfold.topology.ladder import build_ladder
from tenfold.topology.memory import (
    check_memory,
    limit_worker,
    list_fixed_shares,
    list_project_shares,
    needed_memory,
    read_budget,
    share_among_workers,
    size_database_memory,
)
from tenfold.topology.model import DatabaseSize, Number, Topology, Wishes
from tenfold.topology.tasks import size_tasks
from tenfold.topology.workers import size_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.topology.databases import ConnectionPlan
    from tenfold.topology.memory import DatabaseMemory
    from tenfold.topology.model import Machine, TimeoutLadder, Work

LEAST_FILES = 256
"""Open files of a process; with fewer, servers cannot keep the connections of even one core."""
_NO_WISHES = Wishes()


def size(machine: Machine, work: Work, wishes: Wishes = _NO_WISHES) -> Topology:
    """The topology of a project's `work` on a `machine`.

    As many cores' worth of processes as memory and open files have room for. Raises TopologyError, with the
    sum, when not even one core's worth fits, when connections do not, and for wishes that contradict.
    """
    _check_wishes(machine, wishes)
    budget = read_budget(machine, wishes)
    scarce = ""
    for cores in range(machine.cores, 0, -1):
        made = _size_for(cores, machine, work, wishes=wishes, budget=budget)
        lacks = _name_scarce(made)
        if not lacks:
            break
        scarce = scarce or lacks
    check_memory(made, wishes)
    check_connections(made)
    _check_files(made)
    return _explain_fewer(made, cores, scarce) if scarce else made


def _name_scarce(topology: Topology) -> str:
    """What there is too little of, "" when all processes fit."""
    if needed_memory(topology) > topology.memory_budget.whole:
        return "memory"
    if any(need.files > topology.machine.open_files for need in _list_file_needs(topology)):
        return "open files"
    return ""


def _size_for(cores: int, machine: Machine, work: Work, *, wishes: Wishes, budget: Number) -> Topology:
    app, tasks = size_app(cores, work, wishes, machine=machine), size_tasks(cores, work, wishes)
    timeouts = build_ladder(work, wishes, worker_class=str(app.worker_class.value))
    plan = plan_connections(cores, work, wishes, app=app, tasks=tasks)
    settings = size_database_memory(budget, work, plan.openers)
    cache = size_cache(machine, budget=budget, clients=plan.clients)
    edge = size_edge(machine, cores, budget=budget)
    fixed = tuple(list_fixed_shares(budget, work, database=settings, cache=cache, edge=edge))
    left = budget.whole - sum(share.mebibytes for share in fixed)
    each = share_among_workers(left, work, app=app, tasks=tasks)
    return Topology(
        machine=machine,
        work=work,
        app=replace(app, memory=limit_worker(each)),
        database=_size_database(plan, settings, wishes=wishes, timeouts=timeouts),
        cache=cache,
        tasks=replace(tasks, memory=limit_worker(each)),
        edge=edge,
        timeouts=timeouts,
        openers=plan.openers,
        memory=(*fixed, *list_project_shares(work, app=app, tasks=tasks, each=each)),
        memory_budget=budget,
    )


def _size_database(
    plan: ConnectionPlan, settings: DatabaseMemory, *, wishes: Wishes, timeouts: TimeoutLadder
) -> DatabaseSize:
    wait = min(POOL_TIMEOUT, timeouts.lock.seconds)
    clients = total(plan.pooled)
    return DatabaseSize(
        max_connections=size_max_connections(plan, wishes),
        shared_buffers=settings.shared_buffers,
        effective_cache_size=settings.effective_cache_size,
        work_mem=settings.work_mem,
        maintenance_work_mem=settings.maintenance_work_mem,
        connections=plan.kept,
        pool_min=Number(1, "kept open in each process; a task's child needs no more", "connections"),
        pool_max=Number(plan.pool_max, "what one process asks for at once", "connections"),
        pool_timeout=Number(
            int(wait) if wait == int(wait) else wait,
            "an exhausted pool ends in an error, not in a hang of 30",
            "s",
        ),
        pooler_pool=Number(
            plan.server_pool, "all clients at once, or four a core: more run no faster", "connections"
        ),
        pooler_reserve=Number(
            plan.server_reserve, "a quarter more when a client waits too long", "connections"
        ),
        pooler_clients=Number(
            2 * clients + 20, f"twice the {clients} of the project, 20 for people", "connections"
        ),
    )


def _check_wishes(machine: Machine, wishes: Wishes) -> None:
    for name in ("workers", "threads", "worker_concurrency", "max_connections", "memory"):
        value = getattr(wishes, name)
        if value is not None and value < 1:
            raise TopologyError(
                f"{name.replace('_', '-')} = {value} runs nothing: one is the least.",
                next_step="Leave it out of [tool.tenfold.up] to have it sized.",
            )
    if machine.cores < 1:
        raise TopologyError(f"A machine of {machine.cores} cores runs nothing.")


@dataclass(frozen=True, slots=True)
class _FileNeed:
    """Open files that one process must be granted, and their sum in words."""

    who: str
    files: int
    sum_text: str


def _list_file_needs(topology: Topology) -> Iterator[_FileNeed]:
    yield _FileNeed("the stack", LEAST_FILES, f"{LEAST_FILES} at least")
    admitted = topology.cache.max_clients.whole
    yield _FileNeed("the cache", admitted + OWN_FILES, f"{admitted} clients + {OWN_FILES} of its own")
    if topology.work.pooler:
        size, databases = topology.database, max(1, topology.work.databases)
        clients, pool, reserve = (
            number.whole for number in (size.pooler_clients, size.pooler_pool, size.pooler_reserve)
        )
        text = f"{clients} clients + ({pool} + {reserve}) server connections x {databases} databases + {OWN_FILES}"
        yield _FileNeed("PgBouncer", clients + (pool + reserve) * databases + OWN_FILES, text)


def _check_files(topology: Topology) -> None:
    """Raises TopologyError, with the sum, when a process needs more open files than one may have."""
    limit = topology.machine.open_files
    for need in _list_file_needs(topology):
        if need.files > limit:
            raise TopologyError(
                f"A process may open {limit} files; {need.who} needs {need.files}.",
                why=f"  {need.sum_text} = {need.files}",
                next_step="Raise the hard limit of open files (`ulimit -Hn`, LimitNOFILE of a unit), or set"
                " workers, threads or worker-concurrency lower in [tool.tenfold.up].",
            )


def _explain_fewer(topology: Topology, cores: int, scarce: str) -> Topology:
    """The same, with word of what kept processes from being one a core."""
    why = f"{scarce} for {cores} of {topology.machine.cores} cores' processes"
    app, tasks, edge = topology.app, topology.tasks, topology.edge
    return replace(
        topology,
        app=replace(app, workers=_add_reason(app.workers, why)),
        tasks=replace(tasks, concurrency=_add_reason(tasks.concurrency, why)),
        edge=replace(edge, processes=_add_reason(edge.processes, why)),
    )


def _add_reason(number: Number, why: str) -> Number:
    if number.reason.startswith("as configured"):
        return number
    return replace(number, reason=f"{number.reason}; {why}")
