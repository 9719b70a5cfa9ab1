"""A topology for people and machines: every number with its reason, and the sums behind them."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tenfold.topology.connections import RESERVED, total
from tenfold.topology.databases import explain_sum
from tenfold.topology.ladder import list_steps
from tenfold.topology.memory import MEBIBYTE, explain_shares, needed_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.topology.model import Machine, Number, Topology, Work

_TITLES = (
    ("edge", "Edge (nginx)"),
    ("app", "Application servers"),
    ("timeouts", "Timeouts"),
    ("database", "Database (PostgreSQL)"),
    ("cache", "Cache"),
    ("tasks", "Task worker (Celery)"),
)


def explain_topology(topology: Topology) -> Iterator[str]:
    """Lines of text; one a number, then the ladder and the sums of connections and memory."""
    yield f"Topology for {describe_machine(topology.machine)}: {describe_work(topology.work)}."
    titles = dict(_TITLES)
    for section, members in groupby(topology.numbers(), key=lambda one: one[0].partition(".")[0]):
        if section == "tasks" and not topology.work.tasks:
            continue
        yield ""
        yield titles[section]
        yield from _align([(name.partition(".")[2], number) for name, number in members])
    yield ""
    yield "Ladder of timeouts: " + " > ".join(
        f"{s.name} {s.seconds:g} s" for s in list_steps(topology.timeouts)
    )
    yield ""
    yield "Sum of database connections"
    yield from explain_sum(topology)
    yield ""
    yield "Sum of memory"
    yield from explain_shares(topology)


def topology_data(topology: Topology) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "machine": asdict(topology.machine),
        "work": asdict(topology.work),
        "numbers": {
            name: {"value": number.value, "unit": number.unit, "reason": number.reason}
            for name, number in topology.numbers()
        },
        "ladder": [asdict(step) for step in list_steps(topology.timeouts)],
        "connections": {
            "openers": [asdict(o) | {"connections": o.connections} for o in topology.openers],
            "reserved": RESERVED,
            "sum": total(topology.openers) + RESERVED,
            "admitted": topology.database.max_connections.whole,
        },
        "memory": {
            "shares": [asdict(share) for share in topology.memory],
            "sum": needed_memory(topology),
            "budget": topology.memory_budget.whole,
            "reason": topology.memory_budget.reason,
        },
    }


def describe_machine(machine: Machine) -> str:
    """ "2 cores, 4,096 MiB of memory, 65,536 open files"."""
    cores = f"{machine.cores} core{'' if machine.cores == 1 else 's'}"
    return f"{cores}, {machine.memory // MEBIBYTE:,} MiB of memory, {machine.open_files:,} open files"


def describe_work(work: Work) -> str:
    """ "WSGI under granian, with Celery, 1 replica"."""
    parts = [f"{work.interface.upper()} under {work.server}"]
    if work.waits:
        parts.append("views that wait for others")
    if work.tasks:
        parts.append("with Celery")
    if work.pooler:
        parts.append("PgBouncer between")
    if work.databases != 1:
        parts.append(f"{work.databases} databases")
    parts.append(f"{work.replicas or 'no'} replica{'' if work.replicas == 1 else 's'}")
    return ", ".join(parts)


def _align(members: list[tuple[str, Number]]) -> Iterator[str]:
    names = max(len(name) for name, _ in members)
    values = max(len(str(number)) for _, number in members)
    for name, number in members:
        yield f"  {name.replace('_', ' '):{names}}  {number!s:{values}}  {number.reason}"
