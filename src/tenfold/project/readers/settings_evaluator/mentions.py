"""Every place of a project that names a settings module, and how much it counts."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.project.model import Location, Problem
from tenfold.project.readers.settings_evaluator.modules import (
    ASIDE,
    PURPOSES,
)
from tenfold.project.readers.syntax import parse
from tenfold.project.repository import DEVELOPMENT, PRODUCTION, TESTING, UNSURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenfold.project.files import Files
    from tenfold.project.repository import Repository


VARIABLE = "DJANGO_SETTINGS_MODULE"
_DOTTED = re.compile(r"^[A-Za-z_]\w*(\.[\w-]+)*$")
_DEPLOYS = re.compile(
    r"(^|/)(Procfile[^/]*|app\.(json|ya?ml)|fly[^/]*\.toml|render\.ya?ml|nixpacks\.toml|\.do/.*\.ya?ml"
    r"|[^/]*\.service|[^/]*uwsgi[^/]*\.(ini|ya?ml)|supervisor[^/]*\.conf|.*(k8s|kubernetes|helm|deploy|charts)"
    r"[^/]*/.*\.ya?ml|[^/]*\.sh|\.ebextensions/.*)$"
)
_IN_TEXT = re.compile(
    VARIABLE + r"""["']?(?:\s*[:=]\s*|\s*\n(?:\s+(?!value)\w+:.*\n)*\s+value:\s*)["']?"""
    r"""([A-Za-z_]\w*(?:\.[\w-]+)+)"""
)
DEFAULTS = 200
"""Mentions from this rank on are what wsgi.py, celery.py and manage.py fall back to, 600 to 750 aside."""
BUILDS = 500
"""The rank of what only a step of an image's build names."""
_BUILD_STEPS = frozenset("static collectstatic assets build compress translations dummy minimal".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that names a settings module; the smallest rank counts most."""

    module: str
    where: Location
    rank: int
    purpose: str


def find_mentions(
    files: Files, repository: Repository, read: Callable[[str], str | Problem]
) -> Iterator[Mention]:
    yield from _deployment_mentions(repository)
    yield from _text_mentions(files, read)
    ranks = {"wsgi.py": 20, "asgi.py": 22, "celery.py": 30, "celeryconf.py": 31, "manage.py": 40}
    for file in files.all:
        rank = ranks.get(file.name)
        parts = file.path.split("/")
        if rank is None and len(parts) > 1 and parts[-2] in ("wsgi", "asgi") and file.name.endswith(".py"):
            rank = 21
        if rank is None:
            continue
        aside = 5 if ASIDE.intersection(parts[:-1]) else 0
        for module, line in default_modules(read(file.path)):
            depth = min(len(parts) - 1, 9) / 10
            yield Mention(module, Location(file.path, line), int((rank + aside + depth) * 10), UNSURE)


def _deployment_mentions(repository: Repository) -> Iterator[Mention]:
    """Modules named where production is built and started; the purpose of the place comes first."""
    ranks = {PRODUCTION: 0, UNSURE: 50, DEVELOPMENT: 600, TESTING: 700}
    for command in repository.commands:
        purpose = TESTING if command.origin == "ci" else command.purpose
        rank = ranks.get(purpose, 50)
        if command.phase == "build":
            # Static files are often collected with settings of their own: what wsgi.py names goes before.
            rank = max(rank, BUILDS)
        # The environment is what a Dockerfile or compose file gives: those name the place itself.
        inherited = command.environment.get(VARIABLE, "")
        for module, later in (*((word, 0) for word in _in_words(command.words)), (inherited, 5)):
            if _DOTTED.match(module):
                step = command.phase == "build" and module.rpartition(".")[2] in _BUILD_STEPS
                yield Mention(module, command.where, rank + later, TESTING if step else purpose)
    for docker in repository.dockerfiles:
        module = docker.environment.get(VARIABLE, "")
        if _DOTTED.match(module):
            line = next((n for _, text, n in docker.instructions if VARIABLE in text), 0)
            yield Mention(module, Location(docker.path, line), ranks.get(docker.purpose, 50), docker.purpose)
    for compose in repository.compose:
        for service in compose.services:
            module = service.environment.get(VARIABLE, "")
            if _DOTTED.match(module):
                rank = ranks.get(compose.purpose, 50) + 3
                yield Mention(module, service.where, rank, compose.purpose)


def _text_mentions(files: Files, read: Callable[[str], str | Problem]) -> Iterator[Mention]:
    """Deployment descriptions of platforms, units and scripts that no other fact holds: as text."""
    for file in files.all:
        if file.size > 200_000 or not _DEPLOYS.search(file.path):
            continue
        text = read(file.path)
        if isinstance(text, Problem) or VARIABLE not in text:
            continue
        purpose = purpose_of_place(file.path)
        rank = {PRODUCTION: 5, UNSURE: 60, DEVELOPMENT: 650, TESTING: 750}[purpose]
        for match in _IN_TEXT.finditer(text):
            line = text.count("\n", 0, match.start(1)) + 1
            yield Mention(match[1], Location(file.path, line), rank, purpose)


def purpose_of_place(path: str) -> str:
    """What a deployment file is for, by the words in its path."""
    words = set(re.split(r"[/_.\s-]", path.lower()))
    if words & (PURPOSES[TESTING] | {"github", "gitlab", "circleci", "tox"}):
        return TESTING
    if words & (PURPOSES[DEVELOPMENT] | {"devcontainer", "override"}):
        return DEVELOPMENT
    return PRODUCTION if words & {"production", "prod", "live", "do", "fly", "render", "heroku"} else UNSURE


def _in_words(words: tuple[str, ...]) -> Iterator[str]:
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name.strip("-") in (VARIABLE, "settings", "ds") and (equals and value):
            yield value.strip("\"'")
        elif word == "--settings" and index + 1 < len(words):
            yield words[index + 1]
        elif name in ("--env", "-e", "--raw-env"):
            rest = value or (words[index + 1] if index + 1 < len(words) else "")
            inner, _, module = rest.partition("=")
            if inner == VARIABLE:
                yield module.strip("\"'")


def default_modules(text: str | Problem, variable: str = VARIABLE) -> list[tuple[str, int]]:
    """Modules that a file sets as DJANGO_SETTINGS_MODULE: (dotted name, line)."""
    if isinstance(text, Problem) or variable not in text:
        return []
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    for node in ast.walk(tree):
        value = _default_of(node, variable)
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and _DOTTED.match(value.value):
            found.append((value.value, getattr(node, "lineno", 0)))
    return found


def _default_of(node: ast.AST, variable: str) -> ast.expr | None:
    if isinstance(node, ast.Call) and len(node.args) == 2:
        first = node.args[0]
        is_setting = isinstance(node.func, ast.Attribute) and node.func.attr in (
            "setdefault",
            "putenv",
            "get",
        )
        if is_setting and isinstance(first, ast.Constant) and first.value == variable:
            return node.args[1]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        key = node.targets[0].slice
        if isinstance(key, ast.Constant) and key.value == variable:
            return node.value
    return None
