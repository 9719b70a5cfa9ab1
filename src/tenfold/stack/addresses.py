"""Where the parts of a stack are reached: one place, for services, overlay and exports alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.stack.site import Site

USER = "tenfold"
DATABASE = "app"
LOOPBACK = "127.0.0.1"


def database_host(site: Site) -> str:
    """The host that clients name: the folder of the socket, or the loopback address."""
    return site.path("run") if site.sockets else LOOPBACK


def database_url(site: Site, *, port: str = "postgres", name: str = DATABASE) -> str:
    """A URL that every driver reads: over TCP, with the password."""
    return f"postgres://{USER}:{site.secrets['database']}@{LOOPBACK}:{site.ports[port]}/{name}"


def cache_url(site: Site, *, database: int = 0) -> str:
    """Valkey, for caches and sessions. A database number of its own for each use."""
    return f"redis://{LOOPBACK}:{site.ports['cache']}/{database}"


def broker_url(site: Site) -> str:
    """The task queue's broker: Valkey of its own (nothing may be evicted from a queue), or RabbitMQ."""
    if site.config.broker == "rabbitmq":
        return f"amqp://{USER}:{site.secrets['broker']}@{LOOPBACK}:{site.ports['broker']}//"
    return f"redis://{LOOPBACK}:{site.ports['broker']}/0"


def public_url(site: Site) -> str:
    """What a person opens."""
    return f"https://localhost:{site.ports['https']}/"


def app_names(site: Site) -> tuple[str, ...]:
    """The application's instances: "app-1", "app-2", ..."""
    return tuple(f"app-{number}" for number in range(1, site.topology.app.instances.whole + 1))
