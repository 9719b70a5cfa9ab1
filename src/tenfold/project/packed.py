"""Packed facts to records: what one visit of a file left as plain marshalled tuples.

Packed facts are (lines, imports, scopes, calls, assignments, reads, rest), each section but the first a
marshalled value of its own. A section is unpacked when it is asked for: a warm start unpacks little.
"""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tenfold.project.records import (
    Assignment,
    Call,
    Import,
    Invoke,
    Items,
    Lambda,
    Loop,
    Name,
    Opaque,
    Operation,
    Pairs,
    Return,
    Scope,
    Use,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.records import Value

Facts: TypeAlias = "tuple[int, bytes, bytes, bytes, bytes, bytes, bytes]"
Rest: TypeAlias = (
    "tuple[tuple[Loop, ...], tuple[Lambda, ...], dict[str, int], tuple[Return, ...], tuple[Use, ...]]"
)
LINES: Final = 0
IMPORTS: Final = 1
SCOPES: Final = 2
CALLS: Final = 3
ASSIGNMENTS: Final = 4
READS: Final = 5
REST: Final = 6

EMPTY: Facts = (
    0,
    marshal.dumps(([], {})),
    marshal.dumps([("module", "", "", -1, 1, 1, (), (), (), ())]),
    marshal.dumps([]),
    marshal.dumps([]),
    marshal.dumps({}),
    marshal.dumps(([], [], {}, [], [])),
)
"""The facts of an empty file."""


def _many(values: tuple[Any, ...]) -> tuple[Value, ...]:
    return tuple([_DECODERS[v[0]](v) if type(v) is tuple else v for v in values])


def _keywords(pairs: tuple[Any, ...]) -> tuple[tuple[str | None, Value], ...]:
    return tuple([(key, _DECODERS[v[0]](v) if type(v) is tuple else v) for key, v in pairs])


def _pairs(pairs: tuple[Any, ...]) -> tuple[tuple[Value, Value], ...]:
    return tuple([(_decode(key), _decode(value)) for key, value in pairs])


def _decode(value: Any) -> Value:
    return _DECODERS[value[0]](value) if type(value) is tuple else value


# In the order of the tags that the visit writes (`readers.syntax`): NAME, INVOKE, ITEMS, PAIRS, ...
_DECODERS: tuple[Callable[[Any], Value], ...] = (
    lambda v: Name(v[1]),
    lambda v: Invoke(v[1], _many(v[2]), _keywords(v[3]), v[4]),
    lambda v: Items(v[1], _many(v[2])),
    lambda v: Pairs(_pairs(v[1])),
    lambda v: Operation(v[1], _many(v[2])),
    lambda v: Opaque(v[1]),
)


def decode(value: Any) -> Value:
    """The record of one encoded value; Opaque("Deep") where it is nested beyond Python's own limit."""
    if type(value) is not tuple:
        return value  # type: ignore[no-any-return]
    try:
        return _DECODERS[value[0]](value)
    except RecursionError:
        return Opaque("Deep")


def unpack_imports(facts: Facts, package: tuple[str, ...]) -> tuple[Import, ...]:
    """The imports, relative ones resolved against `package`, the parts of the file's package name."""
    found = []
    for module, name, alias, line, scope, level in marshal.loads(facts[IMPORTS])[0]:
        if level:
            parts = package[: max(len(package) - level + 1, 0)]
            module = ".".join((*parts, module) if module else parts)
        found.append(Import(module, name, alias, line, scope))
    return tuple(found)


def unpack_bound(facts: Facts) -> dict[str, str]:
    """Names assigned at the top level -> the dotted name that each is another name of, "" if of none."""
    bound: dict[str, str] = marshal.loads(facts[IMPORTS])[1]
    return bound


def unpack_scopes(facts: Facts) -> tuple[Scope, ...]:
    return tuple(
        [
            Scope._make((*row[:6], _many(row[6]), _many(row[7]), _keywords(row[8]), row[9]))
            if row[6] or row[7] or row[8]
            else Scope._make(row)
            for row in marshal.loads(facts[SCOPES])
        ]
    )


def unpack_calls(facts: Facts) -> tuple[Call, ...]:
    found = []
    for row in marshal.loads(facts[CALLS]):
        if row[1] or row[2]:
            try:
                found.append(Call(row[0], _many(row[1]), _keywords(row[2]), *row[3:]))
            except RecursionError:
                found.append(Call(row[0], (Opaque("Deep"),), (), *row[3:]))
        else:
            found.append(Call(*row))
    return tuple(found)


def unpack_assignments(facts: Facts) -> tuple[Assignment, ...]:
    rows = marshal.loads(facts[ASSIGNMENTS])
    return tuple([Assignment(row[0], row[1], decode(row[2]), *row[3:]) for row in rows])


def unpack_reads(facts: Facts) -> dict[int, tuple[str, ...]]:
    """Dotted names read (called ones included) per scope."""
    reads: dict[int, tuple[str, ...]] = marshal.loads(facts[READS])
    return reads


def unpack_rest(facts: Facts) -> Rest:
    loops, lambdas, strings, returns, uses = marshal.loads(facts[REST])
    decoded = tuple([Loop(row[0], decode(row[1]), decode(row[2]), *row[3:]) for row in loops])
    given = tuple([Return(decode(row[0]), *row[1:]) for row in returns])
    return decoded, tuple([Lambda(*row) for row in lambdas]), strings, given, tuple([Use(*u) for u in uses])
