"""The snapshots of the last minutes, in the default cache: one key for each five seconds of each host.

Whichever process of the host is first to see that five seconds have passed takes the next one, in a thread
beside the requests (`periodic.py`). Without requests none is taken but by the page itself.
"""

from __future__ import annotations

import socket
from functools import lru_cache
from time import time
from typing import TYPE_CHECKING

from django.core.cache import cache, caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.urls import NoReverseMatch, reverse

from django_tenfold.observability.live_page.snapshot import take_snapshot, without_views
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_tenfold.observability.live_page.snapshot import Snapshot

STEP = 5
"""Seconds between two snapshots."""
WITH_VIEWS = 12
"""Every so many steps, a minute, a snapshot keeps its views: enough for a table over minutes."""


@lru_cache(maxsize=1)
def host_name() -> str:
    """Names the host in the cache and on the page."""
    return socket.gethostname()


def has_page() -> bool:
    """Whether the project's URLs include the page."""
    try:
        reverse("tenfold_live:page")
    except NoReverseMatch:
        return False
    return True


def keep_snapshot() -> None:
    """Takes this step's snapshot unless another process did. Raises what the cache raises."""
    step = int(time()) // STEP
    if not cache.add(f"{_key(step)}:taken", 1, timeout=STEP * 2):
        return
    snapshot = read_now()
    kept = snapshot if step % WITH_VIEWS == 0 else without_views(snapshot)
    cache.set(_key(step), kept, timeout=options().page_minutes * 60 + 2 * STEP * WITH_VIEWS)


def read_now() -> Snapshot:
    """A snapshot of this moment, which is not kept."""
    from django_tenfold.observability.metrics_reading import EveryMetric

    return take_snapshot(EveryMetric().collect())


def read_history(since: float = 0.0) -> list[Snapshot]:
    """Those of the page's minutes that were taken after `since` (Unix time), oldest first."""
    now = int(time()) // STEP
    first = max(now - options().page_minutes * 60 // STEP, int(since) // STEP)
    return _read(range(first, now + 1), since)


def read_oldest_with_views() -> Snapshot | None:
    """From which a table of views counts."""
    now = int(time()) // STEP
    first = now - options().page_minutes * 60 // STEP - WITH_VIEWS
    steps = [step for step in range(first, now + 1) if step % WITH_VIEWS == 0]
    return next((one for one in _read(steps, 0.0) if one["views"]), None)


def find_obstacle() -> str:
    """Why there is no history, in words for the page; "" when there is one."""
    made = caches["default"]
    if isinstance(made, DummyCache):
        return "The default cache keeps nothing (DummyCache): the charts begin when this page is opened."
    if isinstance(made, LocMemCache):
        return (
            "The default cache is of one process alone (LocMemCache): the charts have gaps where other processes"
            " answered. Set CACHES to Redis."
        )
    return ""


def _read(steps: Sequence[int], since: float) -> list[Snapshot]:
    # The page's own look-ups are not the site's: most of them would be misses.
    get_many = getattr(cache, "get_many_uncounted", cache.get_many)
    found: dict[str, Snapshot] = get_many([_key(step) for step in steps])
    return sorted((one for one in found.values() if one["time"] > since), key=lambda one: one["time"])


def _key(step: int) -> str:
    return f"tenfold:live:{host_name()}:{step}"
