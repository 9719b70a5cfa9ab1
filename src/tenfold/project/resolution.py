"""Resolution across files: what a dotted name means, where it is defined, what a class descends from."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tenfold.project.bindings import (
    bind_locals,
    bind_module,
    break_name,
    name_base,
    name_exports,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenfold.project.records import Call
    from tenfold.project.source import Module, Source

LOCAL = "<local>"


class Resolution:
    """The answers already found, over one Source. Every answer is a function of the source alone."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._bindings: dict[str, Mapping[str, str]] = {}
        self._locals: dict[str, Mapping[int, Mapping[str, str]]] = {}
        self._canonical: dict[str, str] = {}
        self._ancestors: dict[str, tuple[str, ...]] = {}
        self._outside: dict[str, Module | None] = {}
        self._active: set[str] = set()

    # Names.

    def resolve(self, module: Module, dotted: str, scope: int) -> str:
        head, rest = break_name(dotted)
        target = self._look_inside(module, head, scope) if scope else None
        if target is None:
            target = self.bindings(module).get(head) or self._through_stars(module, head)
        if target is None:
            return dotted
        if target.startswith(LOCAL):
            return f"{LOCAL}.{dotted}"
        return self.canonical(target + rest)

    def bindings(self, module: Module) -> Mapping[str, str]:
        """Top-level names of a module -> the absolute name each stands for, one step."""
        found = self._bindings.get(module.path)
        if found is None:
            found = self._bindings[module.path] = bind_module(module)
        return found

    def _look_inside(self, module: Module, head: str, scope: int) -> str | None:
        """What `head` is bound to by the functions around, innermost first; None: not by them."""
        inner = self._locals.get(module.path)
        if inner is None:
            inner = self._locals[module.path] = bind_locals(module, local=LOCAL)
        start = scope
        while scope > 0:
            record = module.scopes[scope]
            if record.kind != "class" or scope == start:
                found = inner.get(scope, {}).get(head)
                if found is not None:
                    return found
            scope = record.parent
        return None

    def _through_stars(self, module: Module, head: str) -> str | None:
        """What a star import brings under this name."""
        key = f"{module.path}*{head}"
        if key in self._active or not head:
            return None
        self._active.add(key)
        try:
            for star in (i.module for i in module.imports if i.name == "*" and not i.scope):
                absolute = f"{star}.{head}"
                if absolute in self.source.known_bases or absolute in self.source.spellings:
                    return absolute
                inner = self.source.by_name.get(star) or self._outside_module(star)
                if inner is not None and self._gives(inner, head):
                    return absolute
            return None
        except RecursionError:
            return None
        finally:
            self._active.discard(key)

    def _gives(self, module: Module, name: str) -> bool:
        exported = name_exports(module)
        if exported is not None and name not in exported:
            return False
        if exported is None and name.startswith("_"):
            return False
        return name in self.bindings(module) or self._through_stars(module, name) is not None

    def canonical(self, absolute: str) -> str:
        """An absolute name as its definition would spell it: re-exports followed."""
        known = self._canonical.get(absolute)
        if known is not None:
            return known
        if absolute in self._active:
            return absolute
        self._active.add(absolute)
        try:
            found = self._follow(absolute)
        except RecursionError:
            # A chain of re-exports as deep as Python's stack: no project has one by intent.
            found = absolute
        finally:
            self._active.discard(absolute)
        if not self._active:
            self._canonical[absolute] = found
        return found

    def _follow(self, absolute: str, *, outside: bool = False) -> str:
        """One step of `canonical`, through the project or through the environment's modules."""
        plain, rest = absolute, ""
        for index, letter in enumerate(absolute):
            if letter in "([":
                plain, rest = absolute[:index], absolute[index:]
                break
        module, inner = self._split(plain, outside=outside)
        if module is None:
            return self.source.spellings.get(plain, plain) + rest
        if not inner:
            return module.name + rest
        head, _, tail = inner.partition(".")
        target = self.bindings(module).get(head) or self._through_stars(module, head)
        own = f"{module.name}.{head}"
        after = (f".{tail}" if tail else "") + rest
        if target is None or target == own:
            return own + after
        return target + after if outside else self.canonical(target + after)

    def _split(self, absolute: str, *, outside: bool = False) -> tuple[Module | None, str]:
        """The longest prefix that is a module, and what follows it."""
        name = absolute
        while name:
            module = self._outside_module(name) if outside else self.source.by_name.get(name)
            if module is not None:
                return module, absolute[len(name) + 1 :]
            name = name.rpartition(".")[0]
        return None, absolute

    def find(self, absolute: str) -> tuple[Module, int] | None:
        module, inner = self._split(self.canonical(absolute))
        if module is None or not inner or module.path not in self.source.by_path:
            return None
        index = module.by_qualname.get(inner)
        return None if index is None else (module, index)

    # Classes.

    def ancestors(self, absolute: str) -> tuple[str, ...]:
        absolute = self.canonical(absolute)
        known = self._ancestors.get(absolute)
        if known is not None:
            return known
        # While it is worked out, a class that descends from itself sees no bases.
        self._ancestors[absolute] = ()
        bases = self.bases(absolute)
        try:
            found = _linearise([[base, *self.ancestors(base)] for base in bases], bases)
        except RecursionError:
            found = bases
        self._ancestors[absolute] = tuple(name for name in found if name != absolute)
        return self._ancestors[absolute]

    def bases(self, absolute: str) -> list[str]:
        """Absolute names of the direct bases, as the class statement lists them."""
        known = self.source.known_bases.get(absolute)
        if known is not None:
            return list(known)
        module, inner = self._split(absolute)
        if module is None:
            module, inner = self._look_outside(absolute)
        index = module.by_qualname.get(inner) if module is not None else None
        if module is None or index is None or module.scopes[index].kind != "class":
            return []
        scope = module.scopes[index]
        written = [name for base in scope.bases for name in name_base(base)]
        return [self._base(module, dotted, index) for dotted in written]

    def _base(self, module: Module, dotted: str, index: int) -> str:
        scope = module.scopes[index]
        found = self.resolve(module, dotted, scope.parent)
        if found == module.qualname(index):
            # `class Model(Model)`: the base is the imported one.
            head, rest = break_name(dotted)
            imported = bind_module(module, definitions=False).get(head)
            return self.canonical(imported + rest) if imported else dotted
        return found

    def _look_outside(self, absolute: str) -> tuple[Module | None, str]:
        """The environment's module that holds `absolute`, re-exports followed."""
        for _ in range(8):
            followed = self._follow(absolute, outside=True)
            if followed == absolute:
                break
            absolute = followed
        return self._split(absolute, outside=True)

    def _outside_module(self, name: str) -> Module | None:
        if name not in self._outside:
            self._outside[name] = self.source.outside(name)
        return self._outside[name]

    def subclasses(self, roots: tuple[str, ...]) -> Iterator[tuple[Module, int]]:
        wanted = {self.canonical(root) for root in roots}
        for module in self.source:
            for index, scope in enumerate(module.scopes):
                if scope.kind == "class" and not wanted.isdisjoint(self.ancestors(module.qualname(index))):
                    yield module, index

    # Calls.

    @cached_property
    def _modules_by_last(self) -> Mapping[str, list[Module]]:
        """Modules by the last part of the names that they read, and of what they import renamed."""
        found: dict[str, list[Module]] = {}
        for module in self.source:
            for last in {name[name.rfind(".") + 1 :] for name in module.names}:
                found.setdefault(last, []).append(module)
        return found

    @cached_property
    def _renamed(self) -> Mapping[str, set[str]]:
        """Last part of a name -> the other names under which the project binds it."""
        found: dict[str, set[str]] = {}
        for module in self.source:
            pairs = [(i.alias, i.name) for i in module.imports if i.name not in ("", "*", i.alias)]
            pairs += [(name, other.rpartition(".")[2]) for name, other in module.bound.items() if other]
            for name, last in pairs:
                found.setdefault(last, set()).add(name)
        return found

    def calls_to(self, absolute: tuple[str, ...]) -> Iterator[tuple[Module, Call]]:
        wanted = {self.canonical(name) for name in absolute}
        lasts: set[str] = set()
        todo = [name.rpartition(".")[2] for name in wanted]
        while todo:
            last = todo.pop()
            if last not in lasts:
                lasts.add(last)
                todo.extend(self._renamed.get(last, ()))
        candidates = {m.path: m for last in lasts for m in self._modules_by_last.get(last, ())}
        for path in sorted(candidates):
            module = candidates[path]
            local = {"self", "cls", *(record.alias for record in module.imports if record.scope)}
            for call in module.calls:
                callee = call.callee
                if callee[callee.rfind(".") + 1 :] not in lasts:
                    continue
                # What a function binds can hide a match; only its own imports and `self` make one.
                likely = break_name(callee)[0] in local or self.resolve(module, callee, 0) in wanted
                if likely and self.resolve(module, callee, call.scope) in wanted:
                    yield module, call


def _linearise(parents: list[list[str]], bases: list[str]) -> list[str]:
    """C3, as Python orders base classes; where no such order exists, the first mention of each."""
    if len(parents) == 1:
        return parents[0]
    rows = [list(row) for row in (*parents, bases) if row]
    fallback = list(dict.fromkeys(name for row in rows for name in row))
    order: list[str] = []
    while rows:
        inner = {name for row in rows for name in row[1:]}
        head = next((row[0] for row in rows if row[0] not in inner), None)
        if head is None:
            return fallback
        order.append(head)
        rows = [row[1:] if row[0] == head else row for row in rows]
        rows = [row for row in rows if row]
    return order
