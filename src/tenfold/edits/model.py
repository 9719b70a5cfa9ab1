"""Changes to files, as values: they can be printed as a diff before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace bytes [start, end) of `path` (relative to the project's root) by `text`.

    Offsets count bytes of the file as it stands on disk; start == end inserts.
    """

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, order=True)
class CreateFile:
    """Make a file that does not exist yet."""

    path: str
    text: str


Change: TypeAlias = Edit | CreateFile
