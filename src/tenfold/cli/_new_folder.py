"""The folder of a new project: written whole or not at all, and made a git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenfold.scaffold.rendering import NewFile

GIT_SECONDS = 30
ENGINE = "kubernetes"
"""The export that a new project begins with: the one whose releases replace one Pod after the other."""


def refuse_folder(folder: Path) -> None:
    """Raises TenfoldError where no project can be put: asked before anything is made."""
    shown = str(folder).encode("unicode_escape").decode()
    if os.pathsep in str(folder) or not str(folder).isprintable():
        raise TenfoldError(
            f'The project cannot stand in "{shown}".',
            why=f'Lists of paths have "{os.pathsep}" between them, and tools print paths: neither that nor a'
            " control character can be in one.",
            next_step="Name another folder: --directory.",
        )
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        what = "a link" if folder.is_symlink() else "a file"
        raise TenfoldError(f"{folder} is {what}.", next_step="Name another folder: --directory.")
    parent = folder.parent
    if not parent.is_dir():
        raise TenfoldError(
            f"There is no folder {parent}.", next_step=f"mkdir -p {parent}, then run it again."
        )
    try:
        found = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise _unwritable(folder, error) from error
    if found:
        names = ", ".join(found[:3]) + (", ..." if len(found) > 3 else "")
        raise TenfoldError(
            f"{folder} is not empty ({names}).",
            why="What stands there would be mixed with the project.",
            next_step="Name another folder: --directory.",
        )


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """A place beside the folder, on the same disk, that is gone in the end; the project is made in there."""
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name or 'tenfold'}.", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder.parent, error) from error
    try:
        yield beside / "project"
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def write_files(root: Path, files: Iterable[NewFile]) -> None:
    """Raises TenfoldError when one cannot be written."""
    for file in files:
        path = root / file.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Never readable by others, not even for a moment: a mode set later would come too late.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
                stream.write(file.text)
        except OSError as error:
            raise _unwritable(path, error) from error


def render_deployment(root: Path, name: str) -> tuple[NewFile, ...]:
    """The files of the export with which a new project begins, read from the project's own source."""
    from tenfold.cli.export import render_for
    from tenfold.scaffold.rendering import NewFile

    return tuple(
        NewFile(f"deploy/{ENGINE}/{file.path}", file.text, file.mode)
        for file in render_for(root, ENGINE, name=name)
    )


def put_in_place(made: Path, folder: Path) -> None:
    """Move the finished project to its folder. An empty folder that is there stays the same one: a shell may
    stand in it. Raises TenfoldError; what was moved is then taken back."""
    moved: list[Path] = []
    try:
        if not folder.is_dir():
            made.rename(folder)
            return
        for entry in sorted(made.iterdir()):
            entry.rename(folder / entry.name)
            moved.append(folder / entry.name)
    except OSError as error:
        for entry in moved:
            entry.rename(made / entry.name)
        raise _unwritable(folder, error) from error


def begin_repository(folder: Path) -> str:
    """Make it a git repository, where git is there and the folder is in none. Gives what was done."""
    git = shutil.which("git")
    if git is None:
        return "no git repository: git is not installed"
    # A hook of git that runs this would lead git to its own repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    inside = _run([git, "rev-parse", "--is-inside-work-tree"], folder, environment)
    if inside is not None and inside.stdout.strip() == "true":
        return "no git repository of its own: it stands in one"
    made = _run([git, "init", "--quiet", "--initial-branch=main"], folder, environment)
    if made is None or made.returncode:
        return f"no git repository: {(made.stderr if made else '').strip() or 'git does not run'}"
    return "a git repository, with nothing committed yet"


def _run(
    words: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, timeout=GIT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _unwritable(path: Path, error: OSError) -> TenfoldError:
    return TenfoldError(
        f"{path} cannot be written.",
        why=error.strerror or str(error),
        next_step="Make room, allow writing there, or name another folder: --directory. Nothing was left behind.",
    )
