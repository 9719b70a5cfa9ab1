"""Where sessions and users were read, and what failed and was done without; logged once a minute each."""

from __future__ import annotations

import logging
import time
from typing import Any

try:
    import prometheus_client
except ImportError:
    prometheus_client = None  # type: ignore[assignment]

logger = logging.getLogger("django_tenfold.accounts")

PROCESS, CACHE, DATABASE = "process", "cache", "database"
LOGGED_EVERY = 60.0
"""Seconds: an outage is one line a minute and process, not one a request."""


def _make_counter(name: str, text: str, *labels: str) -> Any:
    return prometheus_client.Counter(name, text, labels) if prometheus_client else None


_reads = _make_counter(
    "tenfold_account_reads_total",
    "Sessions and users of requests, by where they were read.",
    "what",
    "source",
)
_failures = _make_counter(
    "tenfold_account_fallbacks_total",
    "Failures after which sessions and users came from the database.",
    "what",
)


class Reads:
    """Counts the reads of one kind; bound once, since a request counts two."""

    def __init__(self, what: str) -> None:
        self._count = {
            source: _reads.labels(what, source).inc if _reads else _count_nothing
            for source in (PROCESS, CACHE, DATABASE)
        }

    def count(self, source: str) -> None:
        self._count[source]()


def _count_nothing() -> None:
    pass


session_reads, user_reads = Reads("session"), Reads("user")


class Fallback:
    """One thing that fails now and then; `failures` of this process."""

    def __init__(self, what: str, message: str) -> None:
        self.what = what
        self.message = message
        self.failures = 0
        self._logged = -LOGGED_EVERY

    def tell(self, error: Exception) -> None:
        self.failures += 1
        if _failures is not None:
            _failures.labels(self.what).inc()
        now = time.monotonic()
        if now - self._logged >= LOGGED_EVERY:
            self._logged = now
            logger.warning(
                "%s (%s: %s; %d times so far)",
                self.message,
                type(error).__name__,
                error,
                self.failures,
                exc_info=error,
            )
