"""What happens to metrics when a process starts: first where they are shared, then what else is counted."""

from __future__ import annotations

import logging

from django_tenfold.observability.metrics_finisher import has_prometheus
from django_tenfold.observability.metrics_folder import current_folder, join_run, share_metrics
from django_tenfold.observability.settings import options

logger = logging.getLogger(__name__)


def share_early() -> None:
    """While applications are still being loaded: before most of them import prometheus_client."""
    if not _are_wanted():
        return
    if problem := share_metrics(options().metrics_folder):
        logger.warning("Metrics are those of each process alone: %s", problem)


def start_metrics() -> None:
    """When all applications are loaded."""
    if not _are_wanted():
        return
    folder = current_folder()
    if folder is not None:
        try:
            join_run(folder)
        except OSError as problem:
            logger.warning("Metrics of processes that ended are not folded: %s", problem)
    if options().count_cache:
        from django_tenfold.observability.metrics_caches import count_caches

        count_caches()


def _are_wanted() -> bool:
    # Options that cannot be are the system check's to tell: it must be able to run.
    return has_prometheus() and not any(options.find_problems()) and options().metrics
