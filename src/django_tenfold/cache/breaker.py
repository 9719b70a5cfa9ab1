"""A server that failed is left alone for a while: its death costs one timeout per rest, not one per question.

One breaker serves all threads of a process. After the rest one thread asks; the others go on without until it
has an answer.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from django_tenfold.cache.cache_metrics import count_failure, count_skipped
from django_tenfold.cache.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger("django_tenfold.cache")
BETWEEN_REPORTS = 60.0


class Breaker:
    """Asked before each question with `allows`, told afterwards with `succeed` or `fail`."""

    def __init__(
        self,
        name: str,
        *,
        rest: Callable[[], float] = lambda: options().rest_seconds,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._rest = rest
        self._clock = clock
        self._lock = threading.RLock()  # Python may collect a Writer, which asks too, in the midst of it
        self._closed_until = 0.0
        self._reported_at = -BETWEEN_REPORTS

    def allows(self) -> bool:
        """Whether to ask. Who is told True after a rest is the only one."""
        if not self._closed_until:
            return True
        with self._lock:
            now = self._clock()
            if now >= self._closed_until:
                self._closed_until = now + self._rest()
                return True
        count_skipped(self.name)
        return False

    def rests(self) -> bool:
        """Whether asking is of no use now; does not take the turn to try."""
        return bool(self._closed_until) and self._clock() < self._closed_until

    def succeed(self) -> None:
        if self._closed_until:
            self._closed_until = 0.0
            logger.warning("The cache %r answers again.", self.name)

    def fail(self, error: Exception, *, rest: bool = True) -> None:
        """`rest=False` for an error of this question alone."""
        now = self._clock()
        if rest:
            self._closed_until = now + self._rest()
        count_failure(self.name)
        if now - self._reported_at >= BETWEEN_REPORTS:
            self._reported_at = now
            logger.error(
                "The cache %r failed: the site goes on without it and asks again after %g s. %s: %s",
                self.name,
                self._rest(),
                type(error).__name__,
                error,
            )


@lru_cache(maxsize=64)
def get_breaker(name: str) -> Breaker:
    """The one of the server in this process; by its address without what logs must not show."""
    return Breaker(name)
