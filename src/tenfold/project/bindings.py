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
    for name, other in module.bound.items():
        if name in imported:
            continue
        found[name] = f"{module.name}.{name}"
        head, rest = break_name(other)
        if head in imported and "(" not in rest and "[" not in rest:
            found[name] = imported[head] + rest
    return found


def bind_locals(module: Module, *, local: str) -> dict[int, dict[str, str]]:
    """Scope index -> the names that the scope binds itself: to an absolute name where an import or a
    definition says it, else to `local`. The first parameter of a method is its class."""
    found: dict[int, dict[str, str]] = {}
    for loop in module.loops:
        found.setdefault(loop.scope, {}).update(dict.fromkeys(_name_targets(loop.target), local))
    for assignment in module.assignments:
        if "." not in assignment.target and "[" not in assignment.target:
            found.setdefault(assignment.scope, {})[assignment.target] = local
    for index, scope in enumerate(module.scopes):
        if index:
            found.setdefault(index, {}).update(_bind_parameters(module, index, local=local))
            found.setdefault(scope.parent, {})[scope.name] = f"{module.name}.{scope.qualname}"
    for record in module.imports:
        if record.scope and record.name != "*":
            found.setdefault(record.scope, {})[record.alias] = name_import(record)
    return found


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
