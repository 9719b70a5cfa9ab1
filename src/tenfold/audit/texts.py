"""Lines of the files that findings point at, read once each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.audit.masking import mask_known, mask_lines
from tenfold.project.model import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tenfold.project.model import Location

SNIPPET_RADIUS = 3
"""Lines shown before and after the line of a finding."""
WIDEST = 240
"""Characters of a line that a snippet shows."""
_MASK_LEAD = 10
"""Lines before a snippet that are looked at to see whether a secret's name stands there."""
_LINE_END = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """Lines as Python's parser counts them: form feeds and Unicode separators end no line."""
    lines = _LINE_END.split(text)
    return lines[:-1] if lines and not lines[-1] else lines


class Texts:
    """A cache of file texts; `read` is the one that touches the disk. Files it cannot give are empty."""

    def __init__(self, read: Callable[[str], str | Problem], *, secrets: Sequence[str] = ()) -> None:
        """`secrets` are known values that no line may show."""
        self._read = read
        self._secrets = tuple(secrets)
        self._texts: dict[str, str] = {}
        self._lines: dict[str, list[str]] = {}
        self._snippets: dict[Location, tuple[tuple[int, str], ...]] = {}

    def text(self, path: str) -> str:
        """The whole text, "" when the file cannot be used."""
        if path not in self._texts:
            found = self._read(path)
            self._texts[path] = "" if isinstance(found, Problem) else found
        return self._texts[path]

    def lines(self, path: str) -> list[str]:
        """The file's lines, unmasked."""
        if path not in self._lines:
            self._lines[path] = split_lines(self.text(path))
        return self._lines[path]

    def line(self, where: Location) -> str:
        """The text of a place with secrets masked, "" for a whole file."""
        return next((text for number, text in self.snippet(where) if number == where.line), "")

    def snippet(self, where: Location) -> tuple[tuple[int, str], ...]:
        """(line number, text) around a place, secrets masked; () for a whole file."""
        if where not in self._snippets:
            self._snippets[where] = self._make_snippet(where) if where.line > 0 else ()
        return self._snippets[where]

    def _make_snippet(self, where: Location) -> tuple[tuple[int, str], ...]:
        lines = self.lines(where.path)
        first, last = max(1, where.line - SNIPPET_RADIUS), min(len(lines), where.line + SNIPPET_RADIUS)
        lead = max(1, first - _MASK_LEAD)
        masked = mask_lines([line[: 2 * WIDEST] for line in lines[lead - 1 : last]])
        return tuple(
            (number, mask_known(text, self._secrets)[:WIDEST].rstrip())
            for number, text in enumerate(masked, start=lead)
            if number >= first
        )
