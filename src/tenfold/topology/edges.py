"""The edge: nginx's processes, connections, open files and limits; the cache's clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.errors import TopologyError
from tenfold.topology.model import EdgeSize, Number

if TYPE_CHECKING:
    from tenfold.topology.memory import Budget
    from tenfold.topology.model import AppSize, Machine, TaskSize, Work

MOST_PROCESSES = 16
MOST_CONNECTIONS = 4096
OTHER_FILES = 64
"""Files of one nginx process beside its connections: listeners, logs, pages being cached."""
LEAST_FILES = 256
"""Open files below which PostgreSQL itself does not start well (it wants 64 beside its connections)."""
RATE = 100
VALKEY_FILES = 32
"""Files that Valkey keeps for itself. https://valkey.io/topics/clients/"""


def size_edge(machine: Machine, cores: int, *, app: AppSize, budget: Budget) -> EdgeSize:
    """nginx beside the application it stands before. Raises TopologyError when too few files may be open."""
    if machine.open_files < LEAST_FILES:
        raise TopologyError(
            f"A process may open {machine.open_files} files; the stack needs {LEAST_FILES}.",
            why="Each connection of the edge takes two: one to the client, one to the application.",
            next_step="Raise the hard limit: `ulimit -Hn 65536`, or LimitNOFILE of the unit that starts it.",
        )
    processes = min(cores, MOST_PROCESSES)
    by_memory = max(64, budget.mebibytes * 2 // processes)
    connections = min(MOST_CONNECTIONS, by_memory, (machine.open_files - OTHER_FILES) // 2)
    files = 2 * connections + OTHER_FILES
    at_once = app.workers.whole * app.threads.whole
    return EdgeSize(
        processes=Number(
            processes, "one a core; each answers 30,000 requests a second from a file", "processes"
        ),
        connections=Number(connections, _explain_connections(connections, machine.open_files), "connections"),
        open_files=Number(
            files,
            f"2 x {connections} connections + {OTHER_FILES}; the hard limit is {machine.open_files}",
            "files",
        ),
        keepalive=Number(
            max(8, min(64, 2 * at_once)),
            f"twice the {at_once} requests that an instance handles at once, 8 to 64",
            "connections",
        ),
        rate=Number(
            RATE, "a page asks for 20 to 100 things a second; 6 % of what one core answers", "requests/s"
        ),
        burst=Number(
            2 * RATE, "two seconds' worth at once: a browser opens a page with everything on it", "requests"
        ),
        page_cache=Number(
            max(64, min(1024, budget.mebibytes // 16)),
            "1/16 of the memory: the kernel keeps the hot ones there",
            "MiB",
        ),
    )


def _explain_connections(connections: int, open_files: int) -> str:
    if connections == MOST_CONNECTIONS:
        return "to clients and to the application together: 2,000 clients a process"
    if connections == (open_files - OTHER_FILES) // 2:
        return f"half of the {open_files} files that may be open: each request takes two"
    return "16 kB each, a thirty-second of the memory"


def size_cache_clients(machine: Machine, work: Work, *, app: AppSize, tasks: TaskSize) -> Number:
    """Connections that the cache admits. Raises TopologyError when its processes may not open as many files."""
    at_once = 10 if work.interface == "asgi" else app.threads.whole
    processes = (app.instances.whole + 1) * app.workers.whole * at_once
    processes += tasks.concurrency.whole if work.tasks else 0
    needed = 2 * processes + VALKEY_FILES
    if needed + VALKEY_FILES > machine.open_files:
        raise TopologyError(
            f"The cache needs {needed + VALKEY_FILES} open files; a process may open {machine.open_files}.",
            why=f"  2 x {processes} threads of the project + 2 x {VALKEY_FILES} of its own = {needed + VALKEY_FILES}",
            next_step="Set workers or threads lower in [tool.tenfold.up], or raise the hard limit of open files.",
        )
    admitted = min(10_000, max(needed, machine.open_files - VALKEY_FILES))
    return Number(
        admitted, f"{processes} threads with two each need {needed}; 10,000 is the default", "connections"
    )
