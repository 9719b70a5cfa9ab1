"""What is known of the request that is being served: one record, which everything that observes reads.

The middleware makes it, the query counter adds to it, the finishers (access log, metrics) read it at the end.
It lives in a context variable, so that threads, tasks of asyncio and `sync_to_async` each see their own; a
worker's task has one too, with the id of the request that asked for it.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, eq=False)
class Record:
    """Seconds are of `time.perf_counter`. What is known only at the end is empty before it."""

    request_id: str
    started: float
    """`time.perf_counter()` when the middleware was entered."""
    request: Any = None
    """The HttpRequest; None in a worker's task."""
    view: str = ""
    """Name of the route ("shop:buy"), else the view's dotted path, "" when no route matched; a task's name.
    Filled at the end of the request: ask `name_view()` before."""
    queries: int = 0
    sql_seconds: float = 0.0
    slow_queries: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    cache_seconds: float = 0.0
    seconds: float = 0.0
    """The whole request until its body was handed over; a streaming body included."""
    status: int = 0
    """Status of the answer; 499 when the client went away before there was one."""
    sent_bytes: int = 0
    """Bytes of the body, as far as they were made; -1 when not known."""

    def name_view(self) -> str:
        """The view's name as far as it is known now."""
        if not self.view:
            match = getattr(self.request, "resolver_match", None)
            self.view = match.view_name if match is not None else ""
        return self.view


current: ContextVar[Record | None] = ContextVar("tenfold_record", default=None)
"""The record of what runs here; None outside of requests and tasks."""
