"""Text of a foreign project made harmless for any output: no control character, one valid encoding."""

from __future__ import annotations

import re
from typing import Any

_UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters: a terminal obeys them, XML refuses them
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # direction marks: code that reads otherwise than it runs
    "\ufeff\ufffe\uffff\ud800-\udfff"  # no characters: UTF-8 and XML refuse them
    "]"
)
_HALF = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    r"""`text` with `\n` line ends, tabs kept, and every unsafe character written as its escape."""
    return _UNSAFE.sub(_escape, text.replace("\r\n", "\n").replace("\r", "\n"))


def clean_line(text: str) -> str:
    """`text` on one line, each run of white space one space."""
    return " ".join(clean_text(text).split())


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters; what is cut is shown by an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def make_fence(text: str, least: int = 3) -> str:
    """Backticks that no run of backticks in `text` can close."""
    return "`" * max(least, *(len(run) + 1 for run in re.findall(r"`+", text)), 1)


def mend_encoding(value: Any) -> Any:
    """`value` (any JSON value) with half surrogates replaced: strict JSON readers refuse them."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {mend_encoding(key): mend_encoding(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mend_encoding(item) for item in value]
    return value


def count(number: int, noun: str, plural: str = "") -> str:
    """`3 findings`, `1 finding`, `1,204 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
