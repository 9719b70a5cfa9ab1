"""What is counted of logins, when prometheus_client is there."""

from __future__ import annotations

from typing import Any

try:
    import prometheus_client
except ImportError:
    prometheus_client = None  # type: ignore[assignment]

SUCCEEDED, FAILED, THROTTLED = "succeeded", "failed", "throttled"


def _make_counter(name: str, text: str, *labels: str) -> Any:
    return prometheus_client.Counter(name, text, labels) if prometheus_client else None


_logins = _make_counter("tenfold_logins_total", "Attempts to log in with a password.", "outcome")
_fallbacks = _make_counter(
    "tenfold_login_fallbacks_total", "Failures of the cache that made a process count attempts by itself."
)


def count_login(outcome: str) -> None:
    if _logins is not None:
        _logins.labels(outcome).inc()


def count_fallback() -> None:
    if _fallbacks is not None:
        _fallbacks.inc()
