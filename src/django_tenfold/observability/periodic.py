"""What each process does every few seconds while requests come, in a thread beside them: it says how full its
connection pools are, and one process of the host keeps a snapshot for the staff page.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any

from django.core.cache import caches

from django_tenfold.observability.live_page.history import STEP, has_page, keep_snapshot
from django_tenfold.observability.metrics_finisher import has_prometheus

if TYPE_CHECKING:
    from django_tenfold.observability.finishers import Finisher
    from django_tenfold.observability.record import Record
    from django_tenfold.observability.settings import ObservabilityOptions

logger = logging.getLogger(__name__)

PAUSE = 60.0
"""Seconds without another attempt in this process after one that failed."""


def make_finisher(options: ObservabilityOptions) -> Finisher | None:
    """None where nothing is counted."""
    return Periodic().finish if options.metrics and has_prometheus() else None


class Periodic:
    """When this process is due again."""

    def __init__(self) -> None:
        self.due = 0.0
        """Of `time.perf_counter`."""

    def finish(self, record: Record, response: Any) -> None:
        """The finisher: one addition and one comparison for most requests."""
        now = record.started + record.seconds
        if now >= self.due:
            self.due = now + STEP
            threading.Thread(target=self.run, args=(now,), name="tenfold periodic", daemon=True).start()

    def run(self, now: float) -> None:
        """Its thread; `now` is when it was due."""
        from django_tenfold.observability.metrics_pools import report_pools

        try:
            report_pools()
            if has_page():
                keep_snapshot()
        except Exception as problem:
            self.due = now + PAUSE
            logger.warning("Process %d keeps no figures for %d s: %s", os.getpid(), PAUSE, problem)
        finally:
            caches.close_all()
