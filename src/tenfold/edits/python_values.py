"""Resolves changes to settings, dict entries and wrapped values."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tenfold.edits.containers import container, insert_part, remove_part
from tenfold.edits.draft import Splice, line_end, line_start
from tenfold.edits.python import (
    assigned_keys,
    assignments,
    below,
    indented,
    is_dict_call,
    last_assignment,
    quote_of,
    quoted,
    refuse_branches,
    step_into,
    value_of,
)
from tenfold.errors import EditError

if TYPE_CHECKING:
    from tenfold.edits.model import Key, RemoveKey, RemoveSetting, SetKey, SetSetting, WrapValue
    from tenfold.edits.python import Assignment, Python


def set_setting(python: Python, change: SetSetting) -> list[Splice]:
    """The value of the assignment replaced, or the assignment added."""
    statement = last_assignment(python, change.name, line=change.line)
    if statement is not None:
        return replace_value(python, value_of(statement), change.value)
    if change.line:
        raise EditError(f"{python.path}:{change.line}: {change.name} is not assigned there")
    source = f"{change.name} = {change.value}"
    comment = "".join(f"# {line}\n" for line in change.comment.splitlines())
    anchor = assignments(python, change.after) if change.after else []
    if anchor:
        return [below(python, anchor[-1], comment + source)]
    return [_at_the_end(python, comment + source)]


def _at_the_end(python: Python, source: str) -> Splice:
    """At the file's end, but above a last `from .local import *`: what it overrides stays overridden."""
    body = python.tree.body
    settings = [node for node in body if _is_setting(node)]
    if not settings and any(
        _is_setting(inner) for node in body if isinstance(node, ast.ClassDef) for inner in node.body
    ):
        raise EditError(f"{python.path}: its settings live in a class", next_step="Add the setting by hand.")
    last = len(body)
    while settings and last and body[last - 1] is not settings[-1] and _imports_all(body[last - 1]):
        last -= 1
    if last < len(body):
        at = line_start(python.text, python.span(body[last])[0])
        return Splice(at, at, source + "\n\n")
    lead = "" if not python.text or python.text.endswith(("\n", "\r")) else "\n"
    gap = "\n" if python.text.strip() else ""
    if body and isinstance(body[-1], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        gap = "\n\n"
    return Splice(len(python.text), len(python.text), f"{lead}{gap}{source}\n")


def _is_setting(node: ast.stmt) -> bool:
    keys = assigned_keys(node)
    return keys is not None and str(keys[0]).isupper()


def _imports_all(node: ast.stmt) -> bool:
    found = (inner for inner in ast.walk(node) if isinstance(inner, ast.ImportFrom))
    return any(alias.name == "*" for inner in found for alias in inner.names)


def remove_setting(python: Python, change: RemoveSetting) -> list[Splice]:
    """The whole statement with its line."""
    try:
        statement = last_assignment(python, change.name, line=change.line)
    except EditError:
        if change.line or assignments(python, change.name):
            raise
        return []
    if statement is None:
        return []
    start, end = python.span(statement)
    if not (python.begins_line(start) and python.ends_line(end)):
        raise EditError(f"{python.path}:{statement.lineno}: several statements on one line")
    if len(_block_of(python, statement)) == 1:
        raise EditError(f"{python.path}:{statement.lineno}: the only statement of its block")
    after = line_end(python.text, end)
    after += 2 if python.text[after : after + 2] == "\r\n" else 1
    return [Splice(line_start(python.text, start), min(after, len(python.text)), "")]


def _block_of(python: Python, statement: ast.stmt) -> list[ast.stmt]:
    for node in ast.walk(python.tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and statement in block:
                return [] if node is python.tree else block
    return []


def replace_value(python: Python, value: ast.expr, source: str) -> list[Splice]:
    """`source` instead of `value`, unless it is the same expression."""
    start, end = python.span(value)
    if same_expression(python.source(value), source):
        return []
    return [Splice(start, end, indented(source, python.indentation(start)))]


def same_expression(one: str, other: str) -> bool:
    try:
        trees = [ast.dump(ast.parse(f"({source}\n)", mode="eval")) for source in (one, other)]
    except SyntaxError:
        return one == other
    return trees[0] == trees[1]


def set_key(python: Python, change: SetKey) -> list[Splice]:
    """The entry replaced, added to its dict, or assigned below."""
    statement, value, rest = find_holder(python, change.keys, line=change.line)
    if not rest:
        return replace_value(python, value, change.value)
    if isinstance(value, ast.Dict) or is_dict_call(value):
        return _add_entry(python, value, rest, source=change.value, comment=change.comment)
    if isinstance(value, ast.List | ast.Tuple | ast.Constant | ast.Name):
        raise EditError(f"{python.path}:{value.lineno}: {change.keys[0]} holds no dict here")
    source = _statement(python, change, rest=rest)
    if any(same_expression(source, python.source(node)) for node in python.tree.body):
        return []
    comment = "".join(f"# {line}\n" for line in change.comment.splitlines())
    return [below(python, statement, comment + source)]


def find_holder(
    python: Python, keys: tuple[Key, ...], *, line: int
) -> tuple[Assignment, ast.expr, tuple[Key, ...]]:
    """The last statement on the way to `keys`, the innermost value there, and the keys still missing."""
    name = str(keys[0])
    found = []
    for statement in assignments(python, name, line=line):
        target = assigned_keys(statement) or ()
        if keys[: len(target)] == target and not isinstance(statement, ast.AugAssign):
            found.append((statement, *_descend(value_of(statement), keys[len(target) :])))
    if found and not line:
        refuse_branches(python, keys, after=found[-1][0])
    complete = [one for one in found if not one[2]]
    if complete:
        return complete[-1]
    if not found:
        last_assignment(python, name, line=line)
        raise EditError(f"{python.path}: {name} is not assigned there")
    # Prefer the place whose dict can take the key over a call that returns one.
    literal = [one for one in found if isinstance(one[1], ast.Dict) and len(one[2]) <= len(found[-1][2])]
    return (literal or found)[-1]


def _descend(value: ast.expr, keys: tuple[Key, ...]) -> tuple[ast.expr, tuple[Key, ...]]:
    while keys:
        inner = step_into(value, keys[0])
        if inner is None:
            break
        value, keys = inner, keys[1:]
    return value, keys


def _add_entry(
    python: Python, value: ast.Dict | ast.Call, rest: tuple[Key, ...], *, source: str, comment: str
) -> list[Splice]:
    quote = quote_of(python, value.keys if isinstance(value, ast.Dict) else [k.value for k in value.keywords])
    for key in reversed(rest[1:]):
        source = f"{{{quoted(key, quote)}: {source}}}"
    box = container(python, value)
    if isinstance(value, ast.Dict):
        entry = f"{quoted(rest[0], quote)}: {source}"
    elif isinstance(rest[0], str) and rest[0].isidentifier():
        entry = f"{rest[0]}={source}"
    else:
        raise EditError(f"{python.path}:{value.lineno}: {rest[0]!r} is no keyword for dict(...)")
    if box.parts and python.begins_line(box.parts[-1][0]):
        entry = "".join(f"# {line}\n" for line in comment.splitlines()) + entry
    return insert_part(box, len(box.parts), entry)


def _statement(python: Python, change: SetKey, *, rest: tuple[Key, ...]) -> str:
    """`NAME["default"]["OPTIONS"]["key"] = value`, with setdefault for dicts that may be missing."""
    quote = quote_of(python, ())
    known = change.keys[1 : len(change.keys) - len(rest)]
    source = str(change.keys[0]) + "".join(f"[{quoted(key, quote)}]" for key in known)
    for key in rest[:-1]:
        source += f".setdefault({quoted(key, quote)}, {{}})"
    return source + f"[{quoted(rest[-1], quote)}] = {change.value}"


def remove_key(python: Python, change: RemoveKey) -> list[Splice]:
    """The entry out of its dict; nothing when it is not there."""
    _, value, rest = find_holder(python, change.keys, line=change.line)
    if rest:
        return []
    _, holder, left = find_holder(python, change.keys[:-1], line=change.line)
    box = container(python, holder)
    start = python.span(value)[0]
    if left or not isinstance(holder, ast.Dict | ast.Call):
        raise EditError(f"{python.path}:{value.lineno}: {change.keys[-1]!r} is no entry of a dict")
    index = next(i for i, (_, end) in enumerate(box.parts) if start < end)
    return remove_part(box, index)


def wrap_value(python: Python, change: WrapValue) -> list[Splice]:
    """`before` + value + `after`; nothing when the value begins and ends so already."""
    _, value, rest = find_holder(python, change.keys, line=change.line)
    if rest:
        raise EditError(f"{python.path}: {'/'.join(map(str, change.keys))} is not there")
    source = python.source(value)
    if source.startswith(change.before) and source.endswith(change.after):
        return []
    start, end = python.span(value)
    return [Splice(start, start, change.before), Splice(end, end, change.after)]
