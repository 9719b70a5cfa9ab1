"""What is counted of the block, when prometheus_client is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import prometheus_client
except ImportError:
    prometheus_client = None  # type: ignore[assignment]

HIT, STALE, MISS, WAITED, PASSED, DOWN = "hit", "stale", "miss", "waited", "passed", "down"
UNCHANGED = "unchanged"
"""Outcomes of a look-up. Stale: served while another computes anew. Waited: another had it computed. Passed: not
to be kept (a change was going on, or the answer is for one person). Down: the server could not be asked.
Unchanged: a view that is not kept needed not run."""


def _make_counter(name: str, text: str, *labels: str) -> Any:
    return prometheus_client.Counter(name, text, labels) if prometheus_client else None


_failures = _make_counter("tenfold_cache_unavailable_total", "Questions that a cache server failed.", "cache")
_skipped = _make_counter(
    "tenfold_cache_skipped_total", "Questions that a cache server was spared because it had failed.", "cache"
)
_found = _make_counter("tenfold_cache_lookups_total", "Look-ups of computed entries.", "outcome")
_purges = _make_counter("tenfold_cache_purged_tags_total", "Tags taken back.")
_answers = _make_counter(
    "tenfold_cache_pages_total", "Requests that kept pages answered before Django.", "view", "status"
)
_edge = _make_counter("tenfold_cache_edge_purges_total", "Purges of caches before the site.", "outcome")
_lag = (
    prometheus_client.Gauge(
        "tenfold_cache_log_lag_seconds",
        "How old the oldest change past Django was when it was taken back last.",
    )
    if prometheus_client
    else None
)
_HIT = _found.labels(HIT).inc if _found is not None else None


def count_failure(cache: str) -> None:
    if _failures is not None:
        _failures.labels(cache).inc()


def count_skipped(cache: str) -> None:
    if _skipped is not None:
        _skipped.labels(cache).inc()


def count_lookup(outcome: str) -> None:
    if outcome is HIT:
        if _HIT is not None:
            _HIT()
    elif _found is not None:
        _found.labels(outcome).inc()


def note_lag(seconds: float) -> None:
    if _lag is not None:
        _lag.set(seconds)


def count_edge(outcome: str) -> None:
    """ "sent" and "failed" are requests to the edge, "dropped" are tags that found no room to wait."""
    if _edge is not None:
        _edge.labels(outcome).inc()


def make_answer_counter(view: str, status: int) -> Callable[[], None]:
    """What counts one answer given before Django; such answers are look-ups that hit, too."""
    if _answers is None:
        return _count_nothing
    count: Callable[[], None] = _answers.labels(view, status).inc
    return count


def _count_nothing() -> None:
    """Without prometheus_client."""


def count_purged(tags: int) -> None:
    if _purges is not None:
        _purges.inc(tags)
