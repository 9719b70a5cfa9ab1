"""Reads what the settings' source says of each environment variable: help, default, example, required or not.

Nothing of the project is executed. The reading itself is found where the evaluator saw it: a call
(`env.bool("DEBUG", default=False)`, `config("KEY")`, `os.getenv("A", "b")`) or `os.environ["A"]`. Where the library
has no word for help, the comment at the end of the line, or the lines of comment above it, are taken.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tenfold.project.documented_variables import DocumentedVariable, is_secret_name
from tenfold.project.environment_help import BESIDE_DATABASES, SERVICES
from tenfold.project.model import Problem
from tenfold.project.readers.text import read_text
from tenfold.project.settings_values import MISSING, Entries, FromEnvironment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenfold.project.environment_help import Told
    from tenfold.project.model import Location
    from tenfold.project.settings import Settings

_OPTIONAL = frozenset({"get", "getenv", "setdefault", "pop"})
"""Calls that give None, not an error, when the variable is not set."""
_FILE = "_FILE"
_FEWEST_WORDS = 4
"""Of the comment above a line; fewer are a heading of the section."""
_URL_CASTS = frozenset({"db_url", "cache_url", "email_url", "storage_url"})


@dataclass(frozen=True, slots=True)
class _Found:
    """One place that reads the variable. `default` is its node, None when there is none."""

    node: ast.expr | None = None
    required: bool = True
    help: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()
    secret: bool = False
    from_file: bool = False
    settled: bool = False
    """Its default is not what the evaluator worked out of a setting that it decides."""


def read_variable_docs(root: Path, settings: Settings) -> tuple[DocumentedVariable, ...]:
    """Every variable that the settings read, in the order of the source."""
    files: dict[str, _File] = {}
    casts = dict(_list_casts(settings))
    found = []
    for name, places in settings.variables.items():
        if name.removesuffix(_FILE) != name and name.removesuffix(_FILE) in settings.variables:
            continue  # another way to give the same
        readings = []
        for place in places:
            if place.path not in files:
                files[place.path] = _open(root, place.path)
            readings += [*files[place.path].find(name, place.line)]
        told = _document(name, places[0], readings, casts=casts)
        found.append(replace(told, from_file=told.from_file or f"{name}{_FILE}" in settings.variables))
    order = {path: number for number, path in enumerate(settings.files)}
    return tuple(sorted(found, key=lambda one: (order.get(one.where.path, 0), one.where.line)))


def _document(
    name: str, where: Location, readings: list[_Found], *, casts: dict[str, tuple[str, object]]
) -> DocumentedVariable:
    cast, resolved = casts.get(name, ("str", MISSING))
    default = next((text for one in readings if (text := _literal(one.node)) is not None), None)
    settled = any(one.settled for one in readings)
    if default is None and not settled and isinstance(resolved, str | int | float | bool):
        default = _text_of(resolved)
    return DocumentedVariable(
        name,
        # A default that the evaluator followed through a function of the project counts, None as well.
        required=resolved is MISSING
        and (any(one.required for one in readings) if readings else name in casts),
        secret=any(one.secret for one in readings) or is_secret_name(name) or cast in _URL_CASTS,
        default=default,
        help=next((one.help for one in readings if one.help), ""),
        example=next((one.example for one in readings if one.example), ""),
        choices=next((one.choices for one in readings if one.choices), ()),
        from_file=any(one.from_file for one in readings),
        kind=cast,
        where=where,
    )


def _list_casts(settings: Settings) -> Iterator[tuple[str, tuple[str, object]]]:
    """How each variable is read, and the default that the evaluator worked out."""
    waiting: list[object] = [possible.value for values in settings.values.values() for possible in values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, FromEnvironment):
            # Parts of a URL have defaults of their own (its host, its port): not the variable's.
            whole = MISSING if value.cast in _URL_CASTS else value.default
            yield value.variable, (value.cast, whole)
        elif isinstance(value, Entries):
            waiting += value.values()


@dataclass(frozen=True)
class _File:
    lines: tuple[str, ...]
    nodes: dict[int, tuple[ast.Call | ast.Subscript, ...]]

    def find(self, name: str, line: int) -> Iterator[_Found]:
        for node in self.nodes.get(line, ()):
            told = _read_subscript(node, name) if isinstance(node, ast.Subscript) else _read_call(node, name)
            if told is not None:
                yield told if told.help else _with_comment(told, self.lines, node)


def _open(root: Path, path: str) -> _File:
    text = read_text(root, path)
    if isinstance(text, Problem):
        return _File((), {})
    try:
        tree = ast.parse(text)
    except SyntaxError:  # the reader of settings has told it
        return _File((), {})
    nodes: dict[int, list[ast.Call | ast.Subscript]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.Subscript):
            nodes.setdefault(node.lineno, []).append(node)
    return _File(tuple(text.splitlines()), {line: tuple(found) for line, found in nodes.items()})


def _read_subscript(node: ast.Subscript, name: str) -> _Found | None:
    return _Found() if _is_text(node.slice, name) and isinstance(node.ctx, ast.Load) else None


def _read_call(node: ast.Call, name: str) -> _Found | None:
    called = _called(node)
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    names = [*node.args[:1], *(given[key] for key in ("name", "var", "option") if key in given)]
    service = SERVICES.get(called) if isinstance(node.func, ast.Attribute) else None
    if any(_is_text(one, name) for one in names):
        return _found(node, given, told=service, called=called)
    if service is not None and not names and name.endswith(service.name):
        return _found(node, given, told=service, called=called)
    if called == "databases" and (beside := _beside(name)):
        return _Found(
            None,
            False,
            beside.help,
            beside.example,
            beside.choices,
            beside.secret,
            from_file=beside.secret,
            settled=True,
        )
    return None


def _beside(name: str) -> Told | None:
    return next((told for known, told in BESIDE_DATABASES.items() if name.endswith(known)), None)


def _found(node: ast.Call, given: dict[str, ast.expr], *, told: Told | None, called: str) -> _Found:
    default = given.get("default") or (node.args[1] if len(node.args) > 1 and told is None else None)
    if (
        default is not None
        and isinstance(default, ast.Name)
        and default.id in ("str", "int", "bool", "float")
    ):
        default = None  # a type, as django-environ takes it
    words = {key: _literal(given.get(key)) or "" for key in ("help", "help_text", "example")}
    return _Found(
        default,
        required=default is None and called not in _OPTIONAL,
        help=words["help"] or words["help_text"] or (told.help if told else ""),
        example=words["example"] or (told.example if told else ""),
        choices=_choices(given.get("choices")),
        secret=told is not None or called == "secret",
        from_file=told is not None or called == "secret",
    )


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _is_text(node: ast.expr, name: str) -> bool:
    """Whether the node is the variable's name, or its end where a prefix stands before it."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(node.value)
        and name.endswith(node.value)
    )


