"""What the metrics said at one moment, small enough to keep one for every five seconds.

Everything that only grows (requests, buckets) is kept as it is; rates come from two snapshots.
"""

from __future__ import annotations

from collections import defaultdict
from time import time
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Buckets = dict[str, float]
"""Upper bound in seconds ("0.25", "+Inf") to the number of observations up to it, as Prometheus counts."""
MOST_VIEWS = 60
"""Kept in a snapshot with views: those that took the most time."""


class ViewTotals(TypedDict):
    """Of one view since the run began."""

    count: float
    errors: float
    seconds: float
    buckets: Buckets
    queries: float
    sql_seconds: float


class Snapshot(TypedDict):
    """Totals since the run began, and gauges as they are."""

    time: float
    """Unix time."""
    requests: dict[str, float]
    """By the first digit of the status."""
    seconds: Buckets
    caches: dict[str, dict[str, float]]
    """By alias: hits, misses, errors."""
    waits: Buckets
    """How long tasks waited in their queue."""
    tasks: dict[str, float]
    """By outcome."""
    dead: float
    lag: dict[str, float]
    connections: dict[str, dict[str, float]]
    most_connections: dict[str, float]
    down: list[str]
    """Aliases of databases that did not answer."""
    processes: float
    memory: float
    """Bytes."""
    views: dict[str, ViewTotals]
    """Empty in most snapshots: see `without_views`."""


def take_snapshot(metrics: Iterable[Any]) -> Snapshot:
    """Of metrics as prometheus_client collects them."""
    taken: Snapshot = {
        "time": time(),
        "requests": defaultdict(float),
        "seconds": defaultdict(float),
        "caches": defaultdict(lambda: {"hits": 0.0, "misses": 0.0, "errors": 0.0}),
        "waits": defaultdict(float),
        "tasks": defaultdict(float),
        "dead": 0.0,
        "lag": {},
        "connections": defaultdict(dict),
        "most_connections": {},
        "down": [],
        "processes": 0.0,
        "memory": 0.0,
        "views": defaultdict(_no_view),
    }
    for metric in metrics:
        for sample in metric.samples:
            add = _ADDS.get(sample.name)
            if add is not None:
                add(taken, sample.labels, sample.value)
    return _plain(taken)


def without_views(snapshot: Snapshot) -> Snapshot:
    """The same, small."""
    return {**snapshot, "views": {}}


def _plain(taken: Snapshot) -> Snapshot:
    """Without defaultdicts, which caches cannot pickle; with the most expensive views only."""
    longest = sorted(taken["views"].items(), key=lambda view: -view[1]["seconds"])[:MOST_VIEWS]
    return {
        **taken,
        "requests": dict(taken["requests"]),
        "seconds": dict(taken["seconds"]),
        "caches": dict(taken["caches"]),
        "waits": dict(taken["waits"]),
        "tasks": dict(taken["tasks"]),
        "connections": dict(taken["connections"]),
        "views": {name: {**view, "buckets": dict(view["buckets"])} for name, view in longest},
    }


def _no_view() -> ViewTotals:
    return {
        "count": 0.0,
        "errors": 0.0,
        "seconds": 0.0,
        "buckets": defaultdict(float),
        "queries": 0.0,
        "sql_seconds": 0.0,
    }


def _add_request(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    kind = labels["status"][:1]
    taken["requests"][kind] += value
    view = taken["views"][labels["view"]]
    view["count"] += value
    if kind == "5":
        view["errors"] += value


def _add_bucket(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["seconds"][labels["le"]] += value
    taken["views"][labels["view"]]["buckets"][labels["le"]] += value


def _add_seconds(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["views"][labels["view"]]["seconds"] += value


def _add_queries(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["views"][labels["view"]]["queries"] += value


def _add_sql_seconds(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["views"][labels["view"]]["sql_seconds"] += value


def _cache_adder(what: str) -> Callable[[Snapshot, dict[str, str], float], None]:
    def add(taken: Snapshot, labels: dict[str, str], value: float) -> None:
        taken["caches"][labels["cache"]][what] += value

    return add


def _add_wait(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["waits"][labels["le"]] += value


def _add_task(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["tasks"][labels["outcome"]] += value


def _set_dead(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["dead"] += value


def _set_lag(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["lag"][labels["alias"]] = value


def _set_up(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    if not value:
        taken["down"].append(labels["alias"])


def _set_connections(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["connections"][labels["alias"]][labels["state"]] = value


def _set_most(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["most_connections"][labels["alias"]] = value


def _set_processes(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["processes"] = value


def _set_memory(taken: Snapshot, labels: dict[str, str], value: float) -> None:
    taken["memory"] = value


_ADDS: dict[str, Callable[[Snapshot, dict[str, str], float], None]] = {
    "tenfold_requests_total": _add_request,
    "tenfold_request_seconds_bucket": _add_bucket,
    "tenfold_request_seconds_sum": _add_seconds,
    "tenfold_request_queries_sum": _add_queries,
    "tenfold_request_sql_seconds_sum": _add_sql_seconds,
    "tenfold_cache_hits_total": _cache_adder("hits"),
    "tenfold_cache_misses_total": _cache_adder("misses"),
    "tenfold_cache_errors_total": _cache_adder("errors"),
    "tenfold_task_wait_seconds_bucket": _add_wait,
    "tenfold_tasks_total": _add_task,
    "tenfold_dead_tasks": _set_dead,
    "tenfold_replica_lag_seconds": _set_lag,
    "tenfold_database_up": _set_up,
    "tenfold_database_connections": _set_connections,
    "tenfold_database_connections_max": _set_most,
    "tenfold_processes": _set_processes,
    "tenfold_resident_bytes": _set_memory,
}
