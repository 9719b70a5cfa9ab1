"""The files of a new project, rendered from `tenfold/template` by one replacement. Nothing is written here.

The template is itself a Django project that runs, named `projectname`: that word becomes the new name in
every path and text, and `Projectname` the same name as a person reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

PLACEHOLDER = "projectname"
_MADE = frozenset(
    {"__pycache__", ".env", ".venv", ".tenfold", ".ruff_cache", ".mypy_cache", "build", "media", ".DS_Store"}
)
_MADE_ENDINGS = (".pyc", ".sqlite3")
"""What appears in the template's folder when it is run where it stands: no part of a new project."""
_EXECUTABLE = frozenset({"manage.py"})


@dataclass(frozen=True, slots=True, order=True)
class NewFile:
    """A file of the new project, by its path below the project's folder."""

    path: str
    text: str
    mode: int = 0o644


def render_project(name: str) -> tuple[NewFile, ...]:
    """Every file of a project called `name`, sorted by path."""
    return tuple(sorted(_render(name)))


def title_of(name: str) -> str:
    """The name as a person reads it: "my_shop" is "My shop"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _render(name: str) -> Iterator[NewFile]:
    for path, source in _walk(files("tenfold").joinpath("template"), ""):
        mode = 0o755 if path in _EXECUTABLE else 0o644
        yield NewFile(_rename(path, name), _rename(source.read_text(encoding="utf-8"), name), mode)


def _rename(text: str, name: str) -> str:
    return text.replace(PLACEHOLDER, name).replace(PLACEHOLDER.capitalize(), title_of(name))


def _walk(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.name in _MADE or entry.name.endswith(_MADE_ENDINGS):
            continue
        path = f"{above}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        else:
            yield path, entry
