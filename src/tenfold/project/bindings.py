"""What names are bound to, read from one module alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.records import Invoke, Items, Name, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.records import Import, Value
    from tenfold.project.source import Module


def break_name(dotted: str) -> tuple[str, str]:
    """The first part of a dotted name, and the rest with its separator: "a().b" -> ("a", "().b")."""
    for index, letter in enumerate(dotted):
        if letter in ".([":
            return dotted[:index], dotted[index:]
    return dotted, ""


def name_import(record: Import) -> str:
    """The absolute name that an import binds its alias to."""
    if record.name:
        return f"{record.module}.{record.name}" if record.module else record.name
    first = record.module.partition(".")[0]
    return first if record.alias == first else record.module


def bind_module(module: Module, *, definitions: bool = True) -> dict[str, str]:
    """Top-level names -> absolute names: imports, definitions, and `alias = other.name`.

    A definition counts more than an import, an import more than an assignment; of two imports of one
    name (`try` ... `except ImportError`) the first counts.
    """
    found: dict[str, str] = {}
    for record in module.imports:
        if not record.scope and record.name != "*":
            found.setdefault(record.alias, name_import(record))
    if not definitions:
        return found
    for scope in module.scopes:
        if scope.parent == 0:
            found[scope.name] = f"{module.name}.{scope.name}"
    imported = dict(found)
    for assignment in module.assignments:
        target = assignment.target
        if assignment.scope or target in imported or "." in target or "[" in target:
            continue
        found[target] = f"{module.name}.{target}"
        value = assignment.value
        if isinstance(value, Name) and assignment.operator == "=":
            head, rest = break_name(value.dotted)
            if head in imported and "(" not in rest and "[" not in rest:
                found[target] = imported[head] + rest
    return found


def bind_locals(module: Module, index: int, *, local: str) -> dict[str, str]:
    """Names that a scope binds itself: to an absolute name where an import or a definition says it, else
    to `local`. The first parameter of a method is its class."""
    found = dict.fromkeys(_name_assigned(module, index), local)
    found.update(_bind_parameters(module, index, local=local))
    for inner in module.scopes:
        if inner.parent == index:
            found[inner.name] = f"{module.name}.{inner.qualname}"
    for record in module.imports:
        if record.scope == index and record.name != "*":
            found[record.alias] = name_import(record)
    return found


def _name_assigned(module: Module, index: int) -> Iterator[str]:
    for loop in module.loops:
        if loop.scope == index:
            yield from _name_targets(loop.target)
    for assignment in module.assignments:
        if assignment.scope == index and "." not in assignment.target and "[" not in assignment.target:
            yield assignment.target


def _bind_parameters(module: Module, index: int, *, local: str) -> dict[str, str]:
    scope = module.scopes[index]
    found = dict.fromkeys(scope.parameters, local)
    in_class = scope.kind != "class" and module.scopes[scope.parent].kind == "class"
    if in_class and found and Name("staticmethod") not in scope.decorators:
        found[scope.parameters[0]] = module.qualname(scope.parent)
    return found


def _name_targets(target: Value) -> Iterator[str]:
    if isinstance(target, Name):
        yield target.dotted
    elif isinstance(target, (Items, Operation)):
        for value in target.values:
            yield from _name_targets(value)


def name_base(base: Value) -> Iterator[str]:
    """Dotted names of one entry of a class's bases: `Base`, `Base[T]`, `with_metaclass(Meta, Base)`;
    another call is named as written, `make_base()`."""
    if isinstance(base, Name):
        yield base.dotted
    elif isinstance(base, Operation) and base.operator == "[]":
        yield from name_base(base.values[0])
    elif isinstance(base, Invoke):
        if base.callee.rpartition(".")[2] == "with_metaclass":
            for value in base.args[1:]:
                yield from name_base(value)
        else:
            yield f"{base.callee}()"


def name_exports(module: Module) -> frozenset[str] | None:
    """The names in `__all__`; None when it is absent or not a plain list."""
    found: set[str] = set()
    seen = False
    for assignment in module.assignments:
        if assignment.target != "__all__" or assignment.scope:
            continue
        seen = True
        if not isinstance(assignment.value, Items):
            return None
        found.update(value for value in assignment.value.values if isinstance(value, str))
    return frozenset(found) if seen else None
