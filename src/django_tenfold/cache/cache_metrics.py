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


class AnswerCounter:
    """Counts answers given before Django with the same view and status; they are look-ups that hit, too.

    `as_requests`: among the requests of the block `observability` as well, which did not see them.
    """

    __slots__ = ("_count", "_learned", "_metrics", "_names")

    def __init__(self, view: str, status: int, *, as_requests: bool) -> None:
        self._names = (view, str(status))
        self._count = _answers.labels(*self._names).inc if _answers is not None else None
        self._metrics = _find_request_metrics() if as_requests else None
        self._learned: dict[str, tuple[Callable[[], None], Callable[[float], None]]] = {}

    def __call__(self, method: str, seconds: float) -> None:
        if self._count is None:
            return
        self._count()
        if self._metrics is not None:
            count, observe = self._learned.get(method) or self._learn(method)
            count()
            observe(seconds)

    def _learn(self, method: str) -> tuple[Callable[[], None], Callable[[float], None]]:
        assert self._metrics is not None
        (requests, seconds), (view, status) = self._metrics, self._names
        found = (requests.labels(method, view, status).inc, seconds.labels(method, view).observe)
        self._learned[method] = found
        return found


def _find_request_metrics() -> tuple[Any, Any] | None:
    """Those of the block `observability`, by their names: blocks meet at the registry, which has no public way to ask
    for a metric that is there."""
    if prometheus_client is None:
        return None
    made = getattr(prometheus_client.REGISTRY, "_names_to_collectors", {})
    found = (made.get("tenfold_requests_total"), made.get("tenfold_request_seconds"))
    return found if all(found) else None


def count_purged(tags: int) -> None:
    if _purges is not None:
        _purges.inc(tags)
