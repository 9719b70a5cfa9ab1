"""Puts the metrics at the end of each request, when they are wanted and prometheus_client is there."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_tenfold.observability.finishers import Finisher
    from django_tenfold.observability.settings import ObservabilityOptions


def has_prometheus() -> bool:
    """Whether the package is installed: `pip install "tenfold[observability]"`."""
    return find_spec("prometheus_client") is not None


def make_finisher(options: ObservabilityOptions) -> Finisher | None:
    """None when metrics are switched off, or their package is not there (check tenfold.W410 says so)."""
    if not options.metrics or not has_prometheus():
        return None
    from django_tenfold.observability.metrics import request_metrics

    return request_metrics(options).finish
