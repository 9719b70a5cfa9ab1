"""One file while a plan is made: its text as read, and its text after the changes so far."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from dataclasses import dataclass, field

from tenfold.errors import EditError

LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Splice:
    """Replace characters [start, end) of a text by `text`; start == end inserts."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's text is written as bytes."""

    name: str
    bom: bytes
    newline: str


@dataclass
class Draft:
    """State: a file's changing text, with what was written into it so far.

    `steps` are the replacements in the order made, each as (start, end, length of the new text) in the
    text of its time; `written` are the regions of the present text that changes of this plan wrote.
    """

    path: str
    original: bytes | None
    encoding: Encoding
    text: str
    mode: int = 0o644
    steps: list[tuple[int, int, int]] = field(default_factory=list)
    written: list[tuple[int, int]] = field(default_factory=list)

    @property
    def data(self) -> bytes:
        """The present text as bytes of the file's own encoding."""
        try:
            return self.encoding.bom + self.text.encode(self.encoding.name)
        except UnicodeEncodeError as error:
            raise EditError(
                f"{self.path}: the change holds a character that the file's encoding cannot write",
                why=f"the file is {self.encoding.name}",
                next_step="Convert the file to UTF-8 first.",
            ) from error

    def copy(self) -> Draft:
        return Draft(
            path=self.path,
            original=self.original,
            encoding=self.encoding,
            text=self.text,
            mode=self.mode,
            steps=list(self.steps),
            written=list(self.written),
        )


def open_draft(path: str, data: bytes, *, mode: int) -> Draft:
    """The draft of a file that exists. Text that is not in its declared encoding is refused."""
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    name = _declared_encoding(data) if path.endswith((".py", ".pyi")) and not bom else "utf-8"
    try:
        text = data[len(bom) :].decode(name)
    except (UnicodeDecodeError, LookupError) as error:
        raise EditError(
            f"{path} cannot be changed: its text is not {name}",
            next_step="Convert the file to UTF-8, or mend it by hand.",
        ) from error
    return Draft(path, data, Encoding(name, bom, _dominant_newline(text)), text, mode)


def new_draft(path: str) -> Draft:
    """The draft of a file that does not exist yet."""
    return Draft(path, None, Encoding("utf-8", b"", "\n"), "")


def _declared_encoding(data: bytes) -> str:
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError:
        return "utf-8"


def _dominant_newline(text: str) -> str:
    ends = LINE_END.findall(text)
    return max(("\n", "\r\n", "\r"), key=ends.count) if ends else "\n"


def line_starts(text: str) -> list[int]:
    """Offsets at which the lines begin, Python's line ends counted."""
    return [0, *(match.end() for match in LINE_END.finditer(text))]


def line_end(text: str, offset: int) -> int:
    """Offset of the end of the line that holds `offset`, before its line end."""
    match = LINE_END.search(text, offset)
    return match.start() if match else len(text)


def line_start(text: str, offset: int) -> int:
    """Offset of the beginning of the line that holds `offset`."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def splice(draft: Draft, splices: list[Splice]) -> None:
    """Write `splices` (offsets of the present text) into the draft; refuse to rewrite what is written."""
    for one in sorted(splices, key=lambda s: (s.start, s.end), reverse=True):
        _refuse_overlap(draft, one)
    previous = len(draft.text) + 1
    for one in _from_the_end(splices):
        if one.end > previous:
            raise EditError(f"{draft.path}: two parts of one change overlap")
        previous = one.start
        _write(draft, one)


def _from_the_end(splices: list[Splice]) -> list[Splice]:
    """Last place first; at one place in the order given, so that the first stands first."""
    numbered = sorted(enumerate(splices), key=lambda pair: (pair[1].start, pair[1].end, pair[0]))
    return [one for _, one in reversed(numbered)]


def _refuse_overlap(draft: Draft, one: Splice) -> None:
    for start, end in draft.written:
        if one.start < end and one.end > start and one.start != one.end:
            raise EditError(
                f"{draft.path}: overlaps another change of this plan",
                next_step="Run `tenfold fix` again after this one is applied.",
            )


def _write(draft: Draft, one: Splice) -> None:
    text = LINE_END.sub(lambda _: draft.encoding.newline, one.text)
    draft.text = draft.text[: one.start] + text + draft.text[one.end :]
    delta = len(text) - (one.end - one.start)
    moved = []
    for start, end in draft.written:
        if start >= one.end:
            moved.append((start + delta, end + delta))
        else:
            moved.append((start, end + delta if end > one.start else end))
    draft.written = [*moved, (one.start, one.start + len(text))]
    draft.steps.append((one.start, one.end, len(text)))


def present_span(draft: Draft, start: int, end: int) -> tuple[int, int]:
    """Where characters [start, end) of the text as read stand now; refused when changed since."""
    for at, until, length in draft.steps:
        if at < end and until > start:
            raise EditError(
                f"{draft.path}: overlaps another change of this plan",
                next_step="Run `tenfold fix` again after this one is applied.",
            )
        delta = length - (until - at)
        if until <= start:
            start += delta
            end += delta
    return start, end


def present_line(draft: Draft, line: int) -> int:
    """The present number of a 1-based line of the text as read."""
    if draft.original is None or line <= 0 or not draft.steps:
        return line
    text = draft.original[len(draft.encoding.bom) :].decode(draft.encoding.name)
    starts = line_starts(text)
    if line > len(starts):
        return line
    start = starts[line - 1]
    for at, until, length in draft.steps:
        if until <= start:
            start += length - (until - at)
        elif at < start:
            start = at
    return sum(1 for begin in line_starts(draft.text) if begin <= start)
