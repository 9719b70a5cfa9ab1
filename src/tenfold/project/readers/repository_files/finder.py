"""The repository's file behind a path of the image, of a unit, or of a command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenfold.project.readers.repository_files.launch import Scripts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.files import Files
    from tenfold.project.readers.repository_files.dockerfile import Image
    from tenfold.project.readers.texts import Texts

_PATH = re.compile(r"[\w./@+-]+")
_SHELL = re.compile(r"#!.*\b(?:ba|da|a|z|k)?sh\b|#!.*\bwith-contenv\b")


def find_path(
    files: Files, path: str, *, image: Image | None = None, folders: tuple[str, ...] = ("",)
) -> str:
    """The file that `path` names; "" when it is not in the repository.

    Tried in order: what the image copied there; the path from each of `folders`; the path without its
    first folders (`/code/bin/run.sh` is `bin/run.sh`).
    """
    if not _PATH.fullmatch(path):
        return ""
    if image is not None:
        for candidate in _copied(image, path):
            for folder in folders:
                joined = f"{folder}/{candidate}" if folder else candidate
                if joined in files:
                    return joined
    bare = path.removeprefix("./").lstrip("/")
    parts = [part for part in bare.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return ""
    for start in range(len(parts) if path.startswith("/") else 1):
        rest = "/".join(parts[start:])
        for folder in folders:
            joined = f"{folder}/{rest}" if folder else rest
            if joined in files:
                return joined
    return ""


def _copied(image: Image, path: str) -> Iterator[str]:
    absolute = path if path.startswith("/") else f"{image.folder.rstrip('/')}/{path.removeprefix('./')}"
    for source, destination in reversed(image.copies):
        folder = destination.rstrip("/")
        name = source.rpartition("/")[2]
        if absolute in (folder, f"{folder}/{name}"):
            yield source
        if absolute.startswith(f"{folder}/"):
            rest = absolute[len(folder) + 1 :]
            yield rest if source == "." else f"{source}/{rest}"
    if not path.startswith("/") and "/" not in path:  # found on PATH: /usr/local/bin/start
        for source, destination in reversed(image.copies):
            if destination.rstrip("/").rpartition("/")[2] == path or source.rpartition("/")[2] == path:
                yield source


def script_finder(
    files: Files, texts: Texts, *, image: Image | None = None, folders: tuple[str, ...] = ("",)
) -> Scripts:
    """Finds shell scripts only: by their first line or their ending."""

    def find(path: str) -> tuple[str, str] | None:
        found = find_path(files, path, image=image, folders=folders)
        if not found or found.endswith(
            (".py", ".js", ".rb", ".pl", ".php", ".ini", ".yml", ".json", ".toml")
        ):
            return None
        text = texts.get(found)
        if text is None:
            return None
        first = text.partition("\n")[0]
        is_shell = bool(_SHELL.match(first)) or (
            not first.startswith("#!")
            and found.endswith((".sh", ".bash", "/run", "/start", "entrypoint", "/finish"))
        )
        return (found, text) if is_shell else None

    return Scripts(find)
