"""The end of a log since a service was started: what it said before it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.stack.runner.log_text import clean_line

if TYPE_CHECKING:
    from pathlib import Path

MOST = 256 * 1024
"""Bytes that are read for a few lines: a traceback's last ones are near the end."""


def read_since(path: Path, since: int, count: int) -> list[str]:
    """The last `count` lines after the byte `since`; [] where there is no log."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(since if since <= end else 0, end - MOST))
            data = file.read(MOST)
    except OSError:
        return []
    lines = (clean_line(line) for line in data.decode(errors="replace").splitlines())
    return [line for line in lines if line.strip()][-count:]
