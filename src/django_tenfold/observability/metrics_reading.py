"""Everything that Prometheus and the staff page are told: the counters of all processes of this host, and what
is asked for only when somebody reads (replica lag, connections of the databases, memory of the processes).
"""

from __future__ import annotations

import logging
import platform
import struct
from pathlib import Path
from resource import getpagesize
from typing import TYPE_CHECKING, Any

import django
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from django_tenfold.observability.database_state import list_servers, state_probe, use_probe
from django_tenfold.observability.metrics_folder import current_folder, fold_dead, list_processes, lock
from django_tenfold.observability.probe import read_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

logger = logging.getLogger(__name__)

WAIT = 1.0
"""Seconds that a reading waits for the databases; what does not answer is left out."""
ATTEMPTS = 3
"""A file that another process is just making cannot be read for a few microseconds."""


class EveryMetric:
    """A collector for prometheus_client's encoders."""

    def collect(self) -> Iterator[Metric]:
        yield from read_counters()
        yield from read_live()


def read_counters() -> list[Metric]:
    """Of all processes of this host; of this process alone where they share no folder."""
    folder = current_folder()
    if folder is None or not folder.is_dir():
        return [*REGISTRY.collect()]
    fold_dead(folder)
    with lock(folder, shared=True):
        return _read_folder(folder)


def _read_folder(folder: Path) -> list[Metric]:
    collector: Any = MultiProcessCollector(None, path=str(folder))  # type: ignore[no-untyped-call]
    for attempt in range(ATTEMPTS):
        try:
            return [*collector.collect()]
        except (struct.error, RuntimeError, FileNotFoundError) as problem:
            if attempt == ATTEMPTS - 1:
                raise
            logger.info("Reading the metrics again: %s", problem)
    return []


def read_live() -> Iterator[Metric]:
    """What is true now, for the whole host or the databases, whichever process is asked."""
    yield from _read_databases()
    yield from _read_processes()
    versions = {"django": django.get_version(), "python": platform.python_version()}
    yield InfoMetricFamily("tenfold_runtime", "Versions that run.", value=versions)


def _read_databases() -> Iterator[Metric]:
    servers = list_servers()
    uses = {alias: use_probe(alias) for alias in servers}
    for probe in uses.values():
        probe.start()
    states = read_all({alias: state_probe(alias) for alias in servers}, WAIT)
    up = GaugeMetricFamily("tenfold_database_up", "Whether the database answers.", labels=["alias"])
    lag = GaugeMetricFamily("tenfold_replica_lag_seconds", "How far behind a replica is.", labels=["alias"])
    for alias, state in states.items():
        up.add_metric([alias], float(state is not None))
        if state is not None and state.lag is not None:
            lag.add_metric([alias], state.lag)
    counts = GaugeMetricFamily(
        "tenfold_database_connections",
        "Connections to the database, from everywhere.",
        labels=["alias", "state"],
    )
    most = GaugeMetricFamily(
        "tenfold_database_connections_max", "Connections that the server admits.", labels=["alias"]
    )
    for alias, use in read_all(uses, WAIT).items():
        if use is not None and use.most:
            most.add_metric([alias], use.most)
            for name, count in use.states:
                counts.add_metric([alias, name], count)
    yield from (up, lag, counts, most)


def _read_processes() -> Iterator[Metric]:
    folder = current_folder()
    processes = list_processes(folder) if folder is not None and folder.is_dir() else set()
    if not processes:
        return
    count = GaugeMetricFamily("tenfold_processes", "Processes of this host that have counted something.")
    count.add_metric([], len(processes))
    memory = GaugeMetricFamily("tenfold_resident_bytes", "Memory of all of them; shared pages count in each.")
    memory.add_metric([], sum(_read_memory(pid) for pid in processes))
    yield from (count, memory)


def _read_memory(pid: int) -> int:
    """Bytes; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * getpagesize()
    except (OSError, IndexError):
        return 0
