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

    flags = (
        orjson.OPT_PASSTHROUGH_DATETIME
        | orjson.OPT_PASSTHROUGH_SUBCLASS
        | orjson.OPT_PASSTHROUGH_DATACLASS
        | orjson.OPT_NON_STR_KEYS
    )

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
    for kind, write in _OTHERS:
        if isinstance(value, kind):
            return write(value)
    raise TypeError(f"{type(value).__name__} cannot be written in JSON")


def _write_datetime(value: datetime) -> str:
    text = value.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def _write_time(value: time) -> str:
    if value.tzinfo is not None:
        raise TypeError("a time with an offset cannot be written in JSON")
    return value.isoformat()


_OTHERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Decimal, float),
    (datetime, _write_datetime),
    (date, date.isoformat),
    (time, _write_time),
    (timedelta, lambda value: str(value.total_seconds())),
    (UUID, str),
    (bytes, bytes.decode),
    (Promise, force_str),
    # Classes of a project that are JSON's own at heart, read by the method that the standard library takes:
    (dict, lambda value: dict(value.items())),  # the memory of a QueryDict is lists, its items are not
    (list | tuple, list),
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
)
