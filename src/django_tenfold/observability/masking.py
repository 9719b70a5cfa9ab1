"""What must not stand in a log: values whose name says that they are secret, and odd objects made plain."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

MASK = "[masked]"

_SECRET = re.compile(
    r"passw|(?:^|_)pass(?:phrase|code)?$|secret|token|authori[sz]ation|cookie|api_?-?key|signature|credential|csrf"
    r"|private_?-?key|session_?-?(?:id|key)|(?:^|_)(?:pin|otp|cvv|cvc|ssn)$|card_?-?number",
    re.IGNORECASE,
).search


def is_secret(name: str) -> bool:
    """Whether a field, header or parameter of this name holds what nobody should read."""
    return _SECRET(name) is not None


_DEEPEST = 6
_MOST = 200
"""Levels and entries of a nested value that are shown: a log line is no dump."""


def make_plain(value: Any, depth: int = 0) -> Any:
    """A copy of dictionaries, lists, texts and numbers only, secrets masked; never raises, ends on cycles."""
    if value is None or value is True or value is False or type(value) in (str, int):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else str(value)
    try:
        return _make_plain(value, depth)
    except Exception as error:
        return f"<{type(value).__name__}: {type(error).__name__} while shown>"


def _make_plain(value: Any, depth: int) -> Any:
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {
            (name := str(key)): MASK if is_secret(name) else make_plain(one, depth + 1)
            for key, one in list(value.items())[:_MOST]
        }
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [make_plain(one, depth + 1) for one in list(value)[:_MOST]]
    return str(value)[: _MOST * 10]
