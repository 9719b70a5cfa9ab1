"""Text of one file, whatever its encoding; a file that cannot be used becomes a Problem."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem

if TYPE_CHECKING:
    from pathlib import Path

MAXIMUM_BYTES = 2_000_000
"""Larger files are generated or data: reading them costs seconds and tells nothing about practices."""

# PEP 263: the encoding is declared in one of the first two lines.
_DECLARED = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def read_text(root: Path, path: str) -> str | Problem:
    """The decoded text of `path`, line ends kept; a Problem when it is too large, unreadable or binary."""
    data = read_bytes(root, path)
    return data if isinstance(data, Problem) else decode(data, path)


def read_bytes(root: Path, path: str) -> bytes | Problem:
    """The bytes of `path`, or a Problem when it is too large or cannot be read."""
    try:
        with (root / path).open("rb") as stream:
            data = stream.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Problem(Location(path), f"cannot be read: {reason}", "Give read permission, or exclude it.")
    if len(data) > MAXIMUM_BYTES:
        return Problem(
            Location(path),
            f"is larger than {MAXIMUM_BYTES // 1_000_000} MB and was not read",
            "A generated file of this size is best kept out of the audit: add it to `exclude`.",
        )
    return data


def decode(data: bytes, path: str) -> str | Problem:
    """Decode by byte-order mark, by PEP 263 declaration, else as UTF-8; Latin-1 where UTF-8 fails.

    Latin-1 maps every byte, so identifiers and ASCII text stay right whatever the real encoding is.
    """
    if b"\0" in data and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Problem(Location(path), "holds null bytes: it is not text", "Add it to `exclude`.")
    for encoding in (*_marked(data), *_declared(data), "utf-8"):
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except (UnicodeError, LookupError):  # the codecs undefined and idna raise a bare UnicodeError
            continue
    return data.decode("latin-1")


def _marked(data: bytes) -> tuple[str, ...]:
    if data.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    return ()


def _declared(data: bytes) -> tuple[str, ...]:
    if b"coding" not in data[:200]:
        return ()
    matches = (_DECLARED.match(line) for line in data.split(b"\n", 2)[:2])
    return tuple(match.group(1).decode("ascii", "replace") for match in matches if match)
