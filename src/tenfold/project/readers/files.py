"""Which files belong to the project: asked of git, walked without it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tenfold.project.files import File, Files
from tenfold.project.model import Known, Location, Problem, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenfold.project.model import Fact

SKIPPED_FOLDERS = frozenset(
    {
        ".bzr",
        ".eggs",
        ".git",
        ".hg",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tenfold",
        ".tox",
        ".venv",
        "__pycache__",
        "__pypackages__",
        "bower_components",
        "node_modules",
        "site-packages",
        "venv",
    }
)
GIT_SECONDS = 20.0
MAXIMUM_FILES = 200_000
GIT_VARIABLES = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_NAMESPACE"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR"),
)
"""Variables that a git hook sets and that would point git at another repository or folder."""


def read_files(root: Path, *, exclude: tuple[str, ...] = ()) -> tuple[Files, tuple[Problem, ...]]:
    """The project's files under `root`, with the problems met while listing them.

    `exclude` holds glob patterns of paths to leave out ("legacy/*", "*/generated/*.py").
    """
    listing = _ask_git(root)
    if isinstance(listing, Known):
        tracked, untracked, ignored = listing.value
        problems: list[Problem] = []
        found = [*_describe(root, tracked, tracked=True), *_describe(root, untracked, tracked=False)]
        git: Fact[bool] = Known(value=True)
    else:
        paths, problems = _walk(root)
        found, ignored = list(_describe(root, paths, tracked=False)), []
        git = Known(value=False) if listing.why == _NO_WORK_TREE else listing
    kept = [f for f in found if not any(fnmatchcase(f.path, pattern) for pattern in exclude)]
    files = Files(tuple(sorted(kept, key=lambda f: f.path)), git, frozenset(ignored))
    return files, tuple(problems)


_NO_WORK_TREE = "no git work tree"


def _ask_git(root: Path) -> Fact[tuple[list[str], list[str], list[str]]]:
    """(tracked, untracked, ignored) paths relative to `root`; git prints them relative to its own folder."""
    git = shutil.which("git")
    if git is None:
        return Unknown("git is not installed")
    environment = {name: value for name, value in os.environ.items() if name not in GIT_VARIABLES}
    listings = []
    for options in (
        ("--cached",),
        ("--others", "--exclude-standard"),
        ("--others", "--ignored", "--exclude-standard", "--directory"),
    ):
        # safe.directory: a checkout of another user is still only listed; fsmonitor could start a program.
        command = [git, "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "ls-files", "-z", *options]
        try:
            done = subprocess.run(
                command, cwd=root, env=environment, capture_output=True, timeout=GIT_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Unknown(f"git could not list the files: {error}")
        if done.returncode:
            return Unknown(_NO_WORK_TREE)
        listings.append([os.fsdecode(raw) for raw in done.stdout.split(b"\0") if raw])
    return Known((listings[0], listings[1], listings[2]))


def _describe(root: Path, paths: list[str], *, tracked: bool) -> Iterator[File]:
    """Regular files among `paths`; a link counts when it leads to a file inside the project."""
    for path in dict.fromkeys(paths):
        if SKIPPED_FOLDERS.intersection(path.split("/")[:-1]):
            continue
        full = root / path
        try:
            status = full.lstat()
            if stat.S_ISLNK(status.st_mode):
                if not full.resolve(strict=True).is_relative_to(root.resolve()):
                    continue
                status = full.stat()
        except (OSError, RuntimeError):
            # Deleted but still in the index, a broken link, or a loop: nothing is there to read.
            continue
        if stat.S_ISREG(status.st_mode):
            yield File(path, status.st_size, tracked)


def _walk(root: Path) -> tuple[list[str], list[Problem]]:
    problems: list[Problem] = []

    def note(error: OSError) -> None:
        place = os.path.relpath(error.filename or root, root)
        why = error.strerror or type(error).__name__
        problems.append(
            Problem(Location(place), f"cannot be listed: {why}", "Give read permission to the folder.")
        )

    paths: list[str] = []
    for folder, folders, names in os.walk(root, onerror=note, followlinks=False):
        folders[:] = sorted(f for f in folders if not _is_skipped(folder, f))
        inside = os.path.relpath(folder, root)
        prefix = "" if inside == "." else inside + "/"
        paths += [prefix + name for name in names]
        if len(paths) > MAXIMUM_FILES:
            what = f"holds more than {MAXIMUM_FILES:,} files; the rest was not read"
            problems.append(Problem(Location("."), what, "Audit the Django project's own folder."))
            break
    return paths, problems


def _is_skipped(folder: str, name: str) -> bool:
    # Any folder that carries pyvenv.cfg is an environment, whatever its name.
    return name in SKIPPED_FOLDERS or os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118
