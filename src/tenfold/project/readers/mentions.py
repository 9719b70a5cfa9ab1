"""Finds the files that mention a marker, by bytes: no decoding, no parsing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.files import Files

LARGEST = 1_000_000
"""Bytes; a larger file is generated or data, and nobody writes a comment there."""
_DATA = (
    *(
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".ico",
        ".webp",
        ".svg",
        ".woff",
        ".woff2",
        ".ttf",
        ".eot",
        ".otf",
        ".pdf",
    ),
    *(".zip", ".gz", ".tar", ".mp3", ".mp4", ".webm", ".mo", ".po", ".pot", ".json", ".lock", ".csv", ".tsv"),
    *(".map", ".js", ".ts", ".tsx", ".jsx", ".css", ".scss", ".less", ".graphql", ".ipynb", ".pyc", ".so"),
    *(".sqlite3", ".db"),
)
"""Suffixes of data, pictures and languages that no practice judges."""


def find_mentions(root: Path, files: Files, marker: bytes) -> tuple[str, ...]:
    """Paths of the project's files that contain the marker, sorted. A file that cannot be read is left
    out: the reader of its kind reports it."""
    base = os.fspath(root) + os.sep
    return tuple(
        file.path
        for file in files.all
        if 0 < file.size <= LARGEST
        and not file.path.lower().endswith(_DATA)
        and _contains(base + file.path, marker)
    )


def _contains(path: str, marker: bytes) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return marker in os.read(handle, LARGEST)
    except OSError:
        return False
    finally:
        os.close(handle)
