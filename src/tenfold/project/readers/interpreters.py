"""Other Python interpreters on this machine: a newer one parses what this one cannot."""

from __future__ import annotations

import marshal
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.project.readers import syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenfold.project.packed import Facts

_PROGRAM = re.compile(r"python3\.(\d+)$")
_VERSION = re.compile(r"3\.(\d+)\.\d+")
SECONDS = 300.0
"""Saleor's 850,000 lines take 6 s; a process that says nothing for minutes is stuck."""


def find_newer_interpreters() -> tuple[str, ...]:
    """Programs that should be CPython newer than this one, newest first. Found by name, not started: a
    shim may still fail when it is."""
    found = {*_find_on_path(os.environ.get("PATH", "")), *_find_in_pyenv()}
    newer = [(minor, path) for minor, path in found if minor > sys.version_info.minor]
    return tuple(path for _, path in sorted(newer, reverse=True))


def _find_on_path(path: str) -> Iterator[tuple[int, str]]:
    for folder in path.split(os.pathsep):
        for name in _list_names(Path(folder)) if folder else ():
            match = _PROGRAM.match(name)
            if match and os.access(Path(folder) / name, os.X_OK):
                yield int(match[1]), str(Path(folder) / name)


def _find_in_pyenv() -> Iterator[tuple[int, str]]:
    home = os.environ.get("PYENV_ROOT") or str(Path("~/.pyenv").expanduser())
    versions = Path(home) / "versions"
    for name in _list_names(versions):
        match = _VERSION.fullmatch(name)
        program = versions / name / "bin" / "python"
        if match and os.access(program, os.X_OK):
            yield int(match[1]), str(program)


def _list_names(folder: Path) -> Iterable[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are enough
    except OSError:
        return ()


def parse_elsewhere(interpreter: str, texts: list[str]) -> list[Facts | tuple[int, str]] | None:
    """What `syntax.extract_all` gives under another interpreter; None when that one does not work."""
    command = [interpreter, "-I", "-S", "-X", "utf8", syntax.__file__]
    request = marshal.dumps([text.encode("utf-8", "surrogatepass") for text in texts], syntax.MARSHAL)
    try:
        done = subprocess.run(command, input=request, capture_output=True, timeout=SECONDS, check=False)
        if done.returncode:
            return None
        answers = marshal.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError, EOFError, TypeError):
        return None
    usable = isinstance(answers, list) and len(answers) == len(texts)
    return answers if usable else None
