"""Facts of the Python source: what each file imports, defines, calls and loops over.

The records (`tenfold.project.records`) are made in one visit of each file's syntax tree
(`readers.source`), cached by content, and resolved across files here: imports, re-exports, star imports,
base classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tenfold.project.packed import (
    LINES,
    unpack_assignments,
    unpack_bound,
    unpack_calls,
    unpack_imports,
    unpack_reads,
    unpack_rest,
    unpack_scopes,
)
from tenfold.project.records import (
    STAR,
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
    Value,
)
from tenfold.project.resolution import Resolution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tenfold.project.model import Location
    from tenfold.project.packed import Facts, Rest

__all__ = [
    "STAR",
    "Assignment",
    "Call",
    "Import",
    "Invoke",
    "Items",
    "Lambda",
    "Loop",
    "Module",
    "Name",
    "Opaque",
    "Operation",
    "Pairs",
    "Return",
    "Scope",
    "Source",
    "Unparsed",
    "Use",
    "Value",
]


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A Python file that no available interpreter could parse, or that could not be read."""

    where: Location
    why: str


@dataclass(frozen=True)
class Module:
    """One Python file's facts, unpacked from `facts` as they are asked for."""

    path: str
    name: str
    """Dotted name from its source root: "shop.views"."""
    facts: Facts

    @property
    def lines(self) -> int:
        return self.facts[LINES]

    @property
    def package(self) -> str:
        """The package that relative imports start from: its own name for an `__init__`."""
        own = self.path.rpartition("/")[2] == "__init__.py"
        return self.name if own else self.name.rpartition(".")[0]

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return unpack_imports(self.facts, tuple(self.package.split(".")) if self.package else ())

    @cached_property
    def bound(self) -> Mapping[str, str]:
        """Names assigned at the top level -> the dotted name that each is another name of, "" if of none."""
        return unpack_bound(self.facts)

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        return unpack_scopes(self.facts)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return unpack_calls(self.facts)

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        return unpack_assignments(self.facts)

    @cached_property
    def reads(self) -> Mapping[int, tuple[str, ...]]:
        """Scope index -> the dotted names read or called directly in it."""
        return unpack_reads(self.facts)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every dotted name read anywhere ("request.user", "settings.SITE_ID"), longest form only."""
        return frozenset().union(*self.reads.values())

    @cached_property
    def _rest(self) -> Rest:
        return unpack_rest(self.facts)

    @property
    def loops(self) -> tuple[Loop, ...]:
        return self._rest[0]

    @property
    def lambdas(self) -> tuple[Lambda, ...]:
        return self._rest[1]

    @property
    def strings(self) -> Mapping[str, int]:
        """Every string constant without white space and up to 120 characters -> its first line."""
        return self._rest[2]

    @property
    def returns(self) -> tuple[Return, ...]:
        return self._rest[3]

    @property
    def uses(self) -> tuple[Use, ...]:
        return self._rest[4]

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

    @cached_property
    def by_qualname(self) -> Mapping[str, int]:
        """Scope indices by qualname; the last definition of a name counts."""
        return {scope.qualname: index for index, scope in enumerate(self.scopes)}

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
        spellings: Mapping[str, str] | None = None,
        outside: Callable[[str], Module | None] | None = None,
    ) -> None:
        """`known_bases` maps third-party classes to their bases ("mptt.models.MPTTModel" -> ...),
        `spellings` other import paths of those classes to the one used there
        ("django.db.models.base.Model" -> "django.db.models.Model"); `outside` gives a module of the
        project's environment by its dotted name."""
        self.by_path = {module.path: module for module in modules}
        self.unparsed = unparsed
        self.known_bases = known_bases or {}
        self.spellings = spellings or {}
        self.outside = outside or (lambda name: None)
        self._resolution = Resolution(self)

    @cached_property
    def by_name(self) -> dict[str, Module]:
        """Modules by dotted name; a package is known by its own name, not by `__init__`."""
        found: dict[str, Module] = {}
        for module in self.by_path.values():
            # Two files of one name (two projects side by side): the one nearer to the root.
            other = found.get(module.name)
            if other is None or module.path.count("/") < other.path.count("/"):
                found[module.name] = module
        return found

    def __iter__(self) -> Iterator[Module]:
        return iter(self.by_path.values())

    def resolve(self, module: Module, dotted: str, scope: int = 0) -> str:
        """The absolute name of what `dotted` means in a scope of the module (0: its top level).

        Follows imports, re-exports, star imports and module aliases through the project; names from
        elsewhere stay as imported ("django.db.models.Model"); builtins and unknown names stay as written.
        Inside a function its own imports count too, `self` and `cls` are its class, and what it binds
        itself gets the prefix "<local>.".
        """
        return self._resolution.resolve(module, dotted, scope)

    def resolve_absolute(self, absolute: str) -> str:
        """An absolute dotted name as its definition spells it: re-exports followed."""
        return self._resolution.canonical(absolute)

    def find(self, absolute: str) -> tuple[Module, int] | None:
        """The module and scope index that define an absolute dotted class or function name."""
        return self._resolution.find(absolute)

    def ancestors(self, absolute: str) -> tuple[str, ...]:
        """Absolute names of all base classes of a class, nearest first (its MRO), itself excluded, through
        the project, then through the known third-party bases. Unresolvable bases appear as written."""
        return self._resolution.ancestors(absolute)

    def direct_bases(self, absolute: str) -> tuple[str, ...]:
        """Absolute names of the bases in the class statement, () for what is no known class."""
        return tuple(self._resolution.bases(absolute))

    def subclasses(self, *roots: str) -> Iterator[tuple[Module, int]]:
        """Classes of the project (module, scope index) that descend from one of the absolute names."""
        return self._resolution.subclasses(roots)

    def calls_to(self, *absolute: str) -> Iterator[tuple[Module, Call]]:
        """Calls whose callee resolves to one of the absolute names."""
        return self._resolution.calls_to(absolute)
