"""The cache: its memory and the connections that it admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.topology.model import CacheSize, Number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.topology.connections import Opener
    from tenfold.topology.model import Machine

OWN_FILES = 32
"""Files that Valkey keeps for itself beside its clients. https://valkey.io/topics/clients/"""
MOST_CLIENTS = 10_000
"""Valkey's default."""
PER_THREAD = 2
"""Connections of one thread: Django's pools for the cache and for sessions keep one each."""


def size_cache(machine: Machine, *, budget: Number, clients: Iterable[Opener]) -> CacheSize:
    """The cache beside the `clients` that use it."""
    needed = PER_THREAD * sum(client.at_once for client in clients) + OWN_FILES
    admitted = max(needed, min(MOST_CLIENTS, machine.open_files - OWN_FILES))
    why = f"{PER_THREAD} for each thread of the project, which makes {needed}; 10,000 is the default"
    return CacheSize(
        max_memory=Number(
            max(16, min(4096, budget.whole // 20)),
            "1/20 of the memory; then the least used make room",
            "MiB",
        ),
        max_clients=Number(admitted, why, "connections"),
    )
