"""The project as it stood at a git revision, in a folder of its own: nothing of the project is touched.

Blobs are read with `git cat-file`, not `git archive` or a work tree: those run the filters that a
repository's own configuration names.
"""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 120
REGULAR_FILE = b"100"
"""How the mode of a regular file begins; links and submodules are left out."""


@contextmanager
def revision_folder(root: Path, reference: str) -> Iterator[Path | None]:
    """A temporary copy of `root` at `reference`, all its files tracked by a git repository of its own.

    None when git does not know the revision, or there is no git.
    """
    listed = _list_blobs(root, reference)
    if listed is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="tenfold-") as name:
        folder = Path(name) / root.name  # a project's name is its folder's name
        folder.mkdir()
        for path, content in _read_blobs(root, listed):
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        _git(folder, "init", "-q")
        _git(folder, "add", "--all", "--force")
        yield folder


def _list_blobs(root: Path, reference: str) -> dict[str, bytes] | None:
    """Object names by path, of the regular files at or below `root`."""
    if not reference or reference.startswith("-"):
        return None
    listing = _git(root, "ls-tree", "-r", "-z", reference)
    if listing is None:
        return None
    found = {}
    for line in listing.split(b"\0"):
        facts, _, raw = line.partition(b"\t")
        mode, _, rest = facts.partition(b" ")
        path = raw.decode("utf-8", "surrogateescape")
        parts = PurePosixPath(path).parts
        if mode.startswith(REGULAR_FILE) and ".." not in parts and ".git" not in parts:
            found[path] = rest.rpartition(b" ")[2]
    return found


def _read_blobs(root: Path, listed: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """(path, content) of each listed file."""
    if not listed:
        return
    answer = _git(root, "cat-file", "--batch", given=b"\n".join(listed.values()) + b"\n") or b""
    at = 0
    for path in listed:
        end = answer.index(b"\n", at)
        size = int(answer[at:end].rpartition(b" ")[2])
        yield path, answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1  # git ends each content with a line end of its own


def _git(folder: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-C", str(folder)]
    try:
        done = subprocess.run(
            [*command, *arguments], input=given, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
