"""Reads what the project depends on: what is declared, what is locked, which Python runs it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tenfold.project.dependencies import Dependencies, normalise_name
from tenfold.project.model import Known, Location, Problem
from tenfold.project.readers.dependency_files.interpreters import find_python
from tenfold.project.readers.dependency_files.locks import MANAGERS, read_lock
from tenfold.project.readers.dependency_files.names import group_of
from tenfold.project.readers.dependency_files.pyproject import (
    read_pipfile,
    read_pyproject,
    read_requires_python,
)
from tenfold.project.readers.dependency_files.requirements import read_requirements
from tenfold.project.readers.dependency_files.setup_files import read_conda, read_setup_cfg, read_setup_py
from tenfold.project.readers.repository_files.documents import find_line, read_toml, read_yaml
from tenfold.project.readers.repository_files.purpose import purpose_of
from tenfold.project.readers.texts import Texts
from tenfold.project.repository import TESTING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenfold.project.dependencies import Requirement
    from tenfold.project.files import File, Files
    from tenfold.project.model import Fact
    from tenfold.project.readers.dependency_files.requirements import RequirementsFile
    from tenfold.project.repository import Repository

MAXIMUM_DEPTH = 4
"""Folders. A dependency file deeper down belongs to something else than the project."""

_REQUIREMENTS = re.compile(
    r"(?:.*[-_.])?requirements?(?:[-_.].*)?\.(?:txt|in|pip)|constraints?.*\.(?:txt|in)"
)
_REQUIREMENTS_FOLDER = re.compile(r"(?:requirements|reqs|deps|pip)")
_MAIN_GROUPS = ("main", "production")


@dataclass
class _Collected:
    """What was read so far."""

    declared: list[Requirement] = field(default_factory=list)
    locked: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    lock_files: list[str] = field(default_factory=list)
    managers: list[str] = field(default_factory=list)
    requires_python: Fact[str] | None = None

    def manage(self, name: str) -> None:
        if name not in self.managers:
            self.managers.append(name)


def read_dependencies(
    root: Path, files: Files, repository: Repository
) -> tuple[Dependencies, tuple[Problem, ...]]:
    """The dependencies of the project; files that cannot be used become problems."""
    texts = Texts(root)
    found = _Collected()
    candidates = [f for f in files.all if f.path.count("/") < MAXIMUM_DEPTH and not _is_fixture(f)]
    candidates.sort(key=lambda f: (f.path.count("/"), f.path))
    _read_locks(candidates, texts, found)
    _read_tables(candidates, texts, found)
    _read_requirements_files(candidates, files, texts, found=found)
    _read_environments(root, found)
    python = find_python(files, texts, repository, requires=found.requires_python)
    dependencies = Dependencies(
        declared=tuple(found.declared),
        locked=found.locked,
        files=tuple(found.files),
        lock_files=tuple(found.lock_files),
        managers=tuple(found.managers),
        python=python,
        requires_python=found.requires_python,
    )
    return dependencies, tuple(texts.problems)


def _is_fixture(file: File) -> bool:
    folder = file.path.rpartition("/")[0]
    return bool(folder) and purpose_of(folder) == TESTING


def _read_locks(candidates: list[File], texts: Texts, found: _Collected) -> None:
    for file in candidates:
        if file.name not in MANAGERS and not re.fullmatch(r"pylock\..+\.toml", file.name):
            continue
        text = texts.get(file.path)
        versions = read_lock(text, file.path) if text is not None else None
        found.lock_files.append(file.path)
        found.manage(MANAGERS.get(file.name, "pip"))
        if isinstance(versions, Problem):
            texts.note(versions)
        for name, version in versions.items() if isinstance(versions, dict) else ():
            found.locked.setdefault(name, version)


def _read_tables(candidates: list[File], texts: Texts, found: _Collected) -> None:
    readers = {
        "pyproject.toml": _read_pyproject,
        "Pipfile": _read_pipfile,
        "setup.py": _read_setup_py,
        "setup.cfg": _read_setup_cfg,
        "environment.yml": _read_conda,
        "environment.yaml": _read_conda,
    }
    for file in candidates:
        reader = readers.get(file.name)
        text = texts.get(file.path) if reader is not None else None
        if reader is not None and text is not None:
            before = len(found.declared)
            reader(text, file.path, texts, found=found)
            if len(found.declared) > before:
                found.files.append(file.path)


def _read_pyproject(text: str, path: str, texts: Texts, *, found: _Collected) -> None:
    data = read_toml(text, path)
    if isinstance(data, Problem):
        texts.note(data)
        return
    found.declared += read_pyproject(data, text, path)
    requires = read_requires_python(data)
    if requires and found.requires_python is None:
        line = find_line(text, "requires-python") or find_line(text, requires)
        found.requires_python = Known(requires, Location(path, line))
    tool = data.get("tool")
    for name in ("uv", "poetry", "pdm", "hatch"):
        if isinstance(tool, dict) and name in tool:
            found.manage(name)


def _read_pipfile(text: str, path: str, texts: Texts, *, found: _Collected) -> None:
    data = read_toml(text, path)
    if isinstance(data, Problem):
        texts.note(data)
        return
    found.manage("pipenv")
    found.declared += read_pipfile(data, text, path)


def _read_setup_py(text: str, path: str, texts: Texts, *, found: _Collected) -> None:
    requirements = read_setup_py(text, path)
    if isinstance(requirements, Problem):
        texts.note(requirements)
    else:
        found.declared += requirements


def _read_setup_cfg(text: str, path: str, texts: Texts, *, found: _Collected) -> None:
    result = read_setup_cfg(text, path)
    if isinstance(result, Problem):
        texts.note(result)
        return
    found.declared += result[0]
    if result[1] and found.requires_python is None:
        found.requires_python = Known(result[1], Location(path, find_line(text, "python_requires")))


def _read_conda(text: str, path: str, texts: Texts, *, found: _Collected) -> None:
    documents = read_yaml(text, path)
    if isinstance(documents, Problem):
        texts.note(documents)
        return
    requirements = read_conda(documents[0], path)
    if requirements:
        found.manage("conda")
        found.declared += requirements


def _is_requirements(file: File) -> bool:
    if _REQUIREMENTS.fullmatch(file.name.lower()):
        return True
    folder = file.path.rpartition("/")[0].rpartition("/")[2]
    return bool(_REQUIREMENTS_FOLDER.fullmatch(folder)) and file.name.endswith((".txt", ".in", ".pip"))


def _group_of_file(path: str, inherited: str) -> str:
    name = path.rpartition("/")[2].rpartition(".")[0]
    group = group_of(name)
    if group in ("main", "") and purpose_of(path.rpartition("/")[0]) != "unsure":
        folder_group = group_of(path.rpartition("/")[0].rpartition("/")[2])
        group = folder_group if folder_group not in ("main", "") else group
    return group or inherited or re.sub(r"[-_.]?requirements?[-_.]?", "", name.lower()) or "main"


def _read_requirements_files(
    candidates: list[File], files: Files, texts: Texts, *, found: _Collected
) -> None:
    paths = [f.path for f in candidates if _is_requirements(f)]
    results = dict(_follow_includes(paths, files, texts))
    if results:
        found.manage("pip")
    for path, (parsed, constraint) in sorted(results.items(), key=lambda item: _rank(item[1][0])):
        locks = parsed.compiled or constraint
        if parsed.compiled:
            found.lock_files.append(path)
            found.manage("pip-tools")
        else:
            found.files.append(path)
        if locks:
            for requirement in parsed.requirements:
                if requirement.pinned and requirement.specifier:
                    found.locked.setdefault(requirement.name, requirement.specifier.lstrip("="))
        if not constraint and not (parsed.compiled and _has_source(path, files, found)):
            found.declared += parsed.requirements


def _rank(parsed: RequirementsFile) -> int:
    """Files of production first: what they lock wins."""
    groups = {r.group for r in parsed.requirements}
    return 0 if "production" in groups else 1 if "main" in groups else 2


def _has_source(path: str, files: Files, found: _Collected) -> bool:
    """Whether what a compiled file was made from is declared elsewhere."""
    stem = path.rpartition(".")[0]
    return f"{stem}.in" in files or bool(found.declared)


def _follow_includes(
    paths: list[str], files: Files, texts: Texts
) -> Iterator[tuple[str, tuple[RequirementsFile, bool]]]:
    queue = [(path, "", path.rpartition("/")[2].startswith("constraint")) for path in paths]
    seen: set[str] = set()
    for path, inherited, constraint in queue:  # grows while it is read
        if path in seen or path not in files:
            continue
        seen.add(path)
        text = texts.get(path)
        if text is None:
            continue
        group = _group_of_file(path, inherited)
        parsed = read_requirements(text, path, group)
        yield path, (parsed, constraint)
        queue += [(target, group, constraint or is_constraint) for target, is_constraint in parsed.includes]


def _read_environments(root: Path, found: _Collected) -> None:
    """Versions installed in an environment inside the project, for what nothing locks."""
    for folder in (".venv", "venv", "env"):
        for packages in sorted((root / folder).glob("lib/python3*/site-packages")):
            for entry in packages.glob("*.dist-info"):
                name, _, version = entry.name.removesuffix(".dist-info").partition("-")
                found.locked.setdefault(normalise_name(name), version)
