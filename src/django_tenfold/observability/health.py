"""Whether this host should get requests: what each part says, and what follows from it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.core.signals import setting_changed
from django.db import connections

from django_tenfold.observability.database_state import connect_to_ask, state_probe
from django_tenfold.observability.draining import is_draining
from django_tenfold.observability.probe import Probe, read_all
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_tenfold.observability.database_state import DatabaseState
    from django_tenfold.observability.settings import ObservabilityOptions

OK = "ok"
CACHE_KEY = "tenfold:readyz"


@dataclass(frozen=True, slots=True)
class Part:
    """One part's answer."""

    name: str
    """ "database default"."""
    state: str
    """ "ok", or what is wrong in words that tell nothing to strangers."""
    needed: bool
    """Whether the host is not ready without it."""
    more: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """All parts together."""

    parts: tuple[Part, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the host is not ready, nothing when it is."""
        return tuple(f"{part.name}: {part.state}" for part in self.parts if part.needed and part.state != OK)

    @property
    def degraded(self) -> tuple[str, ...]:
        """What is wrong while the host stays ready."""
        return tuple(
            f"{part.name}: {part.state}" for part in self.parts if not part.needed and part.state != OK
        )


def read_health(*, everything: bool = False) -> Health:
    """What is known now, within about `ready_seconds`; `everything` asks the parts that change nothing, too."""
    chosen = options()
    return Health(tuple(_list_parts(chosen, everything=everything)))


def _list_parts(chosen: ObservabilityOptions, *, everything: bool) -> Iterator[Part]:
    if is_draining():
        yield Part("host", "draining", needed=True)
    needed = chosen.ready_databases
    others = tuple(alias for alias in connections.settings if alias not in needed) if everything else ()
    databases = {alias: state_probe(alias) for alias in (*needed, *others)}
    stores = {alias: cache_probe(alias) for alias in chosen.ready_caches}
    for probe in stores.values():
        probe.start()
    for alias, state in read_all(databases, chosen.ready_seconds).items():
        yield _judge_database(alias, state, chosen)
    for alias, answered in read_all(stores, chosen.ready_seconds).items():
        yield Part(f"cache {alias}", OK if answered else "no answer", needed=False)
    if chosen.ready_needs_migrations:
        pending = migration_probe().read(chosen.ready_seconds)
        yield Part("migrations", _judge_migrations(pending), needed=True)


def _judge_database(alias: str, state: DatabaseState | None, chosen: ObservabilityOptions) -> Part:
    name, needed = f"database {alias}", alias in chosen.ready_databases
    if state is None:
        return Part(name, "no answer", needed=needed)
    more = () if state.lag is None else (("lag_seconds", round(state.lag, 3)),)
    if state.read_only and needed:
        return Part(name, "read-only", needed=not chosen.ready_when_read_only, more=more)
    return Part(name, OK, needed=needed, more=more)


def _judge_migrations(pending: int | None) -> str:
    if pending is None:
        return "no answer"
    return f"{pending} to be applied" if pending else OK


@lru_cache(maxsize=64)
def cache_probe(alias: str) -> Probe[bool]:
    """The one probe of a cache in this process."""
    return Probe(f"cache {alias}", partial(_ask_cache, alias))


def _ask_cache(alias: str) -> bool:
    _cache(alias).has_key(CACHE_KEY)  # Not get(): that would count as a miss.
    return True


@lru_cache(maxsize=64)
def _cache(alias: str) -> Any:
    """A cache of the probe's own: those in `caches` belong to a thread, and its thread ends each time."""
    return caches.create_connection(alias)


def _forget_caches(*, setting: str, **_: object) -> None:
    if setting == "CACHES":
        _cache.cache_clear()
        cache_probe.cache_clear()


setting_changed.connect(_forget_caches)


@lru_cache(maxsize=1)
def migration_probe() -> Probe[int]:
    """How many migrations wait. Looking costs up to a second: once when there are none, else each ten seconds."""
    probe: Probe[int] = Probe("migrations to be applied", _count_pending, keeps=10.0)
    return probe


_applied: set[str] = set()
"""Aliases whose migrations were all there once in this process: its code does not change, and they stay."""


def _count_pending() -> int:
    from django.db.migrations.executor import MigrationExecutor

    pending = 0
    for alias in options().ready_databases:
        if alias in _applied:
            continue
        with closing(connect_to_ask(alias)) as connection:
            executor = MigrationExecutor(connection)
            found = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if not found:
            _applied.add(alias)
        pending += found
    return pending
