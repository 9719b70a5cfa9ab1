"""What the evaluator works with beside plain values: functions, classes, modules, frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tenfold.project.model import Location
from tenfold.project.settings_values import Undetermined

if TYPE_CHECKING:
    import ast

    from tenfold.project.readers.settings_evaluator.session import Session
    from tenfold.project.settings_values import Branch

ROOT = "/@/@/@/@/@/@"
"""Stands for the project's root in paths while they are computed, so that going above it works."""


NAMESPACES = ("globals", "locals", "vars")
"""Built-in functions whose result is the module's names."""


class Binding(NamedTuple):
    """A name's value, and the line that set it."""

    value: Any
    where: Location


@dataclass(eq=False)
class ModuleObject:
    """A project module, evaluated when its names are first asked for."""

    name: str
    path: str
    package: str
    names: dict[str, Binding] = field(default_factory=dict)
    state: str = "new"
    """ "new", "running" or "done"."""


@dataclass(frozen=True, eq=False)
class LazyImport:
    """A name imported from a project module, evaluated when it is first read."""

    module: ModuleObject
    name: str


@dataclass(frozen=True, eq=False)
class FunctionObject:
    """A function or lambda of the project."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Frame
    owner: ClassObject | None = None
    kind: str = ""
    """ "property", "static", "class" or "" for a plain function or method."""
    defaults: dict[int, Any] = field(default_factory=dict)
    """Values of parameters' defaults by the ids of their nodes: made once, as Python does."""


@dataclass(eq=False)
class ClassObject:
    """A class of the project. `bases` are ClassObject values or References."""

    name: str
    module: ModuleObject
    bases: tuple[Any, ...]
    names: dict[str, Binding]
    annotations: dict[str, tuple[str, Location]] = field(default_factory=dict)

    def lineage(self) -> list[ClassObject]:
        """The class and its project bases, depth first, the last of repeated ones kept."""
        found = [self]
        for base in self.bases:
            if isinstance(base, ClassObject) and base is not self:
                found += base.lineage()
        return [c for i, c in enumerate(found) if c not in found[i + 1 :]]

    def outside_bases(self) -> set[str]:
        """Dotted names of the bases that are not in the project."""
        return {getattr(b, "dotted", "") for c in self.lineage() for b in c.bases if hasattr(b, "dotted")}


@dataclass(frozen=True, eq=False)
class InstanceObject:
    """An instance of a project class, or the class itself as `self` of its properties."""

    of: ClassObject
    names: dict[str, Binding]


@dataclass(frozen=True, eq=False)
class SuperObject:
    """What `super()` gives: the lineage after `after`."""

    instance: InstanceObject
    after: ClassObject


@dataclass(frozen=True, eq=False)
class BoundMethod:
    """An attribute of a value, about to be called."""

    receiver: Any
    name: str


@dataclass(frozen=True, eq=False)
class LibraryObject:
    """An object of a known library: an `Env()` reader, a `values.BooleanValue()`, ..."""

    kind: str
    state: dict[str, Any]


class Returned(NamedTuple):
    branches: tuple[Branch, ...]
    value: Any


@dataclass(eq=False)
class Frame:
    """Where evaluation stands: the names it sees, and the branches it is under."""

    session: Session
    module: ModuleObject
    names: dict[str, Binding]
    outer: Frame | None = None
    branches: tuple[Branch, ...] = ()
    ended: str = ""
    """How the block was left: "", "return", "raise", "break" or "continue"."""
    returns: list[Returned] = field(default_factory=list)
    call: str = ""
    """The text of the call that is being evaluated, "" at the top level."""
    kind: str = "module"
    owner: ClassObject | None = None
    instance: InstanceObject | None = None
    depth: int = 0
    caller: Frame | None = None
    declared: dict[str, dict[str, Binding]] = field(default_factory=dict)
    """Names that `global` and `nonlocal` bind elsewhere, with the names that they are bound among."""

    def bind(self, name: str, value: Any, where: Location) -> None:
        """Give a name its value: here, or where `global` or `nonlocal` says."""
        self.declared.get(name, self.names)[name] = Binding(value, where)

    def where(self, node: ast.AST) -> Location:
        """The node's place."""
        return Location(self.module.path, getattr(node, "lineno", 0))

    def find(self, name: str) -> Binding | None:
        """The binding that a name has here; None when it has none in the project."""
        if name in self.declared:
            return self.declared[name].get(name)
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names and (frame is self or frame.kind != "class"):
                return frame.names[name]
            frame = frame.outer
        return self.module.names.get(name)


def namespace(dotted: str, frame: Frame) -> dict[str, Binding]:
    """The names that `globals()`, `locals()` or `vars()` gives."""
    return frame.module.names if dotted == "globals" else frame.names


class Undecided(Exception):
    """A loop cannot be followed further: what it changes is not known."""


@dataclass(frozen=True)
class Call:
    """One call, its arguments evaluated."""

    frame: Frame
    node: ast.Call
    dotted: str
    arguments: list[Any]
    keywords: dict[str, Any]
    open: bool = False
    """True when `*x` or `**x` arguments could not be told."""

    @property
    def where(self) -> Location:
        return self.frame.where(self.node)

    def argument(self, index: int, name: str, default: Any = None) -> Any:
        """The argument given by position or by name, else `default`."""
        if name and name in self.keywords:
            return self.keywords[name]
        return self.arguments[index] if 0 <= index < len(self.arguments) else default

    def untold(self) -> Undetermined:
        """The answer when nothing more is known of this call."""
        return Undetermined(f"calls {self.dotted or 'a function'}")
