"""Procfile: one process per line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.readers.repository_files.launch import NO_SCRIPTS, Start, run_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.readers.repository_files.launch import Scripts
    from tenfold.project.repository import Command

_PROCESS = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")


def read_procfile(text: str, path: str, purpose: str, *, scripts: Scripts = NO_SCRIPTS) -> Iterator[Command]:
    """The commands of a Procfile; `release` is a process of its own phase."""
    for line, content in enumerate(text.splitlines(), start=1):
        match = _PROCESS.match(content.strip())
        if match:
            phase = "release" if match[1] == "release" else "start"
            start = Start(match[1], "procfile", purpose, phase)
            yield from run_text(match[2], Location(path, line), start, scripts=scripts)
