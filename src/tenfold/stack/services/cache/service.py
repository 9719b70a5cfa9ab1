"""The cache: Valkey or Redis without persistence, bounded, forgetting what is used least; or memcached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.addresses import LOOPBACK
from tenfold.stack.service import Answers, BinaryNeed, Command, Service
from tenfold.stack.services.valkey import VALKEY, Store, plan_valkey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.stack.site import Site, Wanted
    from tenfold.topology.model import CacheSize

MEMCACHED = BinaryNeed(name="memcached", programs=("memcached",), package="memcached", without="Valkey")
NEEDS = (VALKEY, MEMCACHED)
THREADS = 2
"""Of memcached; its default of 4 is for a machine of its own."""


def ports(wanted: Wanted) -> tuple[str, ...]:
    return () if wanted.config.cache == "keep" else ("cache",)


def plan(site: Site) -> Iterator[Service]:
    """Nothing where the project keeps its caches. Raises TenfoldError without the program."""
    if site.config.cache == "keep":
        return
    if site.config.cache == "memcached":
        yield _plan_memcached(site)
        return
    size = site.topology.cache
    store = Store(
        port=site.ports["cache"],
        folder=site.path("data/cache"),
        memory=size.max_memory.whole,
        clients=size.max_clients.whole,
        evicts=True,
        persists=False,
    )
    yield plan_valkey(site, "cache", store, binary=site.program(VALKEY))


def memcached_words(size: CacheSize, *, port: int, address: str = LOOPBACK) -> tuple[str, ...]:
    """After `memcached`, for any place that runs it. Without UDP, which can be used to flood others."""
    sizes = ("-m", str(size.max_memory.whole), "-c", str(size.max_clients.whole), "-t", str(THREADS))
    return ("-l", address, "-p", str(port), "-U", "0", *sizes)


def _plan_memcached(site: Site) -> Service:
    binary = site.program(MEMCACHED, wanted_by='`cache = "memcached"`')
    port, size = site.ports["cache"], site.topology.cache
    return Service(
        name="cache",
        kind="cache",
        title=f"memcached {binary.version}".rstrip(),
        command=Command((binary.path, *memcached_words(size, port=port)), unprivileged=True),
        ready=Answers(port=port, send="version\r\n", expect="VERSION"),
        address=f"{LOOPBACK}:{port}",
        binary=binary,
        start_seconds=30.0,
        open_files=size.max_clients.whole + 32,
    )
