"""The rejects of a load: the first of them kept, all of them in a file of JSON lines.

A line is {"line": 7, "column": "price", "reason": "...", "row": "..."}. The file is flushed to the disk before the
batch of its rows commits, and the checkpoint tells how much of it counts: after a kill the rest is cut off, and every
reject stands there once.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django_tenfold.db.ingest.errors import IngestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_tenfold.db.ingest.errors import Reject

KEPT = 100
"""Rejects that a result tells."""


class Rejects:
    def __init__(self, path: str | os.PathLike[str] | None, size: int) -> None:
        """`size` bytes of the file are kept, what lies behind them is of a batch that was undone."""
        self.first: list[Reject] = []
        self.size = size
        self._file: IO[bytes] | None = None
        if path is not None:
            self._file = _open(Path(path), "r+b" if size and Path(path).exists() else "wb")
            self.size = min(size, self._file.seek(0, os.SEEK_END))
            self._file.truncate(self.size)
            self._file.seek(self.size)

    def write(self, rejects: Sequence[Reject]) -> None:
        """Raises OSError when the disk is full: the batch is undone then."""
        self.first += rejects[: max(0, KEPT - len(self.first))]
        if self._file is None or not rejects:
            return
        data = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in rejects)
        self._file.write(data.encode(errors="backslashreplace"))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.size = self._file.tell()

    def undo(self, size: int, first: int) -> None:
        """Back to where the last batch left them, because this one is tried again."""
        del self.first[first:]
        self.size = size
        if self._file is not None:
            self._file.truncate(size)
            self._file.seek(size)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _open(path: Path, mode: str) -> IO[bytes]:
    try:
        return path.open(mode)
    except OSError as problem:
        raise IngestError(f"The rejects file {path} cannot be written: {problem.strerror}") from problem
