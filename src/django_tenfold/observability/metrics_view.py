"""`/metrics` for Prometheus, for internal addresses and bearers of the token only.

HealthMiddleware answers it before anything else; `path("metrics", answer_metrics)` gives it another place.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

from django.http import HttpResponse
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from django_tenfold.observability.internal_access import is_internal
from django_tenfold.observability.metrics_reading import EveryMetric

KEEPS = 1.0
"""Seconds that a reading stands: however many ask, the files are read once."""
_LOCK = threading.Lock()
_KEPT: dict[str, tuple[float, bytes]] = {}
"""By content type; what the lock guards. It may be inherited by a fork: the copy grows old within a second."""


def answer_metrics(request: Any) -> HttpResponse:
    """403 for strangers; OpenMetrics or Prometheus's older format, as asked for. Not compressed: a scrape is
    a local affair, and compressing costs more than it saves."""
    if not is_internal(request):
        text = "Metrics are for internal_networks and bearers of metrics_token (TENFOLD_OBSERVABILITY).\n"
        return HttpResponse(text, "text/plain; charset=utf-8", 403)
    encode, content_type = choose_encoder(request.META.get("HTTP_ACCEPT", ""))
    response = HttpResponse(_read(encode, content_type), content_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Encoding"] = "identity"  # GZipMiddleware leaves it alone then.
    return response


def _read(encode: Any, content_type: str) -> bytes:
    with _LOCK:
        kept = _KEPT.get(content_type)
        if kept is None or monotonic() - kept[0] > KEEPS:
            registry = CollectorRegistry()
            registry.register(EveryMetric())
            kept = _KEPT[content_type] = (monotonic(), encode(registry))
        return kept[1]
