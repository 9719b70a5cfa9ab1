"""Rows that are whole, as COPY takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

END_OF_DATA = b"\\."
"""In a line alone it ends a COPY of servers before 18, whatever follows."""


class Batch(NamedTuple):
    """In three lists, because a tuple for each row takes as long as its COPY."""

    lines: Sequence[int]
    """In rising order."""
    bodies: list[bytes]
    """Rows of cells without their line ends."""
    raws: list[Any]
    """As they came."""

    def add(self, line: int, body: bytes, raw: Any) -> None:
        self.lines.append(line)  # type: ignore[attr-defined]
        self.bodies.append(body)
        self.raws.append(raw)

    def join(self, without: Collection[int] = ()) -> bytes:
        """All rows but those of some lines."""
        if not self.bodies:
            return b""
        if without:
            kept = [body for line, body in zip(self.lines, self.bodies, strict=True) if line not in without]
            return b"\n".join([*kept, b""])
        return b"\n".join([*self.bodies, b""])

    def number(self, mark: bytes) -> bytes:
        """All rows, each with the number of its line as its first cell."""
        return b"".join(
            [b"%d%b%b\n" % (line, mark, body) for line, body in zip(self.lines, self.bodies, strict=True)]
        )


def ends_a_copy(data: bytes) -> bool:
    return data.startswith(END_OF_DATA) or b"\n" + END_OF_DATA in data
