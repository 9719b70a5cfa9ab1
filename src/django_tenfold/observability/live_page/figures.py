"""From snapshots to what the page draws: rates, shares and percentiles between two moments."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django_tenfold.observability.live_page.snapshot import Buckets, Snapshot, ViewTotals

LONGEST = 30.0
"""Seconds: two snapshots that are further apart are a gap, not a straight line."""
MOST_ROWS = 15


def list_points(snapshots: Sequence[Snapshot]) -> Iterator[dict[str, Any]]:
    """A point for every snapshot but the first, with what happened since the one before."""
    for before, after in pairwise(snapshots):
        if 0 < after["time"] - before["time"] <= LONGEST:
            yield make_point(before, after)


def make_point(before: Snapshot, after: Snapshot) -> dict[str, Any]:
    """None stands where nothing can be told: a latency without a request, a hit rate without a look-up."""
    seconds = after["time"] - before["time"]
    requests = grown(before["requests"], after["requests"])
    total = sum(requests.values())
    latency = grown(before["seconds"], after["seconds"])
    return {
        "time": round(after["time"], 1),
        "good": (total - requests.get("4", 0) - requests.get("5", 0)) / seconds,
        "refused": requests.get("4", 0) / seconds,
        "failed": requests.get("5", 0) / seconds,
        "error_share": requests.get("5", 0) / total if total else None,
        "p50": find_percentile(latency, 0.5),
        "p95": find_percentile(latency, 0.95),
        "p99": find_percentile(latency, 0.99),
        "hit_share": dict(_hit_shares(before, after)),
        "wait": find_percentile(grown(before["waits"], after["waits"]), 0.95),
        "tasks": sum(grown(before["tasks"], after["tasks"]).values()) / seconds,
        "dead": after["dead"],
        "lag": after["lag"],
        "connections": {alias: sum(states.values()) for alias, states in after["connections"].items()},
        "active": {alias: states.get("active", 0) for alias, states in after["connections"].items()},
    }


def grown(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What was added in between. A counter that went down began anew: all of it was added."""
    return {
        key: value - start if value >= (start := before.get(key, 0.0)) else value
        for key, value in after.items()
    }


def find_percentile(buckets: Buckets, share: float) -> float | None:
    """Seconds within which `share` of the observations were; None without any. Within a bucket they are taken to
    be spread evenly, above the last bound it is that bound, as Prometheus's histogram_quantile has it."""
    bounds = sorted(((float(bound), count) for bound, count in buckets.items()), key=lambda pair: pair[0])
    total = bounds[-1][1] if bounds else 0.0
    if total <= 0:
        return None
    wanted = share * total
    low, below = 0.0, 0.0
    for bound, count in bounds:
        if count >= wanted:
            return (
                low
                if bound == float("inf")
                else low + (bound - low) * (wanted - below) / max(count - below, 1e-9)
            )
        low, below = bound, count
    return low


def list_views(before: Snapshot | None, after: Snapshot) -> list[dict[str, Any]]:
    """The views that took the most time since `before`; since the run began where that is None."""
    known = before["views"] if before is not None else {}
    rows = [row for name, view in after["views"].items() if (row := _view_row(name, known.get(name), view))]
    whole = sum(row["seconds"] for row in rows) or 1.0
    rows.sort(key=lambda row: -row["seconds"])
    return [{**row, "share": row["seconds"] / whole} for row in rows[:MOST_ROWS]]


def _view_row(name: str, before: ViewTotals | None, after: ViewTotals) -> dict[str, Any] | None:
    started = before if before is not None and before["count"] <= after["count"] else None
    count = after["count"] - (started["count"] if started else 0)
    if not count:
        return None
    seconds = after["seconds"] - (started["seconds"] if started else 0)
    return {
        "view": name,
        "count": count,
        "seconds": seconds,
        "mean": seconds / count,
        "p95": find_percentile(grown(started["buckets"] if started else {}, after["buckets"]), 0.95),
        "errors": after["errors"] - (started["errors"] if started else 0),
        "queries": (after["queries"] - (started["queries"] if started else 0)) / count,
        "sql": (after["sql_seconds"] - (started["sql_seconds"] if started else 0)) / count,
    }


def _hit_shares(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, float | None]]:
    for alias, counts in after["caches"].items():
        added = grown(before["caches"].get(alias, {}), counts)
        asked = added["hits"] + added["misses"]
        yield alias, added["hits"] / asked if asked else None
