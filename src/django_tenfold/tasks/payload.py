"""Arguments as text, in Kombu's JSON: dates, decimals and UUIDs come back as what they were."""

from __future__ import annotations

from typing import Any

from kombu.utils import json


def encode(value: Any) -> str:
    """Raises TypeError for what is no JSON."""
    return str(json.dumps(value))  # type: ignore[no-untyped-call]


def decode(text: str) -> Any:
    """What `encode` was given; tuples are lists."""
    return json.loads(text)  # type: ignore[no-untyped-call]
