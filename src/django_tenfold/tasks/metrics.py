"""Figures of tasks for Prometheus, where `prometheus_client` is installed; otherwise nothing is counted.

A worker of several processes needs PROMETHEUS_MULTIPROC_DIR, as every forking server does:
https://prometheus.github.io/client_python/multiprocess/ - prometheus_client looks for it once, when it is
imported. Therefore it is imported with the first figure, not with this module, which a project's celery.py
imports before any application could have set the variable.
"""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

log = logging.getLogger("django_tenfold.tasks")
RUN_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900)
WAIT_BUCKETS = (0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)
SUCCEEDED, RETRIED, FAILED, REPEATED = "succeeded", "retried", "failed", "repeated"
"""`outcome`. Repeated: an idempotent task that had its effect before."""
SECONDS, WAIT, TASKS, LOST, DEAD, DEPTH = (
    "tenfold_task_seconds",
    "tenfold_task_wait_seconds",
    "tenfold_tasks_total",
    "tenfold_tasks_lost_total",
    "tenfold_dead_tasks",
    "tenfold_queue_depth",
)


@lru_cache(maxsize=1)
def _figures() -> dict[str, Any]:
    """By name; empty without prometheus_client."""
    if find_spec("prometheus_client") is None:
        return {}
    from prometheus_client import Counter, Gauge, Histogram

    newest: Any = {"multiprocess_mode": "mostrecent"}  # the last process that counted knows best
    return {
        SECONDS: Histogram(
            SECONDS, "Seconds that tasks ran", ["task", "queue", "outcome"], buckets=RUN_BUCKETS
        ),
        WAIT: Histogram(
            WAIT,
            "Seconds from when a task was sent, or due, to its start: the latency of its queue",
            ["task", "queue"],
            buckets=WAIT_BUCKETS,
        ),
        TASKS: Counter(TASKS, "Tasks that ran", ["task", "outcome"]),
        LOST: Counter(LOST, "Tasks that were committed, that no outbox kept and no broker took", ["task"]),
        DEAD: Gauge(DEAD, "Tasks that wait to be run again or discarded", **newest),
        DEPTH: Gauge(DEPTH, "Messages that wait in a queue", ["queue"], **newest),
    }


def record_run(task: str, queue: str, *, outcome: str, seconds: float) -> None:
    """One run of a task that ended."""
    if found := _figures():
        found[SECONDS].labels(task, queue, outcome).observe(seconds)
        found[TASKS].labels(task, outcome).inc()


def record_wait(task: str, queue: str, seconds: float) -> None:
    """One task that starts. Clocks of two machines may differ: never below 0."""
    if found := _figures():
        found[WAIT].labels(task, queue).observe(max(0.0, seconds))


def record_lost(task: str) -> None:
    """One task that was not sent after its commit."""
    if found := _figures():
        found[LOST].labels(task).inc()


def record_dead(count: int) -> None:
    """How many dead tasks there are."""
    if found := _figures():
        found[DEAD].set(count)


def record_depth(queue: str, depth: int) -> None:
    """How many messages a queue holds."""
    if found := _figures():
        found[DEPTH].labels(queue).set(depth)


def forget_process(pid: int) -> None:
    """A worker process ended: its live gauges go, its counters stay."""
    if _figures() and os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def serve_metrics(port: int) -> Any:
    """Answer Prometheus on `port` for all processes of this worker; the server, to be shut down."""
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        log.warning(
            "metrics_port is %d, but PROMETHEUS_MULTIPROC_DIR is not set: the figures of the worker's child"
            " processes cannot be seen. Set it to an empty directory of this worker.",
            port,
        )
        return start_http_server(port)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return start_http_server(port, registry=registry)
