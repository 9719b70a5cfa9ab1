"""The routes of Django REST framework's routers, nested ones included."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.source import Invoke, Items, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.readers.url_views import ViewReader
    from tenfold.project.source import Call, Module, Scope, Source, Value

BASE = "rest_framework.routers.BaseRouter"
ROUTERS = ("rest_framework.routers.", "rest_framework_nested.routers.", "rest_framework_extensions.routers.")
ROOTED = ("DefaultRouter", "ExtendedDefaultRouter")
# What the generic view sets answer (rest_framework.viewsets, rest_framework.mixins).
LIST = frozenset({"list", "create"})
DETAIL = frozenset({"retrieve", "update", "partial_update", "destroy"})
MIXINS = {
    "ListModelMixin": "list",
    "CreateModelMixin": "create",
    "RetrieveModelMixin": "retrieve",
    "UpdateModelMixin": "update",
    "DestroyModelMixin": "destroy",
}
WHOLE = {"ModelViewSet": LIST | DETAIL, "ReadOnlyModelViewSet": frozenset({"list", "retrieve"})}
KEY = "[^/.]+"
DEEPEST = 8
"""Routers nested in routers; names that stand for each other end here."""


@dataclass(frozen=True, slots=True)
class RouterRoute:
    """One route of a router, relative to where the router stands."""

    pattern: str
    name: str
    view: str
    style: str
    where: Location
    own: bool = True


@dataclass(frozen=True)
class RouterReader:
    """Routers of one project."""

    source: Source
    views: ViewReader

    def read_router(self, module: Module, dotted: str) -> list[RouterRoute] | None:
        """The routes of the router that a name stands for, None when it is no router."""
        place = self.locate(module, dotted)
        if place is None:
            return None
        home, name = place
        call = home.attributes(0)[name].value
        if not isinstance(call, Invoke) or not self.is_router(home, call):
            return None
        routes = [route for prefix, entry in self.entries(home, name) for route in self.expand(prefix, entry)]
        if self.has_root(home, call):
            where = Location(home.path, call.line)
            root = RouterRoute(
                "^$", "api-root", "rest_framework.routers.APIRootView", "class", where, own=False
            )
            routes.append(root)
        return routes

    def locate(self, module: Module, dotted: str) -> tuple[Module, str] | None:
        """The module and name of a module-level variable."""
        before, _, last = self.source.resolve(module, dotted).rpartition(".")
        home = self.source.by_name.get(before) if before else module
        return (home, last) if home is not None and last in home.attributes(0) else None

    def family(self, module: Module, call: Invoke) -> tuple[str, ...]:
        absolute = self.source.resolve(module, call.callee)
        return (absolute, *self.source.ancestors(absolute))

    def is_router(self, module: Module, call: Invoke) -> bool:
        return any(name == BASE or name.startswith(ROUTERS) for name in self.family(module, call))

    def has_root(self, module: Module, call: Invoke) -> bool:
        names = [name.rpartition(".")[2] for name in self.family(module, call)]
        return any(name in ROOTED for name in names) and "NestedDefaultRouter" not in names

    def entries(
        self, home: Module, name: str, *, seen: frozenset[str] = frozenset()
    ) -> Iterator[tuple[str, tuple[Module, Call]]]:
        """(prefix, register call) of a router: also through `x = router.register(...); x.register(...)`,
        from other modules, and of routers whose registry it takes over. `seen` are the routers that led
        here: two that take over each other's registry end."""
        absolute = f"{home.name}.{name}"
        if absolute in seen:
            return
        start = self.nested_prefix(home, name)
        for module, call in self.calls_on(home, name, "register"):
            prefix = call.args[0] if call.args else call.keyword("prefix")
            text = start + (prefix if isinstance(prefix, str) else "{?}")
            yield text, (module, call)
            child = next((a.target for a in module.assignments if is_same_call(a.value, call)), None)
            if child and child != name:
                yield from self.children(module, child, text)
        for module, call in self.calls_on(home, name, "registry.extend"):
            other = call.args[0] if call.args else None
            if isinstance(other, Name) and other.dotted.endswith(".registry"):
                place = self.locate(module, other.dotted.removesuffix(".registry"))
                if place is not None:
                    yield from self.entries(*place, seen=seen | {absolute})

    def children(
        self, module: Module, name: str, prefix: str, *, seen: frozenset[str] = frozenset()
    ) -> Iterator[tuple[str, tuple[Module, Call]]]:
        """Registrations below a registration (rest_framework_extensions); `seen` are the names above."""
        for call in module.calls:
            if call.callee != f"{name}.register" or not call.args or not isinstance(call.args[0], str):
                continue
            lookups = call.keyword("parents_query_lookups")
            parents = [p for p in lookups.values if isinstance(p, str)] if isinstance(lookups, Items) else []
            lookup = parents[-1] if parents else "pk"
            inner = f"{prefix}/(?P<parent_lookup_{lookup}>{KEY})/{call.args[0]}"
            yield inner, (module, call)
            child = next((a.target for a in module.assignments if is_same_call(a.value, call)), None)
            if child and child not in {name, *seen}:
                yield from self.children(module, child, inner, seen=seen | {name})

    def calls_on(self, home: Module, name: str, method: str) -> Iterator[tuple[Module, Call]]:
        """Calls of a method of the router, in its own module and in those that import it."""
        absolute = f"{home.name}.{name}.{method}"
        for module in (home, *self.importers.get(home.name, ())):
            for call in module.calls:
                if not call.callee.endswith(f".{method}"):
                    continue
                own = module is home and f"{home.name}.{call.callee}" == absolute
                if own or self.source.resolve(module, call.callee) == absolute:
                    yield module, call

    @cached_property
    def importers(self) -> dict[str, list[Module]]:
        """Module name -> the modules that import it or something from it, each once."""
        found: dict[str, dict[str, Module]] = {}
        for module in self.source:
            for one in module.imports:
                for name in (one.module, f"{one.module}.{one.name}"):
                    if name in self.source.by_name and name != module.name:
                        found.setdefault(name, {})[module.path] = module
        return {name: list(modules.values()) for name, modules in found.items()}

    def nested_prefix(self, home: Module, name: str, *, depth: int = DEEPEST) -> str:
        """What a nested router (rest_framework_nested) stands below: "domains/(?P<domain_pk>...)/"."""
        call = home.attributes(0)[name].value
        if not isinstance(call, Invoke) or len(call.args) < 2 or not isinstance(call.args[0], Name):
            return ""
        if not depth:
            return ""
        prefix = call.args[1]
        lookup = call.args[2] if len(call.args) > 2 else call.keyword("lookup")
        parent = self.locate(home, call.args[0].dotted)
        if not isinstance(prefix, str) or parent is None:
            return ""
        key = f"{lookup}_pk" if isinstance(lookup, str) else "nested_pk"
        return f"{self.nested_prefix(*parent, depth=depth - 1)}{prefix}/(?P<{key}>{KEY})/"

    def expand(self, prefix: str, entry: tuple[Module, Call]) -> Iterator[RouterRoute]:
        """The list, detail and extra routes of one registration."""
        module, call = entry
        given = call.args[1] if len(call.args) > 1 else call.keyword("viewset")
        view, _ = self.views.read_view(given, module)
        where = Location(module.path, call.line)
        base = self.base_name(call, view)
        answers = self.answers(view)
        start = f"^{prefix}/" if prefix else "^"
        if answers is None or answers & LIST:
            yield RouterRoute(f"{start}$", f"{base}-list", view, "viewset", where)
        extras = list(self.extra_actions(view))
        for detail, path, name in extras:
            if not detail:
                yield RouterRoute(f"{start}{path}/$", f"{base}-{name}", view, "viewset", where)
        key = f"(?P<{self.lookup(view)}>{KEY})"
        if answers is None or answers & DETAIL:
            yield RouterRoute(f"{start}{key}/$", f"{base}-detail", view, "viewset", where)
        for detail, path, name in extras:
            if detail:
                yield RouterRoute(f"{start}{key}/{path}/$", f"{base}-{name}", view, "viewset", where)

    def classes(self, view: str) -> Iterator[tuple[Module, int]]:
        """The view set's class and its bases in the project."""
        for absolute in (view, *self.source.ancestors(view)):
            found = self.source.find(absolute)
            if found is not None:
                yield found

    def answers(self, view: str) -> frozenset[str] | None:
        """The standard actions of a view set, None when a base is not known."""
        found: set[str] = set()
        for name in (base.rpartition(".")[2] for base in self.source.ancestors(view)):
            found |= WHOLE.get(name, frozenset())
            if name in MIXINS:
                found.add(MIXINS[name])
        for module, scope in self.classes(view):
            found.update(s.name for s in module.functions() if s.parent == scope)
        standard = frozenset(found & (LIST | DETAIL))
        return standard or None

    def attribute(self, view: str, name: str) -> Value:
        """A class attribute of the view set, from it or its bases in the project."""
        for module, scope in self.classes(view):
            assigned = module.attributes(scope).get(name)
            if assigned is not None:
                return assigned.value
        return None

    def lookup(self, view: str) -> str:
        for name in ("lookup_url_kwarg", "lookup_field"):
            value = self.attribute(view, name)
            if isinstance(value, str):
                return value
        return "pk"

    def base_name(self, call: Call, view: str) -> str:
        """As given, else the lower-case name of the view set's model."""
        given = call.args[2] if len(call.args) > 2 else call.keyword("basename") or call.keyword("base_name")
        if isinstance(given, str):
            return given
        queryset = self.attribute(view, "queryset")
        dotted = queryset.callee if isinstance(queryset, Invoke) else ""
        dotted = queryset.dotted if isinstance(queryset, Name) else dotted
        before = dotted.partition(".objects")[0].partition("()")[0]
        return before.rpartition(".")[2].lower() if before else "{?}"

    def extra_actions(self, view: str) -> Iterator[tuple[bool, str, str]]:
        """(on one object, path, name) of the methods marked with `@action`."""
        seen: set[str] = set()
        for module, scope in self.classes(view):
            for function in module.functions():
                mark = action_mark(function) if function.parent == scope else None
                if mark is not None and function.name not in seen:
                    seen.add(function.name)
                    path, name = mark.keyword("url_path"), mark.keyword("url_name")
                    yield (
                        mark.keyword("detail") is True,
                        path if isinstance(path, str) else function.name,
                        name if isinstance(name, str) else function.name.replace("_", "-"),
                    )


def action_mark(function: Scope) -> Invoke | None:
    """The `@action(...)` of a method."""
    for decorator in function.decorators:
        if isinstance(decorator, Invoke) and decorator.callee.rpartition(".")[2] == "action":
            return decorator
    return None


def is_same_call(value: Value, call: Call) -> bool:
    """Whether an assigned value is this very call."""
    return isinstance(value, Invoke) and value.callee == call.callee and value.line == call.line
