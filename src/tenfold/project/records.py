"""Records of the Python source, as one visit of each file's syntax tree makes them.

Expressions are reduced to a `Value`:
- str, int, float, bool, None, bytes: the literal itself;
- `Name("a.b")`: a dotted name; `Invoke(callee, args, keywords, line)`: a call;
- `Items(kind, values)`: list, tuple or set; `Pairs(pairs)`: dict, a `**x` entry has the key `STAR`;
- `Operation(operator, values)`: "+" (any number of values, from the left), "or", "not", "==" (one
  comparison), "if" (test, then, else), "*" (a starred value), "[]" (container, key: `os.environ["A"]`);
- `OPAQUE`: anything else (lambda, comprehension, f-string with parts, ...).
`await x` is `x`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Name(NamedTuple):
    """A dotted name as written; a call inside is written `()`, a subscript `[]`: `Post.objects.all().x`.
    A string at its head is written `""` (`"".join`), any other expression `?` (`?.strip`)."""

    dotted: str


class Invoke(NamedTuple):
    """A call inside an expression. `keywords` pairs a name (None for `**x`) with a value."""

    callee: str
    args: tuple[Value, ...]
    keywords: tuple[tuple[str | None, Value], ...]
    line: int

    def keyword(self, name: str) -> Value | None:
        """The value passed as `name=`, or None when it is not passed by that name."""
        return next((value for key, value in self.keywords if key == name), None)


class Items(NamedTuple):
    kind: str
    values: tuple[Value, ...]


class Pairs(NamedTuple):
    pairs: tuple[tuple[Value, Value], ...]


class Operation(NamedTuple):
    operator: str
    values: tuple[Value, ...]


class Opaque(NamedTuple):
    kind: str
    """The syntax node's class name, for messages: "Lambda", "ListComp", ..."""


Value: TypeAlias = (
    "str | int | float | bool | bytes | Name | Invoke | Items | Pairs | Operation | Opaque | None"
)
STAR = Name("**")


class Import(NamedTuple):
    """`import module` (name ""), `from module import name`, `from module import *` (name "*").

    `module` is absolute: relative imports are resolved against the file's own package.
    """

    module: str
    name: str
    alias: str
    """The name that it binds in this file: `import a.b` binds "a", `import a.b as c` binds "c"."""
    line: int
    scope: int


class Scope(NamedTuple):
    """The module (index 0), a class or a function. `parent` is an index into the file's scopes."""

    kind: str
    """ "module", "class", "function" or "async function"."""
    name: str
    qualname: str
    """Dotted inside the module, as `__qualname__` without `<locals>`; "" for the module."""
    parent: int
    line: int
    end_line: int
    decorators: tuple[Value, ...]
    bases: tuple[Value, ...]
    keywords: tuple[tuple[str | None, Value], ...]
    parameters: tuple[str, ...]


class Call(NamedTuple):
    """A call, wherever it stands. Lines are 1-based, columns 0-based in UTF-8 bytes, as in `ast`."""

    callee: str
    args: tuple[Value, ...]
    keywords: tuple[tuple[str | None, Value], ...]
    line: int
    column: int
    end_line: int
    end_column: int
    scope: int
    loop: int
    """Index of the innermost loop of the file around it, -1 outside loops."""

    def keyword(self, name: str) -> Value | None:
        """The value passed as `name=`, or None when it is not passed by that name."""
        return next((value for key, value in self.keywords if key == name), None)


class Loop(NamedTuple):
    kind: str
    """ "for", "async for", "while" or "comprehension"."""
    target: Value
    iterable: Value
    line: int
    end_line: int
    scope: int
    parent: int


class Assignment(NamedTuple):
    """`target = value`, `target += value`, annotated or walrus. Function-local ones are kept too.
    `a, b = f()` gives two: each takes the `Operation("[]", (value, index))` at its place."""

    target: str
    operator: str
    """ "=" or the operator before it: "+", "|"."""
    value: Value
    line: int
    end_line: int
    scope: int
    guard: str
    """"" where it always runs in its scope; under an `if` the dotted name that is tested ("settings.DEBUG", kept
    for what stands deeper in it); "?" under any other `if`, `try`, `with` or loop."""


class Lambda(NamedTuple):
    line: int
    scope: int
    branches: int
    """Conditional expressions, boolean operators and chained comparisons in its body."""
    length: int
    """Characters of its source, lines joined."""


class Return(NamedTuple):
    """`return value` with a value."""

    value: Value
    line: int
    scope: int


class Use(NamedTuple):
    """An attribute that is read inside a loop (not called): its dotted name, `x.author.name`."""

    dotted: str
    line: int
    loop: int
    """Index of the innermost loop of the file around it."""
