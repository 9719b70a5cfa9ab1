"""Purges on their way to the caches before the site: sent after the commit by a thread, again until confirmed.

Each tag is sent twice. A page that was made before the commit may reach the edge after the first purge, and would
stay there; the second, `AGAIN` seconds later, finds it.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.utils.module_loading import import_string

from django_tenfold.cache.cache_metrics import count_edge
from django_tenfold.cache.edge_purgers import MOST_TAGS
from django_tenfold.cache.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

logger = logging.getLogger("django_tenfold.cache")
AGAIN = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds after a failure; each is twice the last."""
MOST_WAITING = 10_000
"""Tags; more than that are not told to the edge, whose pages then end by their age."""
BETWEEN_REPORTS = 60.0
_SAFE = "-._~:*/@"


def write_edge_tag(tag: str) -> str:
    """As it stands in headers: what separates tags there is quoted."""
    return quote(tag, safe=_SAFE)


class EdgeQueue:
    """Of one process."""

    def __init__(self, *, again: float = AGAIN, clock: Callable[[], float] = time.monotonic) -> None:
        self._again = again
        self._clock = clock
        self._changed = threading.Condition()
        self._due: dict[str, float] = {}
        self._second: dict[str, float] = {}
        """When they are due, by the tag: for the first time or after a failure, and for the second."""
        self._pause = FIRST_PAUSE
        self._reported_at = -BETWEEN_REPORTS
        self._thread: threading.Thread | None = None
        self._pid = 0

    def add(self, tags: Iterable[str]) -> None:
        now = self._clock()
        with self._changed:
            for tag in tags:
                if len(self._due) >= MOST_WAITING and tag not in self._due:
                    count_edge("dropped")
                    continue
                self._due.setdefault(write_edge_tag(tag), now)
            self._start()
            self._changed.notify()

    def is_empty(self) -> bool:
        return not self._due and not self._second

    def send_due(self) -> bool:
        """One request, if anything is due. False when it failed."""
        first, second = self._take()
        tags = (*first, *second)
        if not tags:
            return True
        try:
            _get_purger(options().edge_purger)(tags)
        except (
            Exception
        ) as error:  # one of the project's own raises whatever it does; it is told and tried again
            self._put_back(first, second, error)
            return False
        count_edge("sent")
        self._pause = FIRST_PAUSE
        with self._changed:
            again = self._clock() + self._again
            self._second.update(dict.fromkeys(first, again))
        return True

    def flush(self) -> None:
        """What waits, once, now: at the end of a process, which has no time for more."""
        if self._pid != os.getpid() or not options().edge_purger:
            return
        with self._changed:
            self._due.update(self._second)
            self._due = dict.fromkeys(self._due, 0.0)
            self._second.clear()
        while self._due and self.send_due():
            pass

    def _take(self) -> tuple[list[str], list[str]]:
        now = self._clock()
        with self._changed:
            first = [tag for tag, due in self._due.items() if due <= now][:MOST_TAGS]
            room = MOST_TAGS - len(first)
            second = [tag for tag, due in self._second.items() if due <= now and tag not in first][:room]
            for tag in first:
                del self._due[tag]
            for tag in second:
                del self._second[tag]
        return first, second

    def _put_back(self, first: list[str], second: list[str], error: Exception) -> None:
        count_edge("failed")
        now = self._clock()
        with self._changed:
            for tag in first:
                self._due.setdefault(tag, now + self._pause)
            for tag in second:
                self._second.setdefault(tag, now + self._pause)
            due = self._due if first else self._second
            for tag in due:  # an edge that fails is not asked for others meanwhile
                due[tag] = max(due[tag], now + self._pause)
        if now - self._reported_at >= BETWEEN_REPORTS:
            self._reported_at = now
            logger.error(
                "The edge was not purged, and may serve old pages; it is tried again in %g s. %s: %s",
                self._pause,
                type(error).__name__,
                error,
            )
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _start(self) -> None:
        if self._thread is not None and self._thread.is_alive() and self._pid == os.getpid():
            return
        if self._pid != os.getpid():
            atexit.register(self.flush)
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._run, name="tenfold-cache-edge", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                waits = [*self._due.values(), *self._second.values()]
                left = min(waits) - self._clock() if waits else None
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
            self.send_due()


@lru_cache(maxsize=8)
def _get_purger(path: str) -> Callable[[tuple[str, ...]], Any]:
    purger: Callable[[tuple[str, ...]], Any] = import_string(path)
    return purger


queue = EdgeQueue()
"""Of the process."""


def send_to_edge(*, tags: tuple[str, ...], **_: object) -> None:
    """A receiver of `tags_purged`."""
    if options().edge_purger:
        queue.add(tags)


def _begin_in_child() -> None:
    """After a fork the lock may be held for ever, and what waits is the parent's to send."""
    queue.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_begin_in_child)
