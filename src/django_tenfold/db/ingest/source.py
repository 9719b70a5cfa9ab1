"""Where rows come from, as bytes of UTF-8: a path, a binary or a text stream, gzipped or not, in any encoding."""

from __future__ import annotations

import codecs
import hashlib
import io
import os
import zlib
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django_tenfold.db.ingest.errors import IngestError

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = 65_536
"""Bytes at either end of a file that tell it from another."""
GZIP = b"\x1f\x8b"
MARK = codecs.BOM_UTF8
FOREIGN_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""The longer first: UTF-32's begins as UTF-16's does."""
DAMAGED = (EOFError, BadGzipFile, zlib.error)


class Source:
    """The bytes of an input behind its byte order mark; it closes what it opened.

    `given` is a path or an open stream. Raises IngestError for what cannot be read: no such file, an unknown
    encoding, another one by the first bytes.
    """

    def __init__(self, given: Any, *, encoding: str = "utf-8") -> None:
        try:
            plain = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")
        except LookupError as problem:
            raise IngestError(
                f"There is no encoding {encoding!r}: say utf-8, cp1252, utf-16 ..."
            ) from problem
        self.fingerprint = ""
        """Size and hash of both ends; "" for a stream, of which only its owner knows."""
        self._file: IO[bytes] | None = None
        if isinstance(given, str | os.PathLike):
            self.name = Path(given).name
            given = self._open(Path(given))
        else:
            self.name = Path(str(getattr(given, "name", ""))).name
        self._seekable = self._file is not None and plain
        try:
            self._read = self._unpack(given, "" if plain else encoding)
            self._head = self._take_mark(self._read(4))
        except BaseException:
            self.close()
            raise

    def read(self, size: int) -> bytes:
        """Up to about `size` bytes, none at the end."""
        head, self._head = self._head, b""
        return head or self._read(size)

    def seek(self, place: int) -> bool:
        """To a place, which counts bytes of the text in UTF-8. False where only reading on leads there."""
        if not self._seekable or self._file is None:
            return False
        self._file.seek(place + self._marked)
        self._head = b""
        return True

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self, path: Path) -> IO[bytes]:
        try:
            self._file = stream = path.open("rb")
            head = stream.read(HEAD)
        except OSError as problem:
            self.close()
            raise IngestError(f"{path} cannot be read: {problem.strerror or problem}") from problem
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, size - HEAD))
        ends = hashlib.sha256(head + stream.read(HEAD))
        stream.seek(0)
        self.fingerprint = f"{size}-{ends.hexdigest()[:32]}"
        return stream

    def _unpack(self, stream: Any, encoding: str) -> Callable[[int], bytes]:
        if isinstance(stream.read(0), str):
            return _encode(stream)
        peeked = stream if hasattr(stream, "peek") else io.BufferedReader(_Readable(stream.read))
        read = peeked.read
        if peeked.peek(2)[:2] == GZIP:
            self._seekable = False
            read = _guard(GzipFile(fileobj=peeked))
        if not encoding:
            return read
        return _encode(io.TextIOWrapper(io.BufferedReader(_Readable(read)), encoding, newline=""))

    def _take_mark(self, head: bytes) -> bytes:
        for mark, name in FOREIGN_MARKS.items():
            if head.startswith(mark):
                raise IngestError(
                    f"The source is in {name.upper()} by its first bytes: name encoding={name!r}."
                )
        self._marked = len(MARK) if head.startswith(MARK) else 0
        return head[self._marked :]


class _Readable(io.RawIOBase):
    """A stream of what a function reads."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._take = read
        self._kept = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._kept or self._take(len(buffer))
        taken, self._kept = data[: len(buffer)], data[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _guard(stream: GzipFile) -> Callable[[int], bytes]:
    def read(size: int) -> bytes:
        try:
            return stream.read(size)
        except DAMAGED as problem:
            raise IngestError(
                f"The gzip file is cut or damaged ({problem}). The batches before are loaded; load the whole file with"
                " restart and on_conflict='ignore'."
            ) from problem

    return read


def _encode(stream: Any) -> Callable[[int], bytes]:
    def read(size: int) -> bytes:
        try:
            return str(stream.read(size)).encode()
        except UnicodeError as problem:
            raise IngestError(f"The text is not in the encoding that was named: {problem}") from problem

    return read
