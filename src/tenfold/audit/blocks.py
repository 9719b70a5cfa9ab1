"""How the lines of one Python file belong together: comments, statements, and blocks of `def` and `class`."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass, field
from typing import NamedTuple

from tenfold.audit.texts import split_lines


class Comment(NamedTuple):
    """One comment: its line, whether it stands alone there, its text."""

    line: int
    alone: bool
    text: str


_SKIPPED = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.ENCODING, tokenize.ENDMARKER})


@dataclass(slots=True)
class PythonLayout:
    """Comments in order; statements and blocks as (first line, last line)."""

    comments: list[Comment] = field(default_factory=list)
    statements: list[tuple[int, int]] = field(default_factory=list)
    headers: list[tuple[int, int, int]] = field(default_factory=list)
    """Decorators and the header of a `def` or `class`: (first line, last line, last line of the block)."""

    def covered(self, line: int) -> tuple[int, int]:
        """Lines that a comment at this line speaks for: the block, the statement, or the line alone."""
        for first, last, end in self.headers:
            if first <= line <= last:
                return first, end
        for first, last in self.statements:
            if line in (first, last):
                return first, last
        return line, line


def read_layout(text: str) -> PythonLayout:
    """The layout of a Python file; of a broken one, what stands before the place where it breaks, and
    the comments after it by a plain search."""
    # Python's tokenizer loses its place at a carriage return that stands alone.
    text = "\n".join(split_lines(text)) + "\n"
    layout = PythonLayout()
    builder = _Builder(layout)
    read = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            read = token.start[0]
            builder.take(token)
    except (tokenize.TokenError, SyntaxError):
        _find_plainly(layout, text, after=read)
    builder.close(text.count("\n") + 1)
    return layout


def _find_plainly(layout: PythonLayout, text: str, *, after: int) -> None:
    seen = {comment.line for comment in layout.comments}
    for number, line in enumerate(split_lines(text), start=1):
        match = re.search(r"#.*$", line)
        if match and number > after and number not in seen:
            layout.comments.append(Comment(number, not line[: match.start()].strip(), match[0]))


class _Builder:
    """Takes tokens one by one; the state is the open statement and the open blocks."""

    def __init__(self, layout: PythonLayout) -> None:
        self.layout = layout
        self.start = 0
        self.words: list[str] = []
        self.decorators = 0
        self.depth = 0
        self.open: list[tuple[int, int, int]] = []
        self.last = 0

    def take(self, token: tokenize.TokenInfo) -> None:
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            self.layout.comments.append(Comment(token.start[0], alone, token.string))
        elif token.type == tokenize.INDENT:
            self.depth += 1
        elif token.type == tokenize.DEDENT:
            self.depth -= 1
        elif token.type == tokenize.NEWLINE:
            self._end_statement(token.start[0])
        elif token.type not in _SKIPPED:
            self._add_word(token)

    def _add_word(self, token: tokenize.TokenInfo) -> None:
        if not self.start:
            self._close_blocks()
            self.start = token.start[0]
        if len(self.words) < 2:
            self.words.append(token.string)

    def _end_statement(self, line: int) -> None:
        if not self.start:
            return
        first, words = self.start, self.words
        self.layout.statements.append((first, line))
        self.start, self.words, self.last = 0, [], line
        if words[0] == "@":
            self.decorators = self.decorators or first
            return
        if words[0] in ("def", "class") or words == ["async", "def"]:
            self.open.append((self.decorators or first, line, self.depth))
        self.decorators = 0

    def _close_blocks(self) -> None:
        """A statement begins: blocks as deep as it, or deeper, ended at the statement before it."""
        while self.open and self.open[-1][2] >= self.depth:
            first, header_end, _depth = self.open.pop()
            self.layout.headers.append((first, header_end, self.last))

    def close(self, line: int) -> None:
        """The file ends: so do the open blocks."""
        self.last = max(self.last, line if self.start else self.last)
        self.depth = 0
        self._close_blocks()
