"""The seal of an exported file: a line with the hash of the rest, so that an edit by hand is noticed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.stack.export.input import Exported

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MANIFEST = "tenfold-export.json"
"""Holds the hashes of files whose format has no comments, and of files with an end of their own."""
VERSION = 1
_UNCOMMENTED = (".json",)
_LINE = re.compile(r"(?:#|--|<!--) Written by `tenfold export ([a-z-]+)`, sha256 ([0-9a-f]{64})\..*\n")
_MARKS = {".sql": ("--", ""), ".md": ("<!--", " -->")}
_ADVICE = "A file edited by hand is left alone from then on."


def has_comments(path: str) -> bool:
    return not path.endswith(_UNCOMMENTED)


def hash_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def seal(file: Exported, engine: str) -> Exported:
    """The file with its seal: the first line, or the second after `#!`. JSON stays as it is."""
    if not has_comments(file.path):
        return file
    start, end = _MARKS.get("." + file.path.rpartition(".")[2], ("#", ""))
    line = f"{start} Written by `tenfold export {engine}`, sha256 {hash_text(file.text)}. {_ADVICE}{end}\n"
    first, rest = _split_first(file.text)
    return replace(file, text=f"{first}{line}{rest}")


def _split_first(text: str) -> tuple[str, str]:
    """(the line that must stay the first, or "", the rest)."""
    if not text.startswith("#!"):
        return "", text
    head, _, rest = text.partition("\n")
    return f"{head}\n", rest


def seal_all(files: Iterable[Exported], engine: str, *, asked: Mapping[str, object]) -> tuple[Exported, ...]:
    """Every file sealed, and the manifest after them. `asked` are the options, for the next run without them."""
    sealed = [seal(file, engine) for file in files]
    hashes = {file.path: hash_text(file.text) for file in sorted(sealed, key=lambda one: one.path)}
    document = {"version": VERSION, "engine": engine, "asked": dict(asked), "files": hashes}
    return (*sealed, Exported(MANIFEST, json.dumps(document, indent=2) + "\n"))


def is_untouched(path: str, text: str, manifest: str) -> bool | None:
    """Whether the file is as `tenfold export` once wrote it; None for one that it did not write.

    `manifest` is the text of the folder's manifest, "" without one.
    """
    if path == MANIFEST:
        return True  # it is a record of the other files, not a thing to edit
    if not has_comments(path):
        known = recorded(manifest).get(path)
        return None if known is None else known == hash_text(text)
    first, rest = _split_first(text)
    found = _LINE.match(rest)
    if not found:
        return None
    return hash_text(first + rest[found.end() :]) == found[2]


def recorded(manifest: str) -> dict[str, str]:
    """Path -> hash out of a manifest; nothing out of a spoilt one."""
    return {str(path): str(value) for path, value in _part(manifest, "files").items()}


def asked_before(manifest: str) -> dict[str, object]:
    """The options of the run that wrote the manifest; nothing out of a spoilt one."""
    return {str(name): value for name, value in _part(manifest, "asked").items()}


def _part(manifest: str, name: str) -> dict[object, object]:
    try:
        found = json.loads(manifest)[name]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
