"""Counts hits, misses and errors of every configured cache, whichever backend it has.

Each cache becomes an instance of a subclass of its own backend, made once per backend; `isinstance` and all
that the backend adds stay. It costs about a microsecond a look-up. Turn it off with `count_cache`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from prometheus_client import Counter

from django_tenfold.observability.record import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HITS = Counter("tenfold_cache_hits", "Look-ups that a cache answered.", ["cache"])
MISSES = Counter("tenfold_cache_misses", "Look-ups that a cache could not answer.", ["cache"])
ERRORS = Counter("tenfold_cache_errors", "Look-ups and writes that failed: the cache is gone.", ["cache"])
_MISSING = object()


def count_caches() -> None:
    """From now on each cache that Django makes is counted."""
    if not hasattr(caches, "tenfold_counts"):
        caches.tenfold_counts = True
        caches.create_connection = _make_counted(caches.create_connection)


def _make_counted(create: Callable[[str], Any]) -> Callable[[str], Any]:
    def create_counted(alias: str) -> Any:
        made = create(alias)
        if not isinstance(made, BaseCache):
            return made
        # The instance is new and nobody else has it: making it one of the subclass is the way that keeps
        # whatever `create` does, and takes backends whose constructor is its own.
        made.__class__ = _counted_class(made.__class__)
        made.count_hits = HITS.labels(alias).inc
        made.count_misses = MISSES.labels(alias).inc
        made.count_errors = ERRORS.labels(alias).inc
        return made

    return create_counted


@lru_cache
def _counted_class(backend: Any) -> Any:
    counted: dict[str, Any] = {"__module__": backend.__module__, "__doc__": backend.__doc__}
    counted["get"] = _count_get(backend.get)
    counted["set"] = _count_errors(backend.set)
    if backend.get_many is not BaseCache.get_many:
        # Django's own asks get() for each key, which counts.
        counted["get_many"] = _count_get_many(backend.get_many)
    counted["get_many_uncounted"] = backend.get_many
    if backend.aget is not BaseCache.aget:
        counted["aget"] = _count_aget(backend.aget)
    return type(backend.__name__, (backend,), counted)


def _count_get(get: Callable[..., Any]) -> Callable[..., Any]:
    def counted(self: Any, key: Any, default: Any = None, version: Any = None, **more: Any) -> Any:
        try:
            value = get(self, key, _MISSING, version, **more)
        except Exception:
            self.count_errors()
            raise
        return _tell(self, value, default)

    return counted


def _count_aget(aget: Callable[..., Any]) -> Callable[..., Any]:
    async def counted(self: Any, key: Any, default: Any = None, version: Any = None, **more: Any) -> Any:
        try:
            value = await aget(self, key, _MISSING, version, **more)
        except Exception:
            self.count_errors()
            raise
        return _tell(self, value, default)

    return counted


def _tell(cache: Any, value: Any, default: Any) -> Any:
    record = current.get()
    if value is _MISSING:
        cache.count_misses()
        if record is not None:
            record.cache_misses += 1
        return default
    cache.count_hits()
    if record is not None:
        record.cache_hits += 1
    return value


def _count_get_many(get_many: Callable[..., Any]) -> Callable[..., Any]:
    def counted(self: Any, keys: Iterable[Any], *args: Any, **more: Any) -> Any:
        asked = list(keys)
        try:
            found = get_many(self, asked, *args, **more)
        except Exception:
            self.count_errors()
            raise
        missed = len(asked) - len(found)
        if found:
            self.count_hits(len(found))
        if missed > 0:
            self.count_misses(missed)
        if (record := current.get()) is not None:
            record.cache_hits += len(found)
            record.cache_misses += missed
        return found

    return counted


def _count_errors(write: Callable[..., Any]) -> Callable[..., Any]:
    def counted(self: Any, *args: Any, **more: Any) -> Any:
        try:
            return write(self, *args, **more)
        except Exception:
            self.count_errors()
            raise

    return counted
