"""Finds the Python that the project runs with, by running it: a shim that fails is no interpreter."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.project.model import Known, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.model import Fact

SECONDS = 20.0
OLDEST_PYTHON = (3, 8)
QUESTION = """
import json, sys
try:
    import django
    version = django.get_version()
except Exception as error:
    version = None
print(json.dumps([list(sys.version_info[:2]), version]))
"""


def find_interpreter(
    root: Path, *, given: Path | None, environment: Mapping[str, str] = os.environ
) -> Fact[Path]:
    """The first interpreter that runs and has Django: `given` alone when it is given, else VIRTUAL_ENV,
    environments inside the project, poetry's, pipenv's, uv's, and the one on PATH.

    Only after consent: it runs what stands in the project. Unknown says what was tried and what to do.
    """
    tried: list[str] = []
    candidates = iter([given]) if given else _candidates(root, environment)
    for candidate in dict.fromkeys(candidates):
        why = judge_interpreter(candidate)
        if not why:
            return Known(candidate, exact=True)
        tried.append(f"{candidate}: {why}")
    if given:
        return Unknown(f"--python {tried[0]}")
    return Unknown(
        "no Python with this project's packages was found"
        + (f" ({'; '.join(tried)})" if tried else "")
        + "; install the requirements into .venv, or name the interpreter with --python"
    )


def judge_interpreter(python: Path) -> str:
    """Why a Python cannot run the project, "" when it can."""
    if not python.is_file():
        return "no such file"
    try:
        ran = subprocess.run(
            # Isolated and from /: the project's own folders must not stand before Django's.
            [str(python), "-I", "-B", "-c", QUESTION],
            cwd="/",
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except OSError as error:
        return f"it cannot be started ({error.strerror or error})"
    except subprocess.TimeoutExpired:
        return f"it did not answer within {SECONDS:g} s"
    if ran.returncode != 0:
        last = ran.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no message"]
        return f"it fails ({last[0][:200]})"
    return _judge_answer(ran.stdout)


def _judge_answer(answer: bytes) -> str:
    try:
        (major, minor), django = json.loads(answer)
    except (ValueError, TypeError):
        return "it is no Python"
    if (major, minor) < OLDEST_PYTHON:
        return f"Python {major}.{minor} is older than 3.8"
    return "" if django else "it has no Django"


def _candidates(root: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Places to look, best first; package managers are asked only when the project uses them."""
    active = environment.get("VIRTUAL_ENV", "")
    own = Path(sys.prefix).resolve()
    if active and Path(active).resolve() != own:
        yield Path(active) / "bin" / "python"
    for folder in _environments(root):
        yield folder / "bin" / "python"
    yield from _ask_managers(root, environment)
    if active:
        yield Path(active) / "bin" / "python"
    for name in ("python3", "python"):
        found = shutil.which(name, path=environment.get("PATH"))
        if found:
            yield Path(found)


def _environments(root: Path) -> list[Path]:
    """Virtual environments directly in the project, those of usual names first."""
    usual = [root / name for name in (".venv", "venv", "env", ".env")]
    try:
        others = sorted(entry for entry in root.iterdir() if entry.is_dir())
    except OSError:
        # A folder that may not be listed may still hold an environment of a usual name.
        others = []
    return [folder for folder in dict.fromkeys([*usual, *others]) if (folder / "pyvenv.cfg").is_file()]


def _ask_managers(root: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    if (root / "poetry.lock").is_file():
        yield from _ask(root, ("poetry", "env", "info", "--executable"), environment)
    if (root / "Pipfile").is_file():
        for folder in _ask(root, ("pipenv", "--venv"), environment):
            yield folder / "bin" / "python"
    if (root / "uv.lock").is_file():
        yield from _ask(root, ("uv", "python", "find", "--no-python-downloads"), environment)


def _ask(root: Path, command: tuple[str, ...], environment: Mapping[str, str]) -> Iterator[Path]:
    """The path that a package manager prints; nothing when it is not installed or knows none."""
    program = shutil.which(command[0], path=environment.get("PATH"))
    if program is None:
        return
    # VIRTUAL_ENV would make them name Tenfold's own environment.
    clean = {key: value for key, value in environment.items() if key != "VIRTUAL_ENV"}
    try:
        ran = subprocess.run(
            [program, *command[1:]],
            cwd=root,
            env=clean,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    lines = ran.stdout.decode("utf-8", "replace").split("\n")
    if ran.returncode == 0 and lines[0].strip():
        yield Path(lines[0].strip())
