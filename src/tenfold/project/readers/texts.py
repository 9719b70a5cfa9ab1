"""The texts of a project's files, each read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.model import Problem
from tenfold.project.readers.text import read_text

if TYPE_CHECKING:
    from pathlib import Path


class Texts:
    """Reads files on demand and keeps them; what cannot be read is in `problems`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self._read: dict[str, str | None] = {}

    def get(self, path: str) -> str | None:
        """The text of `path`, None when it cannot be read (a Problem is noted once)."""
        if path not in self._read:
            text = read_text(self.root, path)
            if isinstance(text, Problem):
                self.problems.append(text)
            self._read[path] = None if isinstance(text, Problem) else text
        return self._read[path]

    def note(self, problem: Problem) -> None:
        """Keep a problem met while reading what a text means, once."""
        if problem not in self.problems:
            self.problems.append(problem)
