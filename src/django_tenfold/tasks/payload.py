"""What travels with a task. Arguments are text, in Kombu's JSON: dates, decimals and UUIDs come back as they were."""

from __future__ import annotations

from typing import Any

from kombu.utils import json

SENT_HEADER = "tenfold_sent"
"""Seconds since 1970 at which a task was sent, or is due: what its wait is counted from."""


def encode(value: Any) -> str:
    """Raises TypeError for what is no JSON."""
    return str(json.dumps(value))  # type: ignore[no-untyped-call]


def decode(text: str) -> Any:
    """What `encode` was given; tuples are lists."""
    return json.loads(text)  # type: ignore[no-untyped-call]
