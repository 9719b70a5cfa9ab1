"""Counters of attempts in the cache that all processes share, and in this process while that is gone.

Without the cache, neither extreme will do. To let every attempt pass would make stopping the cache the way
around the throttle; to let none pass would lock everybody out whenever the cache restarts. So each process
counts for itself meanwhile: the limits are then as many times higher as there are processes, and no password
is checked without being counted.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache

from django_tenfold.accounts.login_metrics import count_fallback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)

REST = 5.0
"""Seconds for which a cache that failed is not asked again: an attempt waits for its timeout once, not each time."""
BETWEEN_REPORTS = 60.0
KEPT_HERE = 20_000
"""Keys that one process keeps without the cache, about 5 MB; the oldest third goes when they are more."""


class CacheKeepsNothingError(Exception):
    """The cache answers, but does not hold what it was given (DummyCache, or one that ignores its errors)."""


class AttemptStore:
    """Counters and marks that expire; every method is atomic on Redis, Valkey, memcached and LocMemCache."""

    def __init__(self, alias: Callable[[], str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._alias = alias
        self._clock = clock
        self._asked_again_at = 0.0
        self._reported_at = -BETWEEN_REPORTS
        self._own = LocMemCache(f"tenfold-attempts-{id(self)}", {"OPTIONS": {"MAX_ENTRIES": KEPT_HERE}})

    def read(self, keys: Iterable[str]) -> dict[str, Any]:
        """Those of the keys that are there."""
        wanted = [*keys]
        return self._ask(lambda cache: cache.get_many(wanted))

    def count(self, key: str, seconds: int) -> int:
        """One more; the first of them lives `seconds`. Returns how many there are."""
        return self._ask(lambda cache: _count(cache, key, seconds))

    def uncount(self, key: str) -> None:
        """One less."""
        self._ask(lambda cache: _uncount(cache, key))

    def claim(self, key: str, value: Any, seconds: int) -> bool:
        """Set the key unless it is there; of many that try at once, one is told True."""
        return self._ask(lambda cache: cache.add(key, value, seconds))

    def keep(self, key: str, value: Any, seconds: int) -> None:
        self._ask(lambda cache: cache.set(key, value, seconds))

    def forget(self, keys: Iterable[str]) -> None:
        wanted = [*keys]
        self._ask(lambda cache: cache.delete_many(wanted))

    def _ask(self, question: Callable[[Any], Answer]) -> Answer:
        if self._clock() >= self._asked_again_at:
            try:
                return question(caches[self._alias()])
            except Exception as failed:  # each client library has its own, and a login must not fail for it
                self._rest(failed)
        return question(self._own)

    def _rest(self, failed: Exception) -> None:
        now = self._clock()
        self._asked_again_at = now + REST
        count_fallback()
        if now - self._reported_at >= BETWEEN_REPORTS:
            self._reported_at = now
            logger.error(
                "The cache %r, which counts failed logins, failed: this process counts alone. %s: %s",
                self._alias(),
                type(failed).__name__,
                failed,
            )


def _count(cache: Any, key: str, seconds: int) -> int:
    added = cache.add(key, 0, seconds)
    try:
        count = cache.incr(key)
    except ValueError:  # it expired between the two
        cache.add(key, 0, seconds)
        count = _increment(cache, key)
    if count == 1 and not added:
        cache.touch(key, seconds)  # Redis: it expired inside incr, which then made one that never expires
    return int(count)


def _increment(cache: Any, key: str) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:
        raise CacheKeepsNothingError("a counter is gone as soon as it is made") from None


def _uncount(cache: Any, key: str) -> None:
    try:
        cache.decr(key)
    except ValueError:
        return  # it has expired: there is nothing left to take back
