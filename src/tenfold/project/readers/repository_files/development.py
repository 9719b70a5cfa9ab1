"""What people run by hand: targets of a Makefile or justfile, scripts of package.json."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.documents import find_line, read_json
from tenfold.project.readers.repository_files.launch import Start, run_text
from tenfold.project.readers.repository_files.purpose import purpose_of_words
from tenfold.project.repository import DEVELOPMENT, PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.repository import Command

NAMES = ("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile", "package.json")
_TARGET = re.compile(r"([A-Za-z0-9_./-]+)(?:\s+[^:=]*)?:(?![=:])")
MAXIMUM_CHARACTERS = 200_000


def read_development(text: str, path: str) -> tuple[tuple[Command, ...], Problem | None]:
    """The commands of one such file; each target or script is a service."""
    if len(text) > MAXIMUM_CHARACTERS:
        what = f"has more than {MAXIMUM_CHARACTERS:,} characters; its targets were not read"
        return (), Problem(Location(path), what, "Split it, or exclude it when it is generated.")
    if path.endswith("package.json"):
        data = read_json(text, path)
        if isinstance(data, Problem):
            return (), data
        return tuple(_read_scripts(data, text, path)), None
    return tuple(_read_targets(text, path)), None


def _read_scripts(data: object, text: str, path: str) -> Iterator[Command]:
    scripts = data.get("scripts") if isinstance(data, dict) else None
    for name, script in scripts.items() if isinstance(scripts, dict) else ():
        if isinstance(script, str):
            line = find_line(text, f'"{name}"', max(find_line(text, '"scripts"'), 1))
            yield from _run(script, Location(path, line), name, origin="package.json")


def _read_targets(text: str, path: str) -> Iterator[Command]:
    target = ""
    parts: list[str] = []
    start = 0
    origin = "make" if path.lower().endswith("makefile") else "just"
    for line, content in enumerate(text.splitlines(), start=1):
        if not content[:1].isspace() and not parts:
            match = _TARGET.match(content)
            target = match[1] if match else target if content.startswith("#") or not content else ""
            continue
        if not target or not content.strip():
            parts = []
            continue
        start = start if parts else line
        recipe = content.strip() if parts else content.strip().lstrip("@-+")
        parts.append(recipe.removesuffix("\\"))
        if not recipe.endswith("\\"):
            yield from _run(" ".join(parts).replace("$$", "$"), Location(path, start), target, origin=origin)
            parts = []


def _run(text: str, where: Location, service: str, *, origin: str) -> Iterator[Command]:
    purpose = purpose_of_words(service, DEVELOPMENT)
    purpose = DEVELOPMENT if purpose == PRODUCTION else purpose
    yield from run_text(text, where, Start(service, origin, purpose))
