"""pyproject.toml: PEP 621, dependency groups (PEP 735), poetry, pdm, uv."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.dependencies import Requirement, normalise_name
from tenfold.project.model import Location
from tenfold.project.readers.dependency_files.names import group_of, read_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BARE_VERSION = re.compile(r"v?\d+(?:\.\d+)*(?:\.?(?:a|b|rc|post|dev)\d+)?")


def read_pyproject(data: Mapping[str, Any], text: str, path: str) -> tuple[Requirement, ...]:
    """Every requirement that a pyproject.toml declares, with the group it stands in."""
    tool = _table(data.get("tool"))
    project = _table(data.get("project"))
    page = _Page(text, path)
    found = [
        *_read_list(project.get("dependencies"), "main", page),
        *_read_groups(project.get("optional-dependencies"), page),
        *_read_groups(data.get("dependency-groups"), page),
        *_read_groups(_table(tool.get("pdm")).get("dev-dependencies"), page),
        *_read_list(_table(tool.get("uv")).get("dev-dependencies"), "dev", page),
        *_read_poetry(_table(tool.get("poetry")), page),
    ]
    direct = _direct_sources(_table(_table(tool.get("uv")).get("sources")))
    return tuple(
        replace(r, direct_url=True, pinned=direct[r.name] or r.pinned) if r.name in direct else r
        for r in found
    )


def read_requires_python(data: Mapping[str, Any]) -> str:
    """The Python versions that the project allows, as written; "" when it does not say."""
    written = _table(data.get("project")).get("requires-python")
    if isinstance(written, str):
        return written
    poetry = _table(_table(_table(data.get("tool")).get("poetry")).get("dependencies")).get("python")
    return poetry if isinstance(poetry, str) else ""


class _Page:
    """Finds the lines of what tomllib read without them."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path

    def quoted(self, text: str) -> Location:
        for quote in ('"', "'"):
            found = self.text.find(f"{quote}{text}{quote}")
            if found >= 0:
                return Location(self.path, self.text.count("\n", 0, found) + 1)
        return Location(self.path)

    def key(self, name: str, section: str) -> Location:
        start = self.text.find(f"[{section}]")
        pattern = re.compile(rf"^[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*=", re.MULTILINE)
        found = pattern.search(self.text, max(start, 0))
        return Location(self.path, self.text.count("\n", 0, found.start()) + 1 if found else 0)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _read_list(value: Any, group: str, page: _Page) -> Iterator[Requirement]:
    for text in value if isinstance(value, list) else ():
        if isinstance(text, str):
            requirement = read_requirement(text.removeprefix("-e "), page.quoted(text), group)
            if requirement is not None:
                yield requirement


def _read_groups(value: Any, page: _Page) -> Iterator[Requirement]:
    for name, entries in _table(value).items():
        yield from _read_list(entries, group_of(name) or normalise_name(name), page)


def _read_poetry(poetry: Mapping[str, Any], page: _Page) -> Iterator[Requirement]:
    sections: list[tuple[str, str, Any]] = [
        ("main", "tool.poetry.dependencies", poetry.get("dependencies")),
        ("dev", "tool.poetry.dev-dependencies", poetry.get("dev-dependencies")),
    ]
    for name, group in _table(poetry.get("group")).items():
        entries = _table(group).get("dependencies")
        sections.append((group_of(name) or name, f"tool.poetry.group.{name}.dependencies", entries))
    for group_name, section, entries in sections:
        for name, entry in _table(entries).items():
            if name.lower() != "python":
                yield _read_entry(name, entry, group_name, where=page.key(name, section))


def _read_entry(name: str, entry: Any, group: str, *, where: Location) -> Requirement:
    """A poetry or Pipfile entry: a version, or a table with `version`, `git`, `path`, `url`."""
    entry = entry[0] if isinstance(entry, list) and entry else entry
    table = _table(entry)
    written = entry if isinstance(entry, str) else str(table.get("version", ""))
    direct = any(key in table for key in ("git", "path", "url", "file"))
    exact = bool(_BARE_VERSION.fullmatch(written) or re.fullmatch(r"={1,3}\s*[\w.+!]+", written))
    return Requirement(
        name=normalise_name(name),
        specifier="" if written == "*" else written.replace(" ", ""),
        where=where,
        group=group,
        pinned=exact or bool(direct and ("rev" in table or "tag" in table or "url" in table)),
        direct_url=direct,
    )


def _direct_sources(sources: Mapping[str, Any]) -> dict[str, bool]:
    """Names that uv takes from a URL, a repository or a folder -> whether that is one exact version."""
    found: dict[str, bool] = {}
    for name, source in sources.items():
        table = _table(source)
        if any(key in table for key in ("git", "url", "path")):
            found[normalise_name(name)] = any(key in table for key in ("rev", "tag", "url"))
    return found


def read_pipfile(data: Mapping[str, Any], text: str, path: str) -> tuple[Requirement, ...]:
    """The requirements of a Pipfile."""
    page = _Page(text, path)
    found: list[Requirement] = []
    for section, entries in data.items():
        if section in ("source", "requires", "scripts", "pipenv"):
            continue
        group = {"packages": "main", "dev-packages": "dev"}.get(section, section)
        for name, entry in _table(entries).items():
            requirement = _read_entry(name, entry, group, where=page.key(name, section))
            exact = requirement.pinned and requirement.specifier.startswith("==")
            found.append(
                replace(requirement, pinned=exact or (requirement.pinned and requirement.direct_url))
            )
    return tuple(found)
