"""The project as it stood at a git ref, for what is new since then.

It is read out of git's objects into a temporary folder, with an index of its own: no worktree is
registered, nothing is stashed, and the project's folder and repository stay as they are.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.errors import TenfoldError
from tenfold.project.readers.files import GIT_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS = 300
_SAFE = tuple(
    part
    for setting in (
        "safe.directory=*",
        "core.fsmonitor=false",
        f"core.hooksPath={os.devnull}",
        "protocol.allow=never",
        "filter.lfs.process=",
        "filter.lfs.smudge=",
        "filter.lfs.required=false",
    )
    for part in ("-c", setting)
)
"""No program is started and nothing fetched; large files stay pointers, which no practice reads."""


@contextmanager
def base_tree(root: Path, ref: str) -> Iterator[Path]:
    """The project as it stands at `ref`, in a temporary folder that is a git repository of its own, so
    that tracked files are known there too. Raises TenfoldError without git, for a folder outside a
    repository, for an unknown ref, and for a ref at which the folder does not exist.

    Compare like with like: audit both sides with the same configuration and both without the probe,
    since a finding that only the running project shows would count as new."""
    commit = _resolve(root, ref)
    prefix = _git(root, "rev-parse", "--show-prefix").rstrip("\n")
    hashes = _git(root, "rev-parse", "--show-object-format").strip()
    objects = _git(root, "rev-parse", "--path-format=absolute", "--git-path", "objects").rstrip("\n")
    if prefix and not _git(root, "ls-tree", "-d", "--full-tree", commit, "--", prefix.rstrip("/")):
        raise TenfoldError(
            f"The project's folder {prefix} does not exist at {ref}.",
            next_step="Choose a later ref, or audit without --diff-base.",
        )
    with tempfile.TemporaryDirectory(prefix="tenfold-base-") as folder:
        tree = Path(folder) / root.resolve().name
        tree.mkdir()
        _git(tree, "init", "--quiet", "--template=", f"--object-format={hashes}")
        (tree / ".git" / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (tree / ".git" / "objects" / "info" / "alternates").write_text(objects + "\n", encoding="utf-8")
        _git(tree, "read-tree", f"{commit}:{prefix}")
        _git(tree, "checkout-index", "--all", "--force", "--quiet")
        yield tree


def folder_in_repository(root: Path) -> str:
    """The place of `root` in its git repository ("backend"), "" at its top or without a repository."""
    try:
        return _git(root, "rev-parse", "--show-prefix").strip().rstrip("/")
    except TenfoldError:
        return ""


def _resolve(root: Path, ref: str) -> str:
    """The commit's hash."""
    try:
        _git(root, "rev-parse", "--git-dir")
    except _GitFailed as error:
        raise TenfoldError(
            f"{root} is in no git repository that can be read, so there is nothing to compare with.",
            why=error.why,
            next_step="Audit without --diff-base; a baseline file works without git.",
        ) from error
    try:
        return _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").strip()
    except _GitFailed as error:
        raise TenfoldError(
            f'git knows no commit "{ref}" here.',
            why=error.why,
            next_step=f"Fetch it first (a shallow clone has few commits): git fetch origin {ref}",
        ) from error


class _GitFailed(TenfoldError):
    """git ended with an error."""


def _git(folder: Path, *arguments: str) -> str:
    """What git prints."""
    environment = {name: value for name, value in os.environ.items() if name not in GIT_VARIABLES}
    try:
        done = subprocess.run(
            ["git", *_SAFE, "-C", str(folder), *arguments],
            env=environment | {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise TenfoldError(
            "git is not installed, and --diff-base needs it.",
            next_step="Install git, or use a baseline file.",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise TenfoldError(f"git {arguments[0]} did not end within {_SECONDS} s.") from error
    if done.returncode:
        raise _GitFailed(f"git {arguments[0]} failed.", why=done.stderr.decode("utf-8", "replace").strip())
    return done.stdout.decode("utf-8", "surrogateescape")
