"""Size a production topology: machine + work + wishes -> numbers, each with its reason, every sum checked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.connections import total
from tenfold.topology.databases import POOL_TIMEOUT, plan_connections, size_max_connections
from tenfold.topology.edges import size_cache_clients, size_edge
from tenfold.topology.ladder import build_ladder
from tenfold.topology.memory import (
    check_memory,
    limit_worker,
    list_fixed_shares,
    list_project_shares,
    read_budget,
    share_among_workers,
    size_cache,
    size_database_memory,
)
from tenfold.topology.model import CacheSize, DatabaseSize, Number, Topology, Wishes
from tenfold.topology.tasks import size_tasks
from tenfold.topology.workers import size_app

if TYPE_CHECKING:
    from tenfold.topology.databases import ConnectionPlan
    from tenfold.topology.memory import Budget, DatabaseMemory
    from tenfold.topology.model import Machine, TimeoutLadder, Work

_NO_WISHES = Wishes()


def size(machine: Machine, work: Work, wishes: Wishes = _NO_WISHES) -> Topology:
    """The topology of a project's `work` on a `machine`.

    As many cores' worth of processes as the memory has room for. Raises TopologyError, with the sum, when
    not even one core's worth fits, when connections or open files do not, and for wishes that contradict.
    """
    _check_wishes(machine, wishes)
    budget = read_budget(machine, wishes)
    for cores in range(machine.cores, 0, -1):
        made = _size_for(cores, machine, work, wishes=wishes, budget=budget)
        if cores == 1 or sum(share.mebibytes for share in made.memory) <= budget.mebibytes:
            break
    check_memory(made.memory, budget, wishes)
    return made


def _size_for(cores: int, machine: Machine, work: Work, *, wishes: Wishes, budget: Budget) -> Topology:
    app, tasks = size_app(cores, work, wishes), size_tasks(cores, work, wishes)
    timeouts = build_ladder(wishes, server=work.server)
    plan = plan_connections(cores, work, app=app, tasks=tasks)
    settings = size_database_memory(budget, work, plan.openers)
    cache = CacheSize(size_cache(budget), size_cache_clients(machine, work, app=app, tasks=tasks))
    edge = size_edge(machine, cores, app=app, budget=budget)
    fixed = tuple(list_fixed_shares(budget, work, database=settings, cache=cache.max_memory.whole, edge=edge))
    left = budget.mebibytes - sum(share.mebibytes for share in fixed)
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
    )


def _size_database(
    plan: ConnectionPlan, settings: DatabaseMemory, *, wishes: Wishes, timeouts: TimeoutLadder
) -> DatabaseSize:
    wait = min(POOL_TIMEOUT, timeouts.statement.seconds)
    clients = total(plan.clients)
    return DatabaseSize(
        max_connections=size_max_connections(plan, wishes),
        shared_buffers=settings.shared_buffers,
        effective_cache_size=settings.effective_cache_size,
        work_mem=settings.work_mem,
        maintenance_work_mem=settings.maintenance_work_mem,
        connections=plan.kept,
        pool_min=Number(1, "kept open in each process, task children too, which need one", "connections"),
        pool_max=Number(plan.pool_max, "what the threads of one process ask for at once", "connections"),
        pool_timeout=Number(wait, "an exhausted pool must show in a request's time; the default is 30", "s"),
        pooler_pool=Number(
            plan.server_pool, "all clients at once, or four a core (8 at least)", "connections"
        ),
        pooler_reserve=Number(
            plan.server_reserve, "a quarter more when a client waited too long", "connections"
        ),
        pooler_clients=Number(
            2 * clients + 20, f"twice the {clients} of the project, 20 for people", "connections"
        ),
    )


def _check_wishes(machine: Machine, wishes: Wishes) -> None:
    for name in ("workers", "threads", "worker_concurrency", "max_connections"):
        value = getattr(wishes, name)
        if value is not None and value < 1:
            raise TopologyError(
                f"{name.replace('_', '-')} = {value}: there must be one at least.",
                next_step="Take it out of [tool.tenfold.up] to have it sized.",
            )
    if machine.cores < 1:
        raise TopologyError(f"A machine with {machine.cores} cores cannot run anything.")