def _choices(node: ast.expr | None) -> tuple[str, ...]:
    if not isinstance(node, ast.Tuple | ast.List):
        return ()
    return tuple(str(one.value) for one in node.elts if isinstance(one, ast.Constant))


def _literal(node: ast.expr | None) -> str | None:
    """The text of a literal as a variable would hold it; None for what is computed."""
    if node is None:
        return None
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return None if value is None else _text_of(value)


def _text_of(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value) if isinstance(value, str | int | float) else None


def _with_comment(found: _Found, lines: tuple[str, ...], node: ast.expr) -> _Found:
    """With the comment at the end of its line, else the lines of comment right above it, as help."""
    last = (node.end_lineno or node.lineno) - 1
    _, mark, beside = (
        lines[last][node.end_col_offset or 0 :].partition("#") if last < len(lines) else ("", "", "")
    )
    told = beside.strip() if mark else ""
    number = node.lineno - 2
    above: list[str] = []
    while not told and 0 <= number < len(lines) and lines[number].lstrip().startswith("#"):
        above.insert(0, lines[number].lstrip().lstrip("#").strip())
        number -= 1
    over = " ".join(one for one in above if one)
    text = told or (over if len(over.split()) >= _FEWEST_WORDS else "")
    is_code = "noqa" in text or "type: ignore" in text
    return found if is_code or not text else replace(found, help=text)
