"""The undo file: what the files held before a plan was applied, in `.tenfold/undo/<n>.json`."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tenfold.edits.apply import FileChange

FOLDER = Path(".tenfold") / "undo"
VERSION = 1


def write_undo(root: Path, files: Iterable[FileChange], *, folders: Sequence[Path]) -> Path:
    """Keep what is about to be replaced. The folder ignores itself in git; the file is the owner's alone,
    for the old text may hold secrets.
    """
    folder = root / FOLDER
    if (root / ".tenfold").is_symlink() or folder.is_symlink():
        raise EditError(".tenfold is a symbolic link; the undo file is not written through it")
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    number = max((int(path.stem) for path in _undo_files(root)), default=0) + 1
    document = {
        "version": VERSION,
        "files": [_entry(file) for file in files],
        "folders": [path.relative_to(root).as_posix() for path in folders],
    }
    path = folder / f"{number}.json"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(document, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    return path


def _entry(file: FileChange) -> dict[str, Any]:
    before = None if file.before is None else base64.b64encode(file.before).decode("ascii")
    return {
        "path": file.path,
        "before": before,
        "after_sha256": hashlib.sha256(file.after).hexdigest(),
        "mode": file.mode,
    }


def _undo_files(root: Path) -> list[Path]:
    found = (path for path in (root / FOLDER).glob("*.json") if path.stem.isdigit())
    return sorted(found, key=lambda path: int(path.stem))


def undo(root: Path) -> tuple[str, ...]:
    """Take back the last applied plan, exactly. Returns the paths restored.

    Refuses, with nothing written, when one of the files changed since.
    """
    found = _undo_files(root)
    if not found:
        raise EditError("there is nothing to undo", why=f"{root / FOLDER} holds no undo file")
    document = _load(found[-1])
    entries = document["files"]
    for entry in entries:
        _refuse_changed(root, entry)
    try:
        for entry in entries:
            _restore(root, entry)
        for folder in reversed(document["folders"]):
            if (root / folder).is_dir() and not any((root / folder).iterdir()):
                (root / folder).rmdir()
        found[-1].unlink()
    except OSError as error:
        raise EditError("the undo stopped half-way", why=str(error), next_step="Run it again.") from error
    _tidy(root)
    return tuple(entry["path"] for entry in entries)


def _load(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != VERSION:
            raise EditError(f"{path} was written by another version of Tenfold")
        for entry in document["files"]:
            base64.b64decode(entry["before"] or "", validate=True)
            _ = entry["path"], entry["after_sha256"], int(entry["mode"])
        _ = document["folders"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EditError(f"{path} is no undo file that can be read", why=str(error)) from error
    assert isinstance(document, dict)
    return document


def _refuse_changed(root: Path, entry: dict[str, Any]) -> None:
    from tenfold.edits.apply import checked_path

    place = checked_path(root, entry["path"])
    now = place.read_bytes() if place.is_file() else None
    after = now is not None and hashlib.sha256(now).hexdigest() == entry["after_sha256"]
    before = None if entry["before"] is None else base64.b64decode(entry["before"])
    if not after and now != before:  # as before: an undo that stopped half-way is taken up again
        raise EditError(
            f"{entry['path']} changed since the fix was applied; nothing was undone",
            next_step="Take the change back with your version control, or restore the file and run again.",
        )


def _restore(root: Path, entry: dict[str, Any]) -> None:
    place = root / entry["path"]
    if entry["before"] is None:
        place.unlink(missing_ok=True)
        return
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".tenfold", dir=place.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(base64.b64decode(entry["before"]))
    Path(name).chmod(entry["mode"])
    Path(name).replace(place)


def _tidy(root: Path) -> None:
    """Remove the folder when nothing but its own .gitignore is left."""
    home = root / ".tenfold"
    if not _undo_files(root) and not any((root / FOLDER).iterdir()):
        (root / FOLDER).rmdir()
        if [path.name for path in home.iterdir()] == [".gitignore"]:
            (home / ".gitignore").unlink()
            home.rmdir()
