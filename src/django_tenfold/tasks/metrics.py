"""Figures of tasks for Prometheus, where `prometheus_client` is installed; otherwise nothing is counted.

A worker of several processes needs PROMETHEUS_MULTIPROC_DIR, as every forking server does:
https://prometheus.github.io/client_python/multiprocess/
"""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec
from typing import Any

log = logging.getLogger("django_tenfold.tasks")
ENABLED = find_spec("prometheus_client") is not None
RUN_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900)
WAIT_BUCKETS = (0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)
SUCCEEDED, RETRIED, FAILED, REPEATED = "succeeded", "retried", "failed", "repeated"
"""`outcome`. Repeated: an idempotent task that had its effect before."""

if ENABLED:
    from prometheus_client import Counter, Gauge, Histogram

    TASK_SECONDS = Histogram(
        "tenfold_task_seconds",
        "Seconds that tasks ran",
        ["task", "queue", "outcome"],
        buckets=RUN_BUCKETS,
    )
    WAIT_SECONDS = Histogram(
        "tenfold_task_wait_seconds",
        "Seconds from when a task was sent, or due, to its start: the latency of its queue",
        ["task", "queue"],
        buckets=WAIT_BUCKETS,
    )
    TASKS = Counter("tenfold_tasks_total", "Tasks that ran", ["task", "outcome"])
    LOST = Counter(
        "tenfold_tasks_lost_total",
        "Tasks without an outbox whose transaction is committed and that the broker did not take",
        ["task"],
    )
    # The last process that counted knows best: the others' figures are older.
    DEAD_TASKS = Gauge(
        "tenfold_dead_tasks", "Tasks that wait to be run again or discarded", multiprocess_mode="mostrecent"
    )
    QUEUE_DEPTH = Gauge(
        "tenfold_queue_depth", "Messages that wait in a queue", ["queue"], multiprocess_mode="mostrecent"
    )


def record_run(task: str, queue: str, *, outcome: str, seconds: float) -> None:
    """One run of a task that ended."""
    if ENABLED:
        TASK_SECONDS.labels(task, queue, outcome).observe(seconds)
        TASKS.labels(task, outcome).inc()


def record_wait(task: str, queue: str, seconds: float) -> None:
    """One task that starts. Clocks of two machines may differ: never below 0."""
    if ENABLED:
        WAIT_SECONDS.labels(task, queue).observe(max(0.0, seconds))


def record_lost(task: str) -> None:
    """One task that was not sent after its commit."""
    if ENABLED:
        LOST.labels(task).inc()


def record_dead(count: int) -> None:
    """How many dead tasks there are."""
    if ENABLED:
        DEAD_TASKS.set(count)


def record_depth(queue: str, depth: int) -> None:
    """How many messages a queue holds."""
    if ENABLED:
        QUEUE_DEPTH.labels(queue).set(depth)


def forget_process(pid: int) -> None:
    """A worker process ended: its live gauges go, its counters stay."""
    if ENABLED and os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
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
