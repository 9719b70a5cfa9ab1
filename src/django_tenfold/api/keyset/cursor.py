"""Cursors: a place in an order, signed, good for the order and the filters that it was made for.

A cursor names the values of the keys of a row and the way to go from there. It is signed (django.core.signing with
SECRET_KEY), so a page can only be asked for after a row that was shown, and it carries a hash of the order and of
the shape of the filters: one of another list is told apart from one that is broken. It is signed, not encrypted:
whoever holds it can read the keys, which are those of a row that was shown.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core import signing
from django.core.exceptions import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

    from django_tenfold.api.keyset.order import Key

SALT = "django_tenfold.api.keyset"
LONGEST = 4_096
"""Characters; a longer one is refused unread. nginx takes 8 KB for the whole line of a request."""


class BadCursor(BadRequest):
    """A cursor that cannot be followed; Django answers it with 400 where a view does not.

    `reason` is "malformed", "forged", "expired" or "other list".
    """

    def __init__(self, reason: str, told: str) -> None:
        super().__init__(told)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place, and which way to go from it."""

    values: tuple[Any, ...] | None
    """Of the keys; None for the end that `backward` starts from."""
    backward: bool = False


def write_cursor(cursor: Cursor, shape: str) -> str:
    """The text of it, fit for a URL. Raises TypeError for values that make it longer than 4,096 characters."""
    values = None if cursor.values is None else [_pack(value) for value in cursor.values]
    text = signing.dumps([shape, int(cursor.backward), values], salt=SALT)
    if len(text) > LONGEST:
        raise TypeError("The keys of this row are too long for a cursor: order by shorter columns.")
    return text


def read_cursor(text: str, shape: str, *, keys: int, max_age: float | None = None) -> Cursor:
    """The cursor that `write_cursor` wrote; raises BadCursor for any other text."""
    if len(text) > LONGEST or text.count(":") != 2 or not text.isascii():
        raise BadCursor("malformed", "This cursor is malformed: pass one of an answer on, unchanged.")
    try:
        read = signing.loads(text, salt=SALT, max_age=max_age)
    except signing.SignatureExpired:
        raise BadCursor("expired", f"This cursor is older than {max_age:g} s: start again.") from None
    except signing.BadSignature:
        raise BadCursor("forged", "This cursor was not made here, or was changed.") from None
    if not isinstance(read, list) or len(read) != 3:
        raise BadCursor("malformed", "This cursor is malformed: pass one of an answer on, unchanged.")
    if read[0] != shape or (read[2] is not None and len(read[2]) != keys):
        raise BadCursor(
            "other list", "This cursor is of a list with another order or other filters: start again."
        )
    values = None if read[2] is None else tuple(_unpack(value) for value in read[2])
    return Cursor(values, bool(read[1]))


def hash_shape(keys: Sequence[Key], queryset: QuerySet[Any]) -> str:
    """Of the model, the order and which filters there are; not of what the filters compare with."""
    query = queryset.query
    told = [queryset.model._meta.label, *(key.shape for key in keys), _describe(query.where)]
    return hashlib.blake2b("\n".join(told).encode(), digest_size=6).hexdigest()


def _describe(node: Any) -> str:
    """The shape of a tree of conditions: names of lookups and columns, without values."""
    children = getattr(node, "children", None)
    if children is not None:
        inner = ",".join(_describe(child) for child in children)
        return f"{'not ' if node.negated else ''}{node.connector}({inner})"
    left: Any = getattr(node, "lhs", None)
    target = getattr(left, "target", None)
    name = f"{left.alias}.{target.column}" if target is not None else type(left).__name__
    return f"{type(node).__name__}:{name}"


_WRITE: dict[type, tuple[str, Callable[[Any], Any]]] = {
    datetime: ("t", datetime.isoformat),
    date: ("d", date.isoformat),
    time: ("h", time.isoformat),
    timedelta: ("s", lambda one: [one.days, one.seconds, one.microseconds]),
    Decimal: ("n", str),
    UUID: ("u", str),
    float: ("f", repr),
    bytes: ("b", bytes.hex),
}
_READ: dict[str, Callable[[Any], Any]] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "h": time.fromisoformat,
    "s": lambda parts: timedelta(*parts),
    "n": Decimal,
    "u": UUID,
    "f": float,
    "b": bytes.fromhex,
}


def _pack(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value if value is None or type(value) in (bool, int) else int(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, memoryview):
        value = bytes(value)
    for kind, (tag, write) in _WRITE.items():
        if isinstance(value, kind):
            return [tag, write(value)]
    raise TypeError(f"A cursor cannot hold {type(value).__name__}: order by another column.")


def _unpack(value: Any) -> Any:
    return _READ[value[0]](value[1]) if isinstance(value, list) else value
