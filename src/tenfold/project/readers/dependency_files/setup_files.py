"""setup.py and setup.cfg: what setuptools is told, read without running it; conda's environment.yml."""

from __future__ import annotations

import ast
import configparser
import re
import warnings
from typing import TYPE_CHECKING

from tenfold.project.dependencies import Requirement, normalise_name
from tenfold.project.model import Location, Problem
from tenfold.project.readers.dependency_files.names import group_of, read_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.readers.repository_files.documents import Yaml


def read_setup_py(text: str, path: str) -> tuple[Requirement, ...] | Problem:
    """`install_requires` and `extras_require` where they are lists in the source."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 0) or 0
        return Problem(Location(path, line), f"is not valid Python: {error}", "Correct this line.")
    names = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found: list[Requirement] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                value = names.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
                if keyword.arg == "install_requires":
                    found += _read_list(value, "main", path)
                elif keyword.arg == "extras_require" and isinstance(value, ast.Dict):
                    for key, entries in zip(value.keys, value.values, strict=True):
                        name = str(key.value) if isinstance(key, ast.Constant) else "optional"
                        found += _read_list(entries, group_of(name) or name, path)
    return tuple(found)


def _read_list(value: ast.expr | None, group: str, path: str) -> Iterator[Requirement]:
    for element in value.elts if isinstance(value, (ast.List, ast.Tuple)) else ():
        if isinstance(element, ast.Constant) and isinstance(element.value, str):
            requirement = read_requirement(element.value, Location(path, element.lineno), group)
            if requirement is not None:
                yield requirement


def read_setup_cfg(text: str, path: str) -> tuple[tuple[Requirement, ...], str] | Problem:
    """The requirements of [options], and python_requires."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", 0) or 0
        what = str(error).partition("\n")[0]
        return Problem(Location(path, line), f"is not a valid ini file: {what}", "Correct this line.")
    sections = [("options", "install_requires", "main")]
    if parser.has_section("options.extras_require"):
        sections += [
            ("options.extras_require", key, group_of(key) or key) for key in parser["options.extras_require"]
        ]
    found: list[Requirement] = []
    for section, key, group in sections:
        for line in parser.get(section, key, fallback="").splitlines():
            content = line.strip()
            requirement = read_requirement(content, _find(text, content, path), group) if content else None
            if requirement is not None:
                found.append(requirement)
    return tuple(found), parser.get("options", "python_requires", fallback="").strip()


def _find(text: str, content: str, path: str) -> Location:
    found = re.search(rf"^[ \t]*(?:\w+[ \t]*=[ \t]*)?{re.escape(content)}[ \t]*\r?$", text, re.MULTILINE)
    return Location(path, text.count("\n", 0, found.start()) + 1 if found else 0)


def read_conda(document: Yaml, path: str) -> tuple[Requirement, ...]:
    """The packages of a conda environment, and pip's among them."""
    found: list[Requirement] = []
    for entry in document.get("dependencies").elements():
        if entry.is_mapping:
            for line in entry.get("pip").elements():
                requirement = read_requirement(line.text, Location(path, line.line), "main")
                found += [requirement] if requirement is not None else []
            continue
        match = re.match(r"(?:[\w-]+::)?([A-Za-z0-9][\w.-]*)\s*((?:[=<>!~]=?)?[^\s=]*)", entry.text)
        if match and match[1] != "python":
            version = match[2].strip("=")
            exact = entry.text.count("=") >= 1 and not re.search(r"[<>!~*]", match[2])
            specifier = f"=={version}" if exact and version else match[2]
            name = normalise_name(match[1])
            found.append(
                Requirement(name, specifier, Location(path, entry.line), "main", exact and bool(version))
            )
    return tuple(found)
