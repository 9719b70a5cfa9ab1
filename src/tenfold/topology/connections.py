"""The sum of database connections that processes can open, against what the server admits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_CONNECTIONS = 100
"""PostgreSQL's default. https://www.postgresql.org/docs/current/runtime-config-connection.html"""
RESERVED = 13
"""Kept free: 3 for superusers (PostgreSQL's default) and ten for migrations, shells and monitoring."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Something that opens connections: `processes` x `threads` in each of `replicas`, to each of
    `databases`."""

    name: str
    processes: int
    threads: int
    replicas: int = 1
    databases: int = 1

    @property
    def at_once(self) -> int:
        """Threads that work at the same time."""
        return self.processes * self.threads * self.replicas

    @property
    def connections(self) -> int:
        """Most connections it holds at once: Django keeps one per thread and database."""
        return self.at_once * self.databases

    def __str__(self) -> str:
        times = f" x {self.replicas} replicas" if self.replicas > 1 else ""
        times += f" x {self.databases} databases" if self.databases > 1 else ""
        processes, threads = _count(self.processes, "process", "es"), _count(self.threads, "thread", "s")
        return f"{self.name}: {processes} x {threads}{times} = {self.connections}"


def _count(number: int, thing: str, ending: str) -> str:
    return f"{number} {thing}{'' if number == 1 else ending}"


def held_by_pool(threads: int, *, smallest: int, largest: int) -> int:
    """Connections that one process holds through a pool: what its threads ask for at once, within the
    pool's bounds. The smallest number is open even when nobody asks."""
    return max(smallest, min(threads, largest))


def total(openers: Iterable[Opener]) -> int:
    """Most connections that all of them hold at once."""
    return sum(opener.connections for opener in openers)


def room(maximum: int = MAX_CONNECTIONS) -> int:
    """Connections that the application may use of the server's `maximum`."""
    return max(0, maximum - RESERVED)
