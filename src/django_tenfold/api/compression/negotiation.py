"""Which encoding an answer gets: Accept-Encoding as RFC 9110 12.5.3 reads it, and which answers are text."""

from __future__ import annotations

from functools import lru_cache

LONGEST = 256
"""Characters of an Accept-Encoding that is read; browsers send 30."""
_TEXTS = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/jsonl",
        "application/manifest+json",
        "application/wasm",
        "application/x-javascript",
        "application/x-ndjson",
        "application/xml",
        "application/yaml",
        "font/otf",
        "font/ttf",
        "image/bmp",
        "image/vnd.microsoft.icon",
        "image/x-icon",
    }
)
_STREAMED = "text/event-stream"
"""An event has to leave at once."""


@lru_cache(maxsize=512)
def choose_encoding(accepted: str, offered: tuple[str, ...]) -> str:
    """The one of `offered` that the client likes best, the earlier one where it likes two alike; "" for none.

    The client's identity counts as an offer too when it has a weight of its own.
    """
    if not accepted or len(accepted) > LONGEST:
        return ""
    weights = _read_weights(accepted)
    other = weights.get("*", 0.0)
    best, chosen = weights.get("identity", 0.0), ""
    for name in offered:
        weight = weights.get(name, other)
        if weight > best or (weight == best and weight and not chosen):
            best, chosen = weight, name
    return chosen


def _read_weights(accepted: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        name = name.strip()
        weights["gzip" if name == "x-gzip" else name] = _read_weight(parameters)
    return weights


def _read_weight(parameters: str) -> float:
    """From 0 to 1; 1 where none is told, 0 where it cannot be read: such a client is left alone."""
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0


@lru_cache(maxsize=512)
def is_text(content_type: str) -> bool:
    """Whether a Content-Type is of what shrinks."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("text/"):
        return kind != _STREAMED
    return kind in _TEXTS or kind.endswith(("+json", "+xml", "+text", "+yaml"))
