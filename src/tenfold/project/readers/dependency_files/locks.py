"""Lock files: name -> version. Read by their fixed lines: a TOML parser needs a second for a big one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tenfold.project.dependencies import normalise_name
from tenfold.project.model import Location, Problem
from tenfold.project.readers.repository_files.documents import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

MANAGERS: Mapping[str, str] = {
    "uv.lock": "uv",
    "poetry.lock": "poetry",
    "pdm.lock": "pdm",
    "Pipfile.lock": "pipenv",
    "pylock.toml": "pip",
}
_PACKAGE = re.compile(r"^\[\[packages?\]\][ \t]*\r?\n((?:(?!\[).*\r?\n?)*)", re.MULTILINE)
_NAME = re.compile(r"^name\s*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)
_VERSION = re.compile(r"^version\s*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)
_QUICK = re.compile(r"^\[\[packages?\]\]\r?\nname = \"([^\"]+)\"\r?\nversion = \"([^\"]+)\"", re.MULTILINE)
_CONFLICT = re.compile(r"^(?:<{7} |>{7} |={7}\r?$)", re.MULTILINE)


def read_lock(text: str, path: str) -> Mapping[str, str] | Problem:
    """The versions that a lock file holds."""
    conflict = _CONFLICT.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        return Problem(
            Location(path, line), "holds the marks of an unresolved merge", "Resolve it; lock again."
        )
    if path.endswith("Pipfile.lock"):
        return _read_pipfile_lock(text, path)
    found: dict[str, str] = {}
    for name, version in _QUICK.findall(text):
        found.setdefault(normalise_name(name), version)
    if not found:
        found = _read_packages(text)
    if not found and text.strip() and "[[" in text:
        return Problem(Location(path), "has no package that could be read", "Lock the dependencies again.")
    return found


def _read_packages(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for body in _PACKAGE.findall(text):
        name, version = _NAME.search(body), _VERSION.search(body)
        if name and version:
            found.setdefault(normalise_name(name[1]), version[1])
    return found


def _read_pipfile_lock(text: str, path: str) -> Mapping[str, str] | Problem:
    data: Any = read_json(text, path)
    if isinstance(data, Problem):
        return data
    found: dict[str, str] = {}
    for section in ("default", "develop"):
        entries = data.get(section) if isinstance(data, dict) else None
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            version = entry.get("version") if isinstance(entry, dict) else None
            if isinstance(version, str):
                found.setdefault(normalise_name(name), version.removeprefix("=="))
    return found
