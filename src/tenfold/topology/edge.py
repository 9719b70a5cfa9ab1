"""The edge: nginx's processes, connections, open files and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.topology.model import EdgeSize, Number
from tenfold.topology.open_files import fitting_connections, granted_files

if TYPE_CHECKING:
    from tenfold.topology.model import Machine

MOST_PROCESSES = 16
"""Sixteen answer half a million requests a second; whoever has more cores needs them for the application."""
MOST_CONNECTIONS = 4096
LEAST_CONNECTIONS = 64
CONNECTIONS_PER_MEBIBYTE = 64
"""16 kB each: TLS state and header buffers. An idle plain one takes a quarter of a kilobyte.
https://nginx.org/en/"""
KEEPALIVE = 64
"""For each of nginx's processes, as many as are on their way in a busy second; an idle one costs a descriptor."""
RATE = 100
"""Requests a second of one client address: see its reason."""


def size_edge(machine: Machine, cores: int, *, budget: Number) -> EdgeSize:
    """nginx beside the application that it stands before."""
    processes = min(cores, MOST_PROCESSES)
    by_memory = max(LEAST_CONNECTIONS, budget.whole // 32 * CONNECTIONS_PER_MEBIBYTE // processes)
    by_files = fitting_connections(machine.open_files)
    connections = min(MOST_CONNECTIONS, by_memory, by_files)
    return EdgeSize(
        processes=Number(processes, _explain_processes(processes), "processes"),
        connections=Number(
            connections, _explain_connections(connections, by_memory, by_files), "connections"
        ),
        open_files=Number(
            min(machine.open_files, granted_files(connections)),
            f"a request takes two: {connections} connections need {2 * connections}, twice that or the hard"
            f" limit of {machine.open_files} is granted",
            "files",
        ),
        keepalive=Number(
            KEEPALIVE,
            "each request that waits for the application holds one: with 8 to spare nginx spent 28.5 us on a"
            " request, with 64 20.8 us",
            "connections",
        ),
        rate=Number(
            RATE,
            "a page asks for 20 to 100 things a second; 6 % of the 1,705 that a core answers",
            "requests/s",
        ),
        burst=Number(
            2 * RATE, "two seconds' worth at once: a browser opens a page with all on it", "requests"
        ),
        page_cache=Number(
            max(64, min(1024, budget.whole // 16)),
            "1/16 of the memory: the kernel keeps the hot ones",
            "MiB",
        ),
    )


def _explain_processes(processes: int) -> str:
    if processes == MOST_PROCESSES:
        return f"{MOST_PROCESSES} answer half a million requests a second: more are of no use"
    return "one a core: each sent 31,900 static files a second"


def _explain_connections(connections: int, by_memory: int, by_files: int) -> str:
    if connections == by_files:
        return "half of the files that may be open: a proxied request takes two"
    if connections == by_memory:
        return "a 32nd of the memory, at 16 kB each"
    return "2,048 clients a process, each with its connection to the application"
