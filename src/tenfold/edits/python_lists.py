"""Resolves changes to lists of strings (INSTALLED_APPS, MIDDLEWARE), comments kept."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tenfold.edits.containers import container, insert_part, remove_part
from tenfold.edits.python import assigned_keys, assignments, quote_of, quoted, step_into, value_of
from tenfold.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.edits.draft import Splice
    from tenfold.edits.model import InsertItem, Key, RemoveElement, RemoveItem
    from tenfold.edits.python import Python


def sequences(
    python: Python, name: str, *, inside: tuple[Key, ...] = (), line: int = 0
) -> list[ast.List | ast.Tuple]:
    """The list and tuple literals that make up `name`: `[..] + OTHER + [..]`, `name += [..]`."""
    found: list[ast.List | ast.Tuple] = []
    for statement in assignments(python, name, line=line):
        if assigned_keys(statement) != (name,):
            continue
        value: ast.expr | None = value_of(statement)
        for key in inside:
            value = None if value is None else step_into(value, key)
        found += _literals(value)
    return found


def _literals(value: ast.expr | None) -> Iterator[ast.List | ast.Tuple]:
    if isinstance(value, ast.List | ast.Tuple):
        yield value
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        yield from _literals(value.left)
        yield from _literals(value.right)


def _index(sequence: ast.List | ast.Tuple, item: str) -> int | None:
    for index, element in enumerate(sequence.elts):
        if isinstance(element, ast.Constant) and element.value == item:
            return index
    return None


def insert_item(python: Python, change: InsertItem) -> list[Splice]:
    """The string in its place; nothing when the list holds it already."""
    lists = sequences(python, change.name, inside=change.inside, line=change.line)
    if not lists:
        raise EditError(f"{python.path}: {change.name} is no list literal of the module")
    if any(_index(one, change.item) is not None for one in lists):
        return []
    sequence, index = _place(python, change, lists)
    part = quoted(change.item, quote_of(python, sequence.elts))
    return insert_part(container(python, sequence), index, part)


def _place(
    python: Python, change: InsertItem, lists: list[ast.List | ast.Tuple]
) -> tuple[ast.List | ast.Tuple, int]:
    neighbour = change.before or change.after
    if not neighbour:
        return (lists[0], 0) if change.first else (lists[-1], len(lists[-1].elts))
    for one in lists:
        index = _index(one, neighbour)
        if index is not None:
            return one, index if change.before else index + 1
    raise EditError(f"{python.path}: {change.name} does not hold {neighbour!r} to place {change.item!r} at")


def remove_item(python: Python, change: RemoveItem) -> list[Splice]:
    """Without the string, wherever the list's literals name it (once per literal)."""
    found: list[Splice] = []
    for one in sequences(python, change.name, inside=change.inside, line=change.line):
        index = _index(one, change.item)
        if index is not None:
            found += remove_part(container(python, one), index)
    return found


def remove_element(python: Python, change: RemoveElement) -> list[Splice]:
    """Without the element that holds the string; nothing when none does."""
    found = [
        (one, index)
        for one in sequences(python, change.name, inside=change.inside, line=change.line)
        for index, element in enumerate(one.elts)
        if _holds(element, change.holding)
    ]
    if len(found) > 1:
        raise EditError(f"{python.path}: {len(found)} elements of {change.name} hold {change.holding!r}")
    return [splice for one, index in found for splice in remove_part(container(python, one), index)]


def _holds(element: ast.expr, text: str) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == text for node in ast.walk(element))
