"""Which programs that were not found are missed: those that would run if they were there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.stack.catalogue import plan_services
from tenfold.stack.service import Binary
from tenfold.topology.wishes import settle_pooling

if TYPE_CHECKING:
    from collections.abc import Collection

    from tenfold.stack.site import Site


def missed_programs(site: Site, absent: Collection[str]) -> frozenset[str]:
    """Those of `absent` that some service of the site would run. What nobody asked for is not among them."""
    found = {name: Binary(name, name, "", "") for name in absent}
    database = site.topology.database
    if settle_pooling(site.topology.work, site.config, pgbouncer=True).pooler:
        database = replace(database, connections=replace(database.connections, value="pgbouncer"))
    topology = replace(site.topology, database=database)
    full = replace(site, binaries={**site.binaries, **found}, topology=topology)
    used = {service.binary.name for service in plan_services(full) if service.binary}
    return frozenset(used & set(absent))
