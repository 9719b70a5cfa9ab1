"""The cache of packed facts: one file per project, by content hash, replaced as a whole."""

from __future__ import annotations

import marshal
import os
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tenfold.project.model import Location, Problem
from tenfold.project.readers.syntax import MARSHAL, VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.project.packed import Facts

_HEAD = b"tenfold facts %d\n" % VERSION


class Failed(NamedTuple):
    """A file that does not parse. `tried` names the interpreters that were asked."""

    tried: str
    line: int
    why: str


Entry: TypeAlias = "Facts | Failed"


def locate_cache(folder: Path) -> Path:
    return folder / "source.facts"


def load_facts(folder: Path) -> dict[bytes, Entry]:
    """Entries by content digest; {} when there is no cache, or it is of another version or damaged."""
    try:
        data = locate_cache(folder).read_bytes()
    except OSError:
        return {}
    body = memoryview(data)[len(_HEAD) + 4 :]
    # marshal may crash on damaged input, so the checksum comes first.
    if not data.startswith(_HEAD) or zlib.crc32(body).to_bytes(4, "big") != data[len(_HEAD) : len(_HEAD) + 4]:
        return {}
    try:
        table = marshal.loads(body)
    except (ValueError, EOFError, TypeError):
        return {}
    return {digest: Failed(*entry) if len(entry) == 3 else entry for digest, entry in table.items()}


def save_facts(folder: Path, entries: Mapping[bytes, Entry]) -> list[Problem]:
    """Write the entries in one step (a reader sees the old file or the new one); a Problem on failure."""
    table = {digest: tuple(entry) for digest, entry in entries.items()}
    body = marshal.dumps(table, MARSHAL)
    target = locate_cache(folder)
    temporary = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix="source.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(_HEAD + zlib.crc32(body).to_bytes(4, "big"))
            stream.write(body)
        Path(temporary).replace(target)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        what = f"the cache cannot be written: {error.strerror or error}"
        return [
            Problem(Location(str(target)), what, "Give write permission, or point XDG_CACHE_HOME elsewhere.")
        ]
    return []
