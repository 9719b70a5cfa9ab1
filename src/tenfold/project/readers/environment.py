"""Modules of an environment that lies inside the project, read one by one when a name needs them."""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING

from tenfold.project.model import Problem
from tenfold.project.readers.syntax import extract_all
from tenfold.project.readers.text import read_text
from tenfold.project.source import Module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ENVIRONMENTS = (".venv", "venv", "env", ".env", "virtualenv")


def find_outside_modules(root: Path) -> Callable[[str], Module | None]:
    """A function from a dotted name to the environment's module of that name (None: there is none).

    The files are read, never imported; without an environment inside the project every answer is None.
    """
    folders = _find_packages(root)

    def read_module(name: str) -> Module | None:
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        inner = "/".join(parts)
        for folder in folders:
            for place in (folder / inner / "__init__.py", folder / f"{inner}.py"):
                # Path.is_file raises where a folder may not be entered, or where a name is too long.
                if os.path.isfile(place):  # noqa: PTH113
                    return _read(place, name)
        return None

    return read_module


def _find_packages(root: Path) -> list[Path]:
    homes = [root, *(folder.parent for folder in root.glob("*/manage.py"))]
    return [
        folder
        for home in homes
        for name in _ENVIRONMENTS
        for folder in sorted((home / name).glob("lib/python3*/site-packages"))
    ]


def _read(place: Path, name: str) -> Module | None:
    text = read_text(place.parent, place.name)
    if isinstance(text, Problem):
        return None
    (facts,) = extract_all([text])
    return None if len(facts) == 2 else Module(str(place), name, facts)
