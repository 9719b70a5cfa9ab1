"""The configuration files of the stack's servers for other places, by the renderers of their services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.stack.addresses import DATABASE
from tenfold.stack.services.edge.config import EdgeConfig, render_edge
from tenfold.stack.services.edge.service import IDLE_MARGIN, LEAST_IDLE
from tenfold.stack.services.pooler.configuration import Between, render_pooler
from tenfold.stack.services.postgres.configuration import Listening, render_access, render_settings
from tenfold.stack.services.valkey import Store, render_valkey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenfold.stack.export.input import ExportInput

PRIVATE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""Where a balancer before nginx stands. https://datatracker.ietf.org/doc/html/rfc1918"""
EDGE_VERSION = (1, 28, 0)
"""Of the nginx image that the exports name."""
DEBIAN_EDGE_VERSION = (1, 22, 0)
"""Of Debian 12, the oldest that hosts are expected to have."""

ABILITIES = frozenset({"stub_status", "gzip_static"})
"""Of the image and of Debian's packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgePlace:
    """Where nginx finds what it needs on one engine. Absolute paths."""

    backends: tuple[str, ...]
    static: str = ""
    media: str = ""
    certificate: str = ""
    key: str = ""
    http: str = "80"
    https: str = "443"
    """ "" where something before it does TLS."""
    pid: str = "/run/nginx.pid"
    temporary: str = "/var/lib/nginx"
    cache: str = ""
    access_log: str = "/var/log/nginx/access.log"
    user: str = ""
    hsts: str = ""
    version: tuple[int, ...] = EDGE_VERSION
    names: tuple[str, ...] = ()
    """Host names that it answers to; () for those of the project."""
    limited: bool = True
    """Whether it limits the rate of a client: not where it does not see the client's own address."""
    processes: int = 0
    """nginx's own processes; 0 for the topology's."""


def nginx_text(one: ExportInput, place: EdgePlace) -> str:
    """nginx.conf."""
    edge, timeouts = one.topology.edge, one.topology.timeouts
    return render_edge(
        EdgeConfig(
            version=place.version,
            abilities=ABILITIES,
            user=place.user,
            processes=place.processes or edge.processes.whole,
            connections=edge.connections.whole,
            open_files=edge.open_files.whole,
            pid=place.pid,
            access_log=place.access_log,
            temporary=place.temporary,
            mime_types="/etc/nginx/mime.types",
            http=place.http,
            https=place.https,
            names=place.names or one.hosts,
            certificate=place.certificate if place.https else "",
            certificate_key=place.key if place.https else "",
            backends=place.backends,
            balance="least_conn",
            trusted_proxies=PRIVATE_NETWORKS if not place.https else (),
            hsts=place.hsts,
            keepalive=edge.keepalive.whole,
            keepalive_seconds=max(LEAST_IDLE, int(one.topology.app.keepalive.seconds) - IDLE_MARGIN),
            connect_seconds=timeouts.connect.seconds,
            read_seconds=timeouts.edge.seconds,
            shutdown_seconds=timeouts.graceful.seconds,
            websockets=one.topology.work.interface == "asgi",
            forwarded_proto="$scheme" if place.https else "$http_x_forwarded_proto",
            rate=edge.rate.whole if place.limited else 0,
            burst=edge.burst.whole if place.limited else 0,
            static_url=one.static_url,
            static_folders=(place.static,) if place.static else (),
            media_url=one.media_url,
            media_folders=(place.media,) if place.media else (),
            cache_folder=place.cache,
            cache_mebibytes=edge.page_cache.whole,
        )
    )


def postgres_text(
    one: ExportInput, *, access: str = "", addresses: str = "*", sockets: str = "/var/run/postgresql"
) -> str:
    """postgresql.conf."""
    return _unsigned(render_settings(one.topology, Listening(5432, addresses, sockets), access_file=access))


_OPERATED = (
    *("max_connections", "shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem"),
    *("min_wal_size", "max_wal_size", "checkpoint_timeout", "wal_compression", "max_slot_wal_keep_size"),
    *("random_page_cost", "jit", "log_min_duration_statement", "log_lock_waits", "log_temp_files"),
    *("log_autovacuum_min_duration", "track_io_timing"),
)
"""Settings that CloudNativePG leaves to its users; it sets the others itself.
https://cloudnative-pg.io/documentation/current/postgresql_conf/"""


def operator_parameters(one: ExportInput) -> tuple[tuple[str, str], ...]:
    """The same settings for PostgreSQL's operator: (name, value)."""
    lines = (line.partition(" = ") for line in postgres_text(one).splitlines())
    found = {name: value.strip("'") for name, _, value in lines}
    return tuple((name, found[name]) for name in _OPERATED if name in found)


def access_text(*, local: str = "trust", networks: Iterable[str] = ()) -> str:
    """pg_hba.conf."""
    return _unsigned(render_access(local=local, networks=(*networks, "127.0.0.1/32", "::1/128")))


@dataclass(frozen=True, slots=True)
class PoolerPlace:
    """Where PgBouncer finds its server and its users' passwords, and who may come."""

    host: str
    users: str
    access: str
    port: int = 5432
    sockets: str = ""
    addresses: str = "*"


def pgbouncer_text(one: ExportInput, place: PoolerPlace) -> str:
    """pgbouncer.ini, for 1.21 and later."""
    between = Between(
        port=6432,
        server_host=place.host,
        server_port=place.port,
        database=DATABASE,
        access_file=place.access,
        users_file=place.users,
        addresses=place.addresses,
        sockets=place.sockets,
    )
    return _unsigned(render_pooler(one.topology, between, prepares=True))


def pooler_access_text(networks: Iterable[str] = PRIVATE_NETWORKS) -> str:
    """PgBouncer's hba file: it knows no "samenet"."""
    return _unsigned(render_access(networks=(*networks, "127.0.0.1/32", "::1/128"), replication=False))


def cache_text(one: ExportInput, *, folder: str, address: str = "*", port: int = 6379) -> str:
    """valkey.conf of the cache. Open to whoever reaches it unless it listens on this machine alone: the
    engine's network keeps others out."""
    size = one.topology.cache
    store = Store(
        port=port,
        folder=folder,
        memory=size.max_memory.whole,
        clients=size.max_clients.whole,
        evicts=True,
        persists=False,
        address=address,
        guarded=address.startswith("127."),
    )
    return _unsigned(render_valkey(store))


def broker_text(one: ExportInput, *, folder: str, address: str = "*", port: int = 6379) -> str:
    """valkey.conf of the broker: it refuses tasks rather than to forget any."""
    store = Store(
        port=port,
        folder=folder,
        memory=one.mebibytes("broker"),
        clients=one.topology.cache.max_clients.whole,
        evicts=False,
        persists=True,
        address=address,
        guarded=address.startswith("127."),
    )
    return _unsigned(render_valkey(store))


def _unsigned(text: str) -> str:
    """Without the line that says who wrote it: the seal of the export says so."""
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if first.startswith(("# Written by", "; Written by")) else text
