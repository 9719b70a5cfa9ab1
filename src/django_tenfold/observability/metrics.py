"""What is counted of each request, for Prometheus: a finisher, some six microseconds a request.

Every label is bounded, for each of its values costs memory in every process and in Prometheus: views by the
routes, methods by those of HTTP, statuses by their range; what no route matched is one view, "unmatched".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import Counter, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.observability.record import Record
    from django_tenfold.observability.settings import ObservabilityOptions

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
UNMATCHED = "unmatched"
MOST_SERIES = 5_000
"""Of (method, view, status) in one process: beyond them the view is "other". A guard against route names that
are made at run time; a project of 1,000 routes stays below."""

Counting = tuple[
    "Callable[[], None]", "Callable[[float], None]", "Callable[[float], None]", "Callable[[float], None]"
]


class RequestMetrics:
    """The four metrics of requests, and for each (method, view, status) what adds to them, looked up once."""

    def __init__(self, options: ObservabilityOptions) -> None:
        seconds = options.latency_buckets
        self.requests = Counter("tenfold_requests", "Requests answered.", ["method", "view", "status"])
        self.seconds = Histogram(
            "tenfold_request_seconds", "Time to answer a request.", ["method", "view"], buckets=seconds
        )
        self.queries = Histogram(
            "tenfold_request_queries", "Queries of a request.", ["view"], buckets=options.query_buckets
        )
        self.sql_seconds = Histogram(
            "tenfold_request_sql_seconds", "Time in the database in a request.", ["view"], buckets=seconds
        )
        self.known: dict[tuple[str, str, int], Counting] = {}

    def finish(self, record: Record, response: Any) -> None:
        """The finisher. A worker's task has no request and is not counted here."""
        request = record.request
        if request is None:
            return
        key = (request.method, record.view, record.status)
        count, time, queries, sql_time = self.known.get(key) or self._learn(key)
        count()
        time(record.seconds)
        queries(record.queries)
        sql_time(record.sql_seconds)

    def _learn(self, key: tuple[str, str, int]) -> Counting:
        method, view, status = key
        bounded = (
            method if method in METHODS else OTHER,
            view or UNMATCHED if len(self.known) < MOST_SERIES else OTHER,
            str(status) if 100 <= status < 600 else OTHER,
        )
        counting = (
            self.requests.labels(*bounded).inc,
            self.seconds.labels(*bounded[:2]).observe,
            self.queries.labels(bounded[1]).observe,
            self.sql_seconds.labels(bounded[1]).observe,
        )
        if len(self.known) < MOST_SERIES and method == bounded[0]:
            self.known[key] = counting
        return counting


_MADE: list[RequestMetrics] = []
"""One per process: prometheus_client refuses a second metric of the same name, middleware may be loaded twice."""


def request_metrics(options: ObservabilityOptions) -> RequestMetrics:
    """Those of this process, made at the first call."""
    if not _MADE:
        _MADE.append(RequestMetrics(options))
    return _MADE[0]
