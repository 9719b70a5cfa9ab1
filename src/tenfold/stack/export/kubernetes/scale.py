"""How many Pods of the application the database's connections allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.topology.connections import RESERVED

if TYPE_CHECKING:
    from tenfold.topology.model import Topology


@dataclass(frozen=True, slots=True)
class Pods:
    least: int
    most: int
    why: str


def count_pods(topology: Topology) -> Pods:
    """From the topology's instances up to what the connections bear; a rollout's one Pod more is counted in."""
    app, database = topology.app, topology.database
    least = app.instances.whole
    each = max(1, app.workers.whole * app.threads.whole)
    if database.connections.value == "pgbouncer":
        clients = database.pooler_clients.whole
        others = _of_tasks(topology)
        most = (clients - others) // each - 1
        why = f"PgBouncer takes {clients} clients, {others} of others, {each} a Pod, one less for rollouts."
    else:
        each = max(1, app.workers.whole * database.pool_max.whole)
        held = sum(one.connections for one in topology.openers if not one.name.startswith("app"))
        most = (database.max_connections.whole - RESERVED - held) // each - 1
        why = (
            f"PostgreSQL admits {database.max_connections.whole}: less {RESERVED} kept free and {held} of others,"
            f" / {each} a Pod, one less for rollouts. Raise max-connections or put a pooler between for more."
        )
    return Pods(least, max(least, most), why)


def _of_tasks(topology: Topology) -> int:
    return topology.tasks.concurrency.whole + 1 if topology.work.tasks else 0
