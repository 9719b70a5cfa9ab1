"""Settings modules of a project: which files they are, and what each is for by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.model import Problem
from tenfold.project.repository import DEVELOPMENT, PRODUCTION, TESTING, UNSURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.files import Files


PURPOSES = {
    PRODUCTION: frozenset("production prod live deploy deployed heroku docker server".split()),
    DEVELOPMENT: frozenset(
        "development dev develop devel local localhost local_settings debug vagrant personal "
        "docker_compose".split()
    ),
    TESTING: frozenset("test tests testing ci test_settings settings_test travis unittest pytest".split()),
}
ASIDE = frozenset(("tests", "test", "docs", "doc", "examples", "example", "sandbox", "node_modules", "demo"))
BASES = ("base.py", "common.py", "defaults.py")


def is_base(path: str) -> bool:
    return path.rpartition("/")[2] in BASES


def purpose_of(path: str) -> str:
    """What a settings file is for, by its name: the file's, or its folder's inside a settings package."""
    stem = path.removesuffix(".py")
    words = [w for w in re.split(r"[/_.-]", stem.partition("settings")[2] or stem.rpartition("/")[2]) if w]
    name = stem.rpartition("/")[2]
    for purpose, known in PURPOSES.items():
        if name in known or any(word in known for word in words):
            if purpose == PRODUCTION and any(word in PURPOSES[DEVELOPMENT] for word in words):
                continue
            if name in PURPOSES[DEVELOPMENT]:
                return DEVELOPMENT
            return purpose
    return UNSURE


def settings_files(files: Files, read: Callable[[str], str | Problem]) -> list[str]:
    """Python files that look like settings modules by their name and what they set."""
    found = []
    for file in files.all:
        path = file.path
        stem = file.name.removesuffix(".py")
        # A dot in the name cannot be imported: `production.example.py` is a sample to copy.
        if stem == file.name or "." in stem or "/migrations/" in path or file.size > 500_000:
            continue
        parts = path.split("/")
        inside = "settings" in parts[-2:-1] or (len(parts) > 2 and "settings" in parts[-3:-1])
        named = file.name in ("settings.py", "configuration.py", "local_settings.py") or re.match(
            r"(settings_\w+|\w+_settings)\.py$", file.name
        )
        if (inside or named) and _sets_settings(read(path), inside=inside):
            found.append(path)
    return found


def _sets_settings(text: str | Problem, *, inside: bool) -> bool:
    if isinstance(text, Problem):
        return False
    if re.search(r"^\s*(INSTALLED_APPS|ROOT_URLCONF|DATABASES|SECRET_KEY|MIDDLEWARE)\b", text, re.MULTILINE):
        return True
    return inside and bool(
        re.search(r"^\s*from [\w.]+ import \*|^(DEBUG|ALLOWED_HOSTS)\b|load_settings\(", text, re.MULTILINE)
    )


def find_file(module: str, files: Files) -> str:
    """The project file of a dotted name, wherever its source root is; "" when there is none."""
    stem = module.replace(".", "/")
    endings = (f"{stem}.py", f"{stem}/__init__.py")
    found = [
        file.path
        for file in files.named(endings[0].rpartition("/")[2], "__init__.py")
        if file.path in endings or file.path.endswith(tuple(f"/{ending}" for ending in endings))
    ]
    found.sort(key=lambda path: (bool(ASIDE.intersection(path.split("/")[:-2])), path.count("/"), path))
    return found[0] if found else ""


def module_name(path: str, files: Files) -> str:
    """The dotted name of a settings file: from the folder of manage.py above it, else from its packages."""
    stem = path.removesuffix(".py").removesuffix("/__init__")
    roots = {file.path.rpartition("/")[0] for file in files.named("manage.py")}
    for root in sorted(roots, key=len, reverse=True):
        if not root or stem.startswith(f"{root}/"):
            return stem[len(root) :].strip("/").replace("/", ".")
    parts = stem.split("/")
    start = len(parts) - 1
    while start and f"{'/'.join(parts[:start])}/__init__.py" in files:
        start -= 1
    return ".".join(parts[start:])
