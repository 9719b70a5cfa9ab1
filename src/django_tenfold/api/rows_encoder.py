"""JSON from plain values: by orjson where it is installed, else by the standard library.

Both write the same JSON. What orjson refuses (an integer beyond 64 bits, half a surrogate pair) is left to the
standard library. A number that JSON does not know (NaN) is an error there, as in REST framework; orjson writes null.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.encoding import force_str
from django.utils.functional import Promise

from django_tenfold.api.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable


def encode(value: Any) -> bytes:
    return _find_encoder(options().encoder)(value)


@cache
def _find_encoder(name: str) -> Callable[[Any], bytes]:
    """ImportError when a named encoder is not installed."""
    makers: dict[str, Callable[[], Callable[[Any], bytes]]] = {
        "orjson": _make_orjson,
        "json": lambda: _encode_plainly,
    }
    if name != "auto":
        return makers[name]()
    try:
        return _make_orjson()
    except ImportError:
        return _encode_plainly


def _make_orjson() -> Callable[[Any], bytes]:
    import orjson

    flags = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS

    def encode_fast(value: Any) -> bytes:
        try:
            made: bytes = orjson.dumps(value, write_other, flags)
        except TypeError:
            return _encode_plainly(value)
        return made

    return encode_fast


def _encode_plainly(value: Any) -> bytes:
    text = json.dumps(value, default=write_other, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: only an escape can say it
        return json.dumps(value, default=write_other, separators=(",", ":"), allow_nan=False).encode()


def write_other(value: Any) -> Any:
    """What JSON has no word for, as REST framework's encoder writes it; TypeError for anything unknown."""
    if isinstance(value, datetime):
        text = value.isoformat()
        return text[:-6] + "Z" if text.endswith("+00:00") else text
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, UUID | Promise):
        return force_str(value)
    raise TypeError(f"{type(value).__name__} cannot be written in JSON")
