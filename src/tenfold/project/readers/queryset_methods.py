"""What the project's own managers, querysets and helpers may fetch together: every name that their code mentions.

A look-up counts as fetched wherever a function, or one that it calls, may add it. So a relation that is not among
them is fetched by nobody.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tenfold.project.querysets import EVERYTHING
from tenfold.project.source import Invoke, Items, Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tenfold.project.source import Call, Module, Source, Value

EAGER = frozenset(
    {"select_related", "prefetch_related", "prefetch_related_objects", "Prefetch", "fetch_mode"}
)
DEEPEST = 6
_KINDS = ("QuerySet", "Queryset", "Manager", "from_queryset()", "QuerySetMixin")


def read_lookups(method: str, args: Iterable[Value]) -> frozenset[str]:
    """The look-ups that an eager call names; EVERYTHING where it names none or they are not literal."""
    if method == "fetch_mode":
        return frozenset({EVERYTHING})
    values = list(args)
    if method == "prefetch_related_objects":
        values = values[1:]
    elif method == "Prefetch":
        values = values[:1]
    found: set[str] = set() if values else {EVERYTHING}
    for value in values:
        if isinstance(value, Invoke) and value.callee.rpartition(".")[2] == "Prefetch" and value.args:
            value = value.args[0]
        if isinstance(value, str):
            found.add(value)
        elif value is not None:
            found.add(EVERYTHING)
    return frozenset(found)


class Methods:
    """The answers already found, over one Source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._calls: dict[str, dict[int, list[Call]]] = {}
        self._lookups: dict[tuple[str, int], frozenset[str]] = {}
        self._managers: dict[str, frozenset[str]] = {}

    def calls_in(self, module: Module, scope: int) -> list[Call]:
        """The calls directly in a scope."""
        grouped = self._calls.get(module.path)
        if grouped is None:
            grouped = self._calls[module.path] = {}
            for call in module.calls:
                grouped.setdefault(call.scope, []).append(call)
        return grouped.get(scope, [])

    @cached_property
    def by_name(self) -> Mapping[str, list[tuple[Module, int]]]:
        """Methods of the project's managers and querysets by their names."""
        found: dict[str, list[tuple[Module, int]]] = {}
        for module in self.source:
            for index, scope in enumerate(module.scopes):
                parent = module.scopes[scope.parent] if scope.parent > 0 else None
                if scope.kind != "function" or parent is None or parent.kind != "class":
                    continue
                if self.is_manager(module.qualname(scope.parent), parent.name):
                    found.setdefault(scope.name, []).append((module, index))
        return found

    def is_manager(self, absolute: str, name: str) -> bool:
        if name.endswith(_KINDS):
            return True
        return any(base.endswith(_KINDS) for base in self.source.ancestors(absolute))

    def lookups(self, module: Module, scope: int, depth: int = 0) -> frozenset[str]:
        """Every look-up that a function, what stands in it, or a function that it calls may fetch."""
        key = (module.path, scope)
        known = self._lookups.get(key)
        if known is not None:
            return known
        self._lookups[key] = frozenset()
        found: set[str] = set()
        for call in self.calls_in(module, scope):
            found |= self.lookups_of(module, call, depth)
        if depth < DEEPEST:
            for index, inner in enumerate(module.scopes):
                if inner.parent == scope and index:
                    found |= self.lookups(module, index, depth + 1)
        self._lookups[key] = frozenset(found)
        return self._lookups[key]

    def lookups_of(self, module: Module, call: Call, depth: int = 0) -> frozenset[str]:
        """Those of one call: named by itself, or by what it runs."""
        last = call.callee[call.callee.rfind(".") + 1 :]
        if last in EAGER:
            named = read_lookups(last, self._spelled_out(module, call))
            return named.union(*(self._inside(module, call, depth) if call.end_line > call.line else ()))
        if depth >= DEEPEST:
            return frozenset()
        found: set[str] = set()
        for place in self._run_by(module, call.callee, last, call.scope):
            found |= self.lookups(*place, depth + 1)
        return frozenset(found)

    def _inside(self, module: Module, call: Call, depth: int) -> Iterator[frozenset[str]]:
        """What the arguments of a call over several lines name: the querysets of its `Prefetch`."""
        for inner in self.calls_in(module, call.scope):
            within = call.line <= inner.line and inner.end_line <= call.end_line and inner is not call
            if within and inner.line > call.line and inner.end_line < call.end_line + 1 and depth < DEEPEST:
                yield self.lookups_of(module, inner, depth + 1)

    def _run_by(self, module: Module, callee: str, last: str, scope: int) -> Iterator[tuple[Module, int]]:
        named = self.by_name.get(last, ()) if last != callee else ()
        yield from named
        if not named and "()" not in callee:
            found = self.source.find(self.source.resolve(module, callee, scope))
            if found is not None and found[0].scopes[found[1]].kind != "class":
                yield found

    def _spelled_out(self, module: Module, call: Call) -> Iterator[Value]:
        """Arguments, those of a starred constant of the same module one by one."""
        for value in call.args:
            if not isinstance(value, Name) and not (hasattr(value, "operator")):
                yield value
                continue
            name = value.dotted if isinstance(value, Name) else ""
            constant = module.attributes(0).get(name) if name in module.bound else None
            if constant is not None and isinstance(constant.value, Items):
                yield from constant.value.values
            else:
                yield value

    def manager_names(self, absolute: str) -> Mapping[str, tuple[Module, Value]]:
        """Managers that a model class and its bases in the project declare, by attribute."""
        found: dict[str, tuple[Module, Value]] = {}
        for name in (absolute, *self.source.ancestors(absolute)):
            place = self.source.find(name)
            if place is None:
                continue
            for target, assigned in place[0].attributes(place[1]).items():
                value = assigned.value
                if isinstance(value, Invoke) and self._makes_manager(place[0], value.callee):
                    found.setdefault(target, (place[0], value))
        return found

    def _makes_manager(self, module: Module, callee: str) -> bool:
        if "anager" in callee or "uery" in callee:
            return True
        return "." not in callee and self.is_manager(self.source.resolve(module, callee), callee)

    def manager_lookups(self, module: Module, value: Value) -> frozenset[str]:
        """What a manager's own `get_queryset` may fetch."""
        if not isinstance(value, Invoke):
            return frozenset()
        head = value.callee.partition("(")[0].removesuffix(".as_manager").removesuffix(".from_queryset")
        absolute = self.source.resolve(module, head)
        known = self._managers.get(absolute)
        if known is None:
            found: set[str] = set()
            for name in (absolute, *self.source.ancestors(absolute)):
                place = self.source.find(f"{name}.get_queryset")
                if place is not None:
                    found |= self.lookups(*place)
            known = self._managers[absolute] = frozenset(found)
        return known
