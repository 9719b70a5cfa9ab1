"""Reads the project's templates: files below folders named `templates` or `jinja2`."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tenfold.project.model import Problem
from tenfold.project.readers.template_text import scan_template
from tenfold.project.readers.text import read_text
from tenfold.project.templates import Template, Templates

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.files import Files

_FOLDERS = {"templates": "django", "jinja2": "jinja2"}
_SUFFIXES = frozenset({".html", ".htm", ".txt", ".xml", ".j2", ".jinja", ".jinja2"})
_JINJA2_SUFFIXES = frozenset({".j2", ".jinja", ".jinja2"})
_INNER_SUFFIXES = frozenset({"", ".html", ".htm", ".txt", ".xml"})
"""What may stand before `.j2`: `nginx.conf.j2` or `app.service.j2` is a deployment's, not the site's."""


def read_templates(root: Path, files: Files) -> tuple[Templates, tuple[Problem, ...]]:
    """Every template below `root`; a file that cannot be read is a Problem and the rest goes on."""
    found: list[Template] = []
    problems: list[Problem] = []
    directories: set[str] = set()
    for file in files.all:
        place = _find_place(file.path)
        if place is None:
            continue
        text = read_text(root, file.path)
        if isinstance(text, Problem):
            problems.append(text)
            continue
        directory, name, engine = place
        scan = scan_template(text, engine=engine, markup=not name.endswith((".txt", ".txt.j2")))
        directories.add(directory)
        found.append(Template(file.path, name, scan.engine, scan.tags, scan.elements, scan.variables))
    return Templates(tuple(found), tuple(sorted(directories))), tuple(problems)


def _find_place(path: str) -> tuple[str, str, str] | None:
    """(templates folder, name inside it, engine) of a template's path, None for any other file."""
    pure = PurePosixPath(path)
    if pure.suffix not in _SUFFIXES:
        return None
    if pure.suffix in _JINJA2_SUFFIXES and PurePosixPath(pure.stem).suffix not in _INNER_SUFFIXES:
        return None
    parts = pure.parts
    index = next((i for i in range(len(parts) - 2, -1, -1) if parts[i] in _FOLDERS), None)
    if index is None:
        return None
    engine = "jinja2" if pure.suffix in _JINJA2_SUFFIXES else _FOLDERS[parts[index]]
    return "/".join(parts[: index + 1]), "/".join(parts[index + 1 :]), engine
