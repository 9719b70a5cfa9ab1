"""Which tools the repository configures, and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.files import Files
    from tenfold.project.readers.texts import Texts

_NAMED: Mapping[str, str] = {
    ".flake8": "flake8",
    "mypy.ini": "mypy",
    ".mypy.ini": "mypy",
    "ruff.toml": "ruff",
    ".ruff.toml": "ruff",
    ".pylintrc": "pylint",
    "pylintrc": "pylint",
    "pylint.toml": "pylint",
    ".isort.cfg": "isort",
    "pytest.ini": "pytest",
    ".coveragerc": "coverage",
    "tox.ini": "tox",
    "noxfile.py": "nox",
    "biome.json": "biome",
    "biome.jsonc": "biome",
    ".eslintrc": "eslint",
    ".editorconfig": "editorconfig",
    "pyrightconfig.json": "pyright",
    ".bandit": "bandit",
    "bandit.yaml": "bandit",
    ".djlintrc": "djlint",
    ".curlylintrc": "curlylint",
    ".semgrep.yml": "semgrep",
    ".yamllint": "yamllint",
    ".hadolint.yaml": "hadolint",
    "renovate.json": "renovate",
    ".renovaterc": "renovate",
    "dependabot.yml": "dependabot",
    "dependabot.yaml": "dependabot",
    ".style.yapf": "yapf",
    ".importlinter": "importlinter",
    "ty.toml": "ty",
}
_PATTERNS = (
    (re.compile(r"\.eslintrc\..+|eslint\.config\..+"), "eslint"),
    (re.compile(r"\.prettierrc.*|prettier\.config\..+"), "prettier"),
    (re.compile(r"\.stylelintrc.*|stylelint\.config\..+"), "stylelint"),
)
_TABLE = re.compile(r"^\[+tool\.\s*[\"']?([\w-]+)", re.MULTILINE)
_SECTION = re.compile(r"^\[(?:tool:)?([\w-]+)[^\]]*\]", re.MULTILINE)
_SECTION_TOOLS = frozenset(
    "flake8 mypy isort pytest coverage pylint pydocstyle pycodestyle pep8 yapf tox black bandit pylama "
    "djlint importlinter".split()
)


def read_tools(files: Files, texts: Texts) -> dict[str, Location]:
    """Tool -> the place that configures it; files nearer to the root first."""
    found: dict[str, Location] = {}
    near = (f.path for f in files.all if f.path.count("/") <= 2)
    for path in sorted(near, key=lambda p: (p.count("/"), p)):
        for tool, line in _read_file(path, texts):
            found.setdefault(tool, Location(path, line))
    return found


def _read_file(path: str, texts: Texts) -> Iterator[tuple[str, int]]:
    name = path.rpartition("/")[2]
    if name == "pyproject.toml":
        yield from _read_headers(path, _TABLE, texts, known=None)
    elif name in ("setup.cfg", "tox.ini"):
        yield from _read_headers(path, _SECTION, texts, known=_SECTION_TOOLS)
    if name in _NAMED:
        yield _NAMED[name], 0 if name == "tox.ini" else 1
    for pattern, tool in _PATTERNS:
        if pattern.fullmatch(name):
            yield tool, 1


def _read_headers(
    path: str, pattern: re.Pattern[str], texts: Texts, *, known: frozenset[str] | None
) -> Iterator[tuple[str, int]]:
    text = texts.get(path) or ""
    for match in pattern.finditer(text):
        if known is None or match[1] in known:
            yield match[1], text.count("\n", 0, match.start()) + 1
