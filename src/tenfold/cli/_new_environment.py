"""The virtual environment of a new project: made, and filled with what its requirements pin."""

from __future__ import annotations

import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.scaffold.origin import read_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REQUIREMENTS = "requirements/development.txt"
VENV = ".venv"
SECONDS = 1800
LAST_LINES = 6
"""Lines of pip's complaint that are shown."""
_PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")


def install(folder: Path, progress: Callable[[str], None]) -> str:
    """Make `.venv` in the project and install its requirements. Gives "" or why it failed; the folder keeps
    what was made, and the same commands can be given again.

    Where Tenfold itself did not come from a registry, its wheel is put into the project's `wheels`, so that the
    project's own requirements, its CI and its image find the version that they pin.
    """
    python = str(folder / VENV / "bin/python")
    progress(f"Making {VENV}")
    if complaint := _run([sys.executable, "-m", "venv", "--prompt", folder.name, VENV], folder):
        return f"{VENV} cannot be made: {complaint}"
    if origin := find_origin():
        progress("Building the wheel of tenfold")
        words = [python, *_PIP, "wheel", "--quiet", "--no-deps", "--wheel-dir", "wheels", origin]
        if complaint := _run(words, folder):
            return f"the wheel of tenfold cannot be built from {origin}: {complaint}"
    progress("Installing what the project needs, a minute or two")
    if complaint := _run([python, *_PIP, "install", "--quiet", "--requirement", REQUIREMENTS], folder):
        return f"{REQUIREMENTS} cannot be installed: {complaint}"
    return ""


def install_commands() -> tuple[str, ...]:
    """What `install` does, as a person types it in the project's folder."""
    python = f"{VENV}/bin/python"
    origin = find_origin()
    wheel = f"{python} -m pip wheel --no-deps --wheel-dir wheels {shlex.quote(origin)}"
    return (
        f"python -m venv {VENV}",
        *((wheel,) if origin else ()),
        f"{python} -m pip install -r {REQUIREMENTS}",
    )


def find_origin() -> str:
    """Where the running Tenfold was installed from, "" for a registry or when that is gone."""
    try:
        origin = read_origin(distribution("tenfold").read_text("direct_url.json"))
    except PackageNotFoundError:
        return ""
    return "" if origin.startswith("/") and not Path(origin).exists() else origin


def _run(words: Sequence[str], folder: Path) -> str:
    """ "" when it succeeded, else the last lines of what it said."""
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stderr or done.stdout).strip().splitlines() or [f"it ended with {done.returncode}"]
    return "\n".join(said[-LAST_LINES:]) if done.returncode else ""
