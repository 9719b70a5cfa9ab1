"""The broker: a Valkey that never forgets a task, or RabbitMQ; only for a project with Celery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.services.broker.rabbitmq import RABBITMQ, plan_rabbitmq, rabbitmq_ports
from tenfold.stack.services.valkey import VALKEY, Store, plan_valkey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.service import Service
    from tenfold.stack.site import Site, Wanted

NEEDS = (VALKEY, RABBITMQ)


def ports(wanted: Wanted) -> tuple[str, ...]:
    if not wanted.shape.celery:
        return ()
    return ("broker", *(rabbitmq_ports() if wanted.config.broker == "rabbitmq" else ()))


def plan(site: Site) -> Iterator[Service]:
    """Nothing without Celery. Raises TenfoldError without the program."""
    if not site.shape.celery:
        return
    if site.config.broker == "rabbitmq":
        binary = site.program(RABBITMQ, wanted_by='`broker = "rabbitmq"`')
        yield from plan_rabbitmq(site, binary, memory=memory_share(site))
        return
    store = Store(
        port=site.ports["broker"],
        folder=site.path("data/broker"),
        memory=memory_share(site),
        clients=site.topology.cache.max_clients.whole,
        evicts=False,
        persists=True,
    )
    yield plan_valkey(site, "broker", store, binary=site.program(VALKEY))


def memory_share(site: Site) -> int:
    """MiB that the topology gives to the broker; 0 for no limit."""
    return next((one.mebibytes for one in site.topology.memory if one.service == "broker"), 0)
