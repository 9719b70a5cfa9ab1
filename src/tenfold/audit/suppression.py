"""`tenfold: allow[...]` comments: findings that the project accepts, with the reason.

    print(token)  # tenfold: allow[observability/no-print] shown once, to the person who ran the command

- beside code it covers its line; at the first or last line of a Python statement, the whole statement;
  beside a decorator, `def` or `class`, the whole block;
- alone on its line it covers the next line that holds something, in the same way;
- `tenfold: allow-file[...]`, anywhere in a file, covers the file.
Names are ids, globs of ids or topics, separated by commas; the rest of the comment is the reason.
Comments are `#` (Python, YAML, TOML, nginx, Dockerfile, shell), `;` (ini), and in markup `{# #}`,
`{% comment %}` and `<!-- -->`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tenfold.audit.blocks import Comment, read_layout
from tenfold.audit.texts import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.audit.blocks import PythonLayout
    from tenfold.practice import Practice

MARKER = b"tenfold:"
NO_REASON = "no reason given"
_ALLOW = re.compile(r"tenfold:\s*allow(?P<file>-file)?\[(?P<names>[^\]]*)\](?P<reason>.*)", re.DOTALL)
_MEANT = re.compile(r"tenfold:\s*(?:(?:allow|ignore|disable|skip|noqa|off)\b|[\w-]+\s*\[)", re.IGNORECASE)
_NOWHERE = (-1, -1)
"""Lines of a comment that is meant as a suppression and is none: it is reported as unused."""
_MARKUP = re.compile(
    r"\{#-?(?P<a>.*?)-?#\}|<!--(?P<b>.*?)-->|\{%-?\s*comment\b[^%]*%\}(?P<c>.*?)\{%-?\s*endcomment"
)
_HASH = re.compile(r"(?:^|(?<=\s))[#;]+[:!]?\s*(?=tenfold:)(?P<a>.*)$")
_WIDEST = 2_000
"""Characters; a longer line is generated, and searching it for comments takes long."""
_MARKUP_SUFFIXES = (".html", ".htm", ".djhtml", ".jinja", ".jinja2", ".xml", ".svg", ".md")


@dataclass(frozen=True, slots=True)
class Allowance:
    """One name of one suppression comment and the lines it covers (0, 0: the whole file).

    The name is "" for a comment that is meant as a suppression and cannot be read as one."""

    path: str
    line: int
    name: str
    reason: str
    first: int
    last: int

    def covers(self, practice: Practice, line: int) -> bool:
        """Whether it allows this practice at this line (0: a finding about the whole file)."""
        inside = self.first == 0 or self.first <= line <= self.last
        return inside and self.names_id(practice.id)

    def names_id(self, practice: str) -> bool:
        """Whether its name is the practice's id, its topic, or a glob of its id."""
        if "/" in self.name:
            return fnmatchcase(practice, self.name.replace("_", "-"))
        return self.name == practice.partition("/")[0]


def read_allowances(path: str, text: str) -> tuple[Allowance, ...]:
    """Every allowance in a file's text, in order."""
    lines = split_lines(text)
    layout = read_layout(text) if path.endswith((".py", ".pyi")) else None
    comments = layout.comments if layout else _find_comments(path, lines)
    return tuple(
        allowance
        for comment in comments
        if "tenfold:" in comment.text
        for allowance in _read_comment(path, comment, lines=lines, layout=layout)
    )


def _find_comments(path: str, lines: list[str]) -> Iterator[Comment]:
    markup = path.lower().endswith(_MARKUP_SUFFIXES)
    for number, line in enumerate(lines, start=1):
        if "tenfold:" not in line or len(line) > _WIDEST:
            continue
        for match in _MARKUP.finditer(line):
            text = next(part for part in match.groups() if part is not None)
            rest = (line[: match.start()] + line[match.end() :]).replace("%}", "")
            yield Comment(number, not rest.strip(), text)
        if not markup and (found := _HASH.search(line)):
            yield Comment(number, not line[: found.start()].strip(), found["a"])


def _read_comment(
    path: str, comment: Comment, *, lines: list[str], layout: PythonLayout | None
) -> Iterator[Allowance]:
    match = _ALLOW.search(comment.text)
    if match is None or not match["names"].strip(" ,"):
        if _MEANT.search(comment.text):
            yield Allowance(path, comment.line, "", NO_REASON, *_NOWHERE)
        return
    first, last = (0, 0) if match["file"] else _covered(comment, lines, layout=layout)
    reason = match["reason"].strip(" \t:-#").strip() or NO_REASON
    for name in match["names"].split(","):
        if name.strip():
            yield Allowance(path, comment.line, name.strip(), reason, first, last)


def _covered(comment: Comment, lines: list[str], *, layout: PythonLayout | None) -> tuple[int, int]:
    line = comment.line
    if comment.alone:
        line = _next_line(comment.line, lines, python=layout is not None)
    return layout.covered(line) if layout else (line, line)


def _next_line(line: int, lines: list[str], *, python: bool) -> int:
    """The first line below that is neither blank nor, stacked, another comment of this kind."""
    for number in range(line + 1, len(lines) + 1):
        text = lines[number - 1].strip()
        if text and not (python and text.startswith("#")) and not ("tenfold:" in text and "allow[" in text):
            return number
    return line
