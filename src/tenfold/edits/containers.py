"""Inserting into and removing from a list, tuple, set, dict or call, in the style in which it is written."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.edits.draft import Splice, line_end, line_start
from tenfold.edits.python import GAP, indented
from tenfold.errors import EditError

if TYPE_CHECKING:
    from tenfold.edits.python import Python


@dataclass(frozen=True)
class Container:
    """Offsets of a bracketed sequence: after its opening bracket, its closing one, and its parts."""

    python: Python
    open: int
    close: int
    parts: tuple[tuple[int, int], ...]
    """(start, end) of each part with the brackets around it, without its comma."""
    tuple: bool = False

    @property
    def text(self) -> str:
        return self.python.text

    def comma(self, index: int) -> int | None:
        """Offset after the comma that follows a part; None when none does."""
        at = _skip(self.text, self.parts[index][1])
        return at + 1 if self.text[at : at + 1] == "," else None


def container(python: Python, node: ast.expr) -> Container:
    """The container that `node` is: a list, tuple, set or dict literal, or a call's arguments."""
    start, end = python.span(node)
    parts: list[tuple[int, int]]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        parts = [(_key_start(python, key, value), python.span(value)[1]) for key, value in pairs]
        open_at = start + 1
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        parts = [python.span(element) for element in node.elts]
        open_at = start + 1
    elif isinstance(node, ast.Call):
        arguments: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        parts = sorted(python.span(one) for one in arguments)
        open_at = _skip(python.text, _past_brackets(python.text, python.span(node.func)[1])) + 1
    else:
        raise EditError(f"{python.path}:{node.lineno}: no list or dict stands here")
    if python.text[open_at - 1] not in "([{" or python.text[end - 1] not in ")]}":
        raise EditError(f"{python.path}:{node.lineno}: written without brackets")
    return Container(
        python,
        open_at,
        end - 1,
        _with_brackets(python.text, parts, open_at=open_at, close=end - 1),
        tuple=isinstance(node, ast.Tuple),
    )


def _key_start(python: Python, key: ast.expr | None, value: ast.expr) -> int:
    if key is not None:
        return python.span(key)[0]
    return python.text.rindex("**", 0, python.span(value)[0])


def _skip(text: str, at: int) -> int:
    match = GAP.match(text, at)
    return match.end() if match else at


def _past_brackets(text: str, at: int) -> int:
    """Past the closing brackets of a part that stands in brackets of its own."""
    while text[_skip(text, at) : _skip(text, at) + 1] == ")":
        at = _skip(text, at) + 1
    return at


def _with_brackets(
    text: str, parts: list[tuple[int, int]], *, open_at: int, close: int
) -> tuple[tuple[int, int], ...]:
    """Each part widened to its own brackets (`("a")`): ast leaves them out."""
    widened = []
    begin = open_at
    for start, end in parts:
        first = min(_skip(text, begin), start)
        while _skip(text, end) < close and text[_skip(text, end)] == ")":
            end = _skip(text, end) + 1
        widened.append((first, end))
        comma = _skip(text, end)
        begin = comma + 1 if text[comma : comma + 1] == "," else comma
    return tuple(widened)


def insert_part(box: Container, index: int, part: str) -> list[Splice]:
    """`part` (source) as number `index`; index == len(parts) appends."""
    if not box.parts:
        return _fill_empty(box, part)
    return _insert_first(box, part) if index == 0 else _insert_after(box, index - 1, part)


def _fill_empty(box: Container, part: str) -> list[Splice]:
    inside = box.text[box.open : box.close]
    if not inside.strip():
        comma = "," if box.tuple else ""
        return [Splice(box.open, box.close, indented(part, box.python.indentation(box.open)) + comma)]
    indentation = box.python.indentation(box.close)  # only comments inside: stand below them
    at = line_start(box.text, box.close)
    deeper = indentation + "    "
    return [Splice(at, at, f"{deeper}{indented(part, deeper)},\n")]


def _insert_first(box: Container, part: str) -> list[Splice]:
    start = box.parts[0][0]
    if not box.python.begins_line(start):
        return [Splice(start, start, indented(part, box.python.indentation(start)) + ", ")]
    indentation = box.python.indentation(start)
    at = line_end(box.text, box.open)
    return [Splice(at, at, f"\n{indentation}{indented(part, indentation)},")]


def _insert_after(box: Container, index: int, part: str) -> list[Splice]:
    start, end = box.parts[index]
    last = index == len(box.parts) - 1
    comma = box.comma(index)
    if not _one_per_line(box, index):
        base = box.python.indentation(start)
        if comma is None:
            return [Splice(end, end, f", {indented(part, base)}")]
        return [Splice(comma, comma, f" {indented(part, base)},")]
    indentation = box.python.indentation(start)
    line = f"\n{indentation}{indented(part, indentation)}"
    if comma is None:  # the last part, without a comma: the style stays
        after = line_end(box.text, end) if box.python.ends_line(end) else end
        joined = [Splice(end, end, ","), Splice(after, after, line)]
        return joined if after != end else [Splice(end, end, "," + line)]
    follows = box.python.ends_line(comma)
    at = line_end(box.text, comma) if follows else comma
    return [Splice(at, at, line + ("," if last or follows else ",\n" + indentation))]


def _one_per_line(box: Container, index: int) -> bool:
    """Whether parts begin lines of their own around here."""
    near = box.parts[index : index + 2]
    return all(box.python.begins_line(start) for start, _ in near)


def remove_part(box: Container, index: int) -> list[Splice]:
    """Without part `index`: with its line when it has one, comments above it kept."""
    start, end = box.parts[index]
    comma = box.comma(index)
    last = index == len(box.parts) - 1
    until = end if comma is None else comma
    if box.python.begins_line(start) and box.python.ends_line(until) and len(box.parts) > 1:
        after = line_end(box.text, until)
        begin = line_start(box.text, start)
        return [Splice(begin, _past_line_end(box.text, after), "")]
    if not last:
        return [Splice(start, box.parts[index + 1][0], "")]
    if index == 0:
        return [Splice(start, until, "")]
    previous = box.comma(index - 1)
    becomes_tuple_of_one = len(box.parts) == 2 and box.tuple
    if previous is None or (comma is None and not becomes_tuple_of_one):
        previous = box.parts[index - 1][1]
    return [Splice(previous, until, "")]


def _past_line_end(text: str, at: int) -> int:
    return at + 2 if text[at : at + 2] == "\r\n" else min(at + 1, len(text))
