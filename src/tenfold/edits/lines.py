"""Resolves changes to lines of any text file: .gitignore, Dockerfile, Procfile, YAML, nginx, ini."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.draft import LINE_END, Splice, line_end, line_starts
from tenfold.errors import EditError

if TYPE_CHECKING:
    from tenfold.edits.draft import Draft
    from tenfold.edits.model import AppendLines, InsertLines, RemoveLines, ReplaceText


def append_lines(draft: Draft, change: AppendLines) -> list[Splice]:
    """The lines that are not there yet, at the end."""
    present = [line.rstrip() for line in LINE_END.split(draft.text)]
    lines = [line for line in change.lines if line.rstrip() not in present]
    if change.block:
        lines = [] if _stand_together(present, change.lines) else ["", *change.lines]
    if not lines:
        return []
    if not draft.text.strip():
        lines = [line for index, line in enumerate(lines) if line or index]
    lead = "" if not draft.text or draft.text.endswith(("\n", "\r")) else "\n"
    end = len(draft.text)
    return [Splice(end, end, lead + "".join(line + "\n" for line in lines))]


def _stand_together(present: list[str], lines: tuple[str, ...]) -> bool:
    wanted = [line.rstrip() for line in lines]
    return any(present[at : at + len(wanted)] == wanted for at in range(len(present)))


def replace_text(draft: Draft, change: ReplaceText) -> list[Splice]:
    """The exact text on the line; nothing when the new text stands there already."""
    start, end = _line(draft, change.line)
    new = LINE_END.sub(lambda _: draft.encoding.newline, change.new)
    old = LINE_END.sub(lambda _: draft.encoding.newline, change.old)
    there = draft.text.find(new, start) if new else -1
    if start <= there <= end and (old in new or draft.text[start:end].find(old) < 0):
        return []
    at = draft.text.find(old, start)
    if not old or not start <= at <= end:
        raise EditError(
            f"{draft.path}:{change.line} does not hold {change.old!r}",
            next_step="The file changed since it was read: run the command again.",
        )
    return [Splice(at, at + len(old), new)]


def insert_lines(draft: Draft, change: InsertLines) -> list[Splice]:
    """The lines below `line`; nothing when they stand there already."""
    text = "\n".join(change.lines)
    following = LINE_END.split(draft.text)[change.line : change.line + len(change.lines)]
    if [line.rstrip() for line in following] == [line.rstrip() for line in change.lines]:
        return []
    if change.line == 0:
        return [Splice(0, 0, text + "\n")]
    _, end = _line(draft, change.line)
    return [Splice(end, end, "\n" + text)]


def remove_lines(draft: Draft, change: RemoveLines) -> list[Splice]:
    """Whole lines with their line ends."""
    start, _ = _line(draft, change.line)
    _, end = _line(draft, max(change.line, change.last))
    match = LINE_END.match(draft.text, end)
    return [Splice(start, match.end() if match else end, "")]


def _line(draft: Draft, line: int) -> tuple[int, int]:
    """(start, end without line end) of a 1-based line."""
    starts = line_starts(draft.text)
    if not 1 <= line <= len(starts):
        raise EditError(f"{draft.path} has no line {line}")
    return starts[line - 1], line_end(draft.text, starts[line - 1])
