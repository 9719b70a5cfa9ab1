"""The repository as the rules see it: its files, its Python trees, its modules."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
TESTS = ROOT / "tests"
_GENERATED = {"__pycache__", ".venv", "_build", "build", "dist"}


@cache
def tracked_files() -> tuple[str, ...]:
    """Paths of the repository's own files, relative to its root: git's, or a walk where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0 and listing.stdout:
        return tuple(sorted(path for path in listing.stdout.splitlines() if (ROOT / path).is_file()))
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(path.as_posix() for path in found if not _GENERATED & set(path.parts)))


@cache
def text_of(path: str) -> str:
    """The text of a tracked file, "" for a binary one."""
    data = (ROOT / path).read_bytes()
    return "" if b"\0" in data else data.decode("utf-8")


def python_files(*folders: str) -> tuple[str, ...]:
    """Paths of the Python files below the given folders of the repository."""
    heads = tuple(f"{folder}/" for folder in folders)
    return tuple(path for path in tracked_files() if path.endswith(".py") and path.startswith(heads))


@cache
def tree_of(path: str) -> ast.Module:
    return ast.parse(text_of(path), path)


def listed(breaches: list[str], rule: str) -> str:
    """The message of a broken rule: what it asks, then one line for each place."""
    return rule + "".join(f"\n  {breach}" for breach in breaches)
