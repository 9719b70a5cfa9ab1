"""Facts of the Python source: compact records of what each file imports, defines, calls and loops over.

Records are made in one visit of each file's syntax tree (`readers.source`), cached by content, and
resolved across files here: imports, re-exports, star imports, base classes.

Expressions are reduced to a `Value`:
- str, int, float, bool, None, bytes: the literal itself;
- `Name("a.b")`: a dotted name; `Invoke(callee, args, keywords, line)`: a call;
- `Items(kind, values)`: list, tuple or set; `Pairs(pairs)`: dict, a `**x` entry has the key `STAR`;
- `Operation(operator, values)`: "+", "or", "not", "if" (test, then, else), ...;
- `OPAQUE`: anything else (lambda, comprehension, f-string with parts, ...).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tenfold.project.model import Location


class Name(NamedTuple):
    """A dotted name as written; a call inside is written `()`, a subscript `[]`: `Post.objects.all().x`."""

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
    """The name that it binds in this file."""
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
    """`target = value`, `target += value`, annotated or walrus. Function-local ones are kept too."""

    target: str
    operator: str
    """ "=" or the operator before it: "+", "|"."""
    value: Value
    line: int
    end_line: int
    scope: int
    guarded: bool
    """It stands under an `if`, `try`, `with` or loop inside its scope."""


class Lambda(NamedTuple):
    line: int
    scope: int
    branches: int
    """Conditional expressions, boolean operators, comparisons chained and comprehensions in its body."""
    length: int
    """Characters of its source, lines joined."""


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A Python file that no available interpreter could parse, or that could not be read."""

    where: Location
    why: str


@dataclass(frozen=True)
class Module:
    """One Python file's facts."""

    path: str
    name: str
    """Dotted name from its source root: "shop.views"."""
    lines: int
    imports: tuple[Import, ...]
    scopes: tuple[Scope, ...]
    calls: tuple[Call, ...]
    loops: tuple[Loop, ...]
    assignments: tuple[Assignment, ...]
    lambdas: tuple[Lambda, ...]
    names: frozenset[str]
    """Every dotted name read anywhere ("request.user", "settings.SITE_ID"), longest form only."""
    strings: Mapping[str, int]
    """Every string constant without white space and up to 120 characters -> its first line."""

    def classes(self) -> Iterator[Scope]:
        """Its classes, nested ones included."""
        return (s for s in self.scopes if s.kind == "class")

    def functions(self) -> Iterator[Scope]:
        """Its functions and methods."""
        return (s for s in self.scopes if s.kind in ("function", "async function"))

    def qualname(self, scope: int) -> str:
        """Absolute dotted name of a scope: "shop.views.Detail.get"; the module's name for index 0."""
        inner = self.scopes[scope].qualname
        return f"{self.name}.{inner}" if inner else self.name

    def attributes(self, scope: int) -> dict[str, Assignment]:
        """Last assignment per name directly in a scope: class attributes, module variables."""
        return {a.target: a for a in self.assignments if a.scope == scope}


class Source:
    """All modules of the project, and resolution across them."""

    def __init__(
        self,
        modules: Iterable[Module],
        *,
        unparsed: tuple[Unparsed, ...] = (),
        known_bases: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """`known_bases` maps third-party classes to their bases ("mptt.models.MPTTModel" -> ...)."""
        self.by_path = {module.path: module for module in modules}
        self.unparsed = unparsed
        self.known_bases = known_bases or {}

    @cached_property
    def by_name(self) -> dict[str, Module]:
        """Modules by dotted name; a package is known by its own name, not by `__init__`."""
        return {module.name: module for module in self.by_path.values()}

    def __iter__(self) -> Iterator[Module]:
        return iter(self.by_path.values())

    def resolve(self, module: Module, dotted: str) -> str:
        """The absolute name of what `dotted` means at the module's top level.

        Follows imports, re-exports, star imports and module aliases through the project; names from
        elsewhere stay as imported ("django.db.models.Model"); builtins and unknown names stay as written.
        """
        raise NotImplementedError

    def find(self, absolute: str) -> tuple[Module, int] | None:
        """The module and scope index that define an absolute dotted class or function name."""
        raise NotImplementedError

    def ancestors(self, absolute: str) -> tuple[str, ...]:
        """Absolute names of all base classes of a class, nearest first, itself excluded, through the
        project, then through the known third-party bases. Unresolvable bases appear as written."""
        raise NotImplementedError

    def subclasses(self, *roots: str) -> Iterator[tuple[Module, int]]:
        """Classes of the project (module, scope index) that descend from one of the absolute names."""
        raise NotImplementedError

    def calls_to(self, *absolute: str) -> Iterator[tuple[Module, Call]]:
        """Calls whose callee resolves to one of the absolute names."""
        raise NotImplementedError
