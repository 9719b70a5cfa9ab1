"""Follows `urlpatterns` through the source: path, re_path, url, include, lists, sums, routers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.readers.url_lists import assigned_values
from tenfold.project.readers.url_routers import RouterReader
from tenfold.project.readers.url_views import ViewReader
from tenfold.project.source import Invoke, Items, Name, Operation
from tenfold.project.urls import Route

if TYPE_CHECKING:
    from tenfold.project.source import Module, Source, Value

ROUTES = frozenset({"path", "re_path", "url"})
# They give nothing when DEBUG is off (django.conf.urls.static, django.contrib.staticfiles).
DEVELOPMENT = frozenset({"static", "staticfiles_urlpatterns"})
APIS = ("ninja.", "ninja_extra.")
HOLE = "{?}"
"""Stands in a pattern for a part that only running tells."""

INCLUDE, DECORATED = "include", "decorator_include"
"""Django's include, and django-decorator-include's, whose first argument is the decorators."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the URL tree: the pattern so far, the namespaces so far, the line that gives both."""

    pattern: str = ""
    namespaces: tuple[str, ...] = ()

    def name(self, name: str) -> str:
        return ":".join((*self.namespaces, name)) if name else ""


@dataclass
class PatternReader:
    """Collects routes while it walks; one per reading."""

    source: Source
    routes: list[Route] = field(default_factory=list)
    gaps: list[tuple[Location, str]] = field(default_factory=list)
    """Parts that may hold routes of the project and could not be followed."""
    packages: list[tuple[Location, str]] = field(default_factory=list)
    """URL configurations of packages, which are not followed."""

    def __post_init__(self) -> None:
        self.views = ViewReader(self.source)
        self.routers = RouterReader(self.source, self.views)
        self._active: list[tuple[str, str]] = []

    def read_module(self, module: Module, position: Position) -> None:
        """The module's `urlpatterns`."""
        self.read_variable(module, "urlpatterns", position)

    def read_variable(self, module: Module, name: str, position: Position) -> None:
        """A list of routes at the top of a module, with what is added to it later."""
        key = (module.path, name)
        if key in self._active or len(self._active) > 40:
            return
        self._active.append(key)
        try:
            for value, line in assigned_values(module, name):
                self.read(value, module, position, line=line)
        finally:
            self._active.pop()

    def read(self, value: Value, module: Module, position: Position, *, line: int) -> None:
        """An expression that gives one route or a list of them."""
        if isinstance(value, Items):
            for item in value.values:
                self.read(item, module, position, line=line)
        elif isinstance(value, Operation):
            parts = value.values[1:] if value.operator == "if" else value.values
            for part in parts:
                self.read(part, module, position, line=line)
        elif isinstance(value, Name):
            self.read_name(value, module, position, line=line)
        elif isinstance(value, Invoke):
            self.read_call(value, module, position)
        elif not isinstance(value, str | bool | int | None):
            self.gap(module, line, f"{type(value).__name__} in the URL configuration")

    def read_name(self, name: Name, module: Module, position: Position, *, line: int) -> None:
        """A variable, `router.urls`, `module.urlpatterns`, an imported list."""
        head, _, last = name.dotted.rpartition(".")
        if last == "urls" and self.read_router(head, module, position):
            return
        found = self.find_variable(module, name.dotted)
        if found is not None:
            self.read_variable(found[0], found[1], position)
        else:
            self.follow_dotted(self.source.resolve(module, name.dotted), module, position, line=line)

    def read_router(self, name: str, module: Module, position: Position) -> bool:
        """Whether `name` is a DRF router of the project; its routes are added."""
        entries = self.routers.read_router(module, name)
        if entries is None:
            return False
        for entry in entries:
            self.routes.append(
                Route(
                    pattern=position.pattern + entry.pattern,
                    name=position.name(entry.name),
                    view=entry.view,
                    style=entry.style,
                    where=entry.where,
                    own=entry.own,
                )
            )
        return True

    def find_variable(self, module: Module, dotted: str) -> tuple[Module, str] | None:
        """The module and name of a module-level variable."""
        if "." not in dotted and any(True for _ in assigned_values(module, dotted)):
            return module, dotted
        before, _, last = self.source.resolve(module, dotted).rpartition(".")
        found = self.source.by_name.get(before)
        if found is not None and any(True for _ in assigned_values(found, last)):
            return found, last
        return None

    def read_call(self, call: Invoke, module: Module, position: Position) -> None:
        absolute = self.source.resolve(module, call.callee)
        last = absolute.rpartition(".")[2]
        if last in ROUTES:
            self.read_route(call, module, position)
        elif last == INCLUDE:
            self.read_include(call, module, position)
        elif last in DEVELOPMENT:
            return
        elif last == "reduce" and len(call.args) > 1:
            self.read(call.args[1], module, position, line=call.line)
        elif self.is_function(absolute) and not call.args:
            self.gap(module, call.line, f"{call.callee}() gives routes that only running tells")
        else:
            # i18n_patterns, format_suffix_patterns, sum, chain, a project's own wrapper: what it is given.
            for argument in call.args:
                self.read(argument, module, position, line=call.line)

    def is_function(self, absolute: str) -> bool:
        found = self.source.find(absolute)
        return found is not None and found[0].scopes[found[1]].kind == "function"

    def read_route(self, call: Invoke, module: Module, position: Position) -> None:
        """`path(route, view, kwargs, name)`."""
        route = call.args[0] if call.args else call.keyword("route") or call.keyword("regex")
        view = call.args[1] if len(call.args) > 1 else call.keyword("view")
        name = call.args[3] if len(call.args) > 3 else call.keyword("name")
        inner = replace(position, pattern=position.pattern + self.text(route, module))
        if self.is_nested(view, module):
            self.read_nested(view, module, inner, line=call.line)
            return
        dotted, style = self.views.read_view(view, module)
        self.routes.append(
            Route(
                pattern=inner.pattern,
                name=position.name(self.text(name, module)) if name is not None else "",
                view=dotted,
                style=style,
                where=Location(module.path, call.line),
                own=True,
            )
        )

    def is_nested(self, view: Value, module: Module) -> bool:
        """Whether a route's second argument is a part of the URL map instead of a view."""
        if isinstance(view, Items):
            return True
        if isinstance(view, Invoke):
            return self.source.resolve(module, view.callee).rpartition(".")[2] in (INCLUDE, DECORATED)
        return isinstance(view, Name) and view.dotted.endswith(".urls")

    def read_nested(self, view: Value, module: Module, position: Position, *, line: int) -> None:
        if isinstance(view, Invoke):
            decorated = self.source.resolve(module, view.callee).endswith(DECORATED)
            self.read_include(view._replace(args=view.args[1:]) if decorated else view, module, position)
        elif isinstance(view, Items):
            self.read_tuple(view, module, position, line=line)
        elif isinstance(view, Name) and not self.read_router(
            view.dotted.rpartition(".")[0], module, position
        ):
            self.follow_dotted(self.source.resolve(module, view.dotted), module, position, line=line)

    def read_include(self, call: Invoke, module: Module, position: Position) -> None:
        """`include(module, namespace)`: a module or its name, a list, (list, app name), router.urls."""
        target = call.args[0] if call.args else call.keyword("arg")
        given = call.args[1] if len(call.args) > 1 else call.keyword("namespace")
        namespace = given if isinstance(given, str) else ""
        if isinstance(target, Items) and target.kind == "tuple":
            self.read_tuple(target, module, position, line=call.line, namespace=namespace)
            return
        if isinstance(target, Name):
            found = self.source.resolve(module, target.dotted)
            if found in self.source.by_name:
                target = found
            elif not target.dotted.endswith(".urls") and self.read_included_variable(
                target, module, self.inside(position, namespace)
            ):
                return
        if isinstance(target, str):
            self.include_module(target, module, position, line=call.line, namespace=namespace)
        else:
            self.read(target, module, self.inside(position, namespace), line=call.line)

    def read_included_variable(self, target: Name, module: Module, position: Position) -> bool:
        """`include(patterns)` where patterns is `(list, app name)` or a list kept in a variable."""
        found = self.find_variable(module, target.dotted)
        if found is None:
            return False
        pairs = (p for p in assigned_values(*found) if isinstance(p[0], Items) and p[0].kind == "tuple")
        value, line = next(pairs, (None, 0))
        key = (found[0].path, found[1])
        if not isinstance(value, Items):
            self.read_variable(found[0], found[1], position)
        elif key not in self._active:
            self._active.append(key)
            self.read_tuple(value, found[0], position, line=line)
            self._active.pop()
        return True

    def read_tuple(
        self, value: Items, module: Module, position: Position, *, line: int, namespace: str = ""
    ) -> None:
        """`(patterns, app name)` or `(patterns, app name, namespace)`."""
        texts = [part for part in value.values[1:] if isinstance(part, str)]
        if value.kind != "tuple" or len(texts) != len(value.values) - 1:
            self.read(value, module, position, line=line)
            return
        inner = self.inside(position, namespace or (texts[-1] if texts else ""))
        first = value.values[0]
        if isinstance(first, str):
            self.include_module(first, module, inner, line=line, namespace="", named=False)
        else:
            self.read(first, module, inner, line=line)

    def include_module(
        self, name: str, module: Module, position: Position, *, line: int, namespace: str, named: bool = True
    ) -> None:
        """A URL configuration by its dotted name, in its namespace (else its `app_name`)."""
        found = self.source.by_name.get(name)
        if found is None:
            self.follow_dotted(name, module, self.inside(position, namespace), line=line)
            return
        app_name = found.attributes(0).get("app_name")
        own = app_name.value if app_name is not None and isinstance(app_name.value, str) else ""
        self.read_module(found, self.inside(position, namespace or (own if named else "")))

    def follow_dotted(self, absolute: str, module: Module, position: Position, *, line: int) -> None:
        """What stands outside the project: one route for all that the package brings."""
        before = absolute.removesuffix(".urls").removesuffix(".urlpatterns")
        inside = self.source.by_name.get(absolute) or self.source.by_name.get(f"{before}.urls")
        if inside is not None and absolute.endswith(("urls", "urlpatterns")):
            self.read_module(inside, position)
            return
        where = Location(module.path, line)
        if "." not in absolute:
            self.gap(module, line, f"{absolute} is decided while the project runs")
            return
        if absolute.partition(".")[0] in {name.partition(".")[0] for name in self.source.by_name}:
            own = self.views.instance_class(absolute.removesuffix(".urls"))
            # The routes of an API class are functions of the project, registered by decorators.
            if not own or self.source.find(own) is not None or own.startswith(APIS):
                self.gap(module, line, f"{absolute} could not be followed")
                return
            absolute = own
        self.packages.append((where, f"{absolute} is a package's own part of the URL map"))
        self.routes.append(Route(position.pattern, "", absolute, "unknown", where, own=False))

    def inside(self, position: Position, namespace: str) -> Position:
        return replace(position, namespaces=(*position.namespaces, namespace)) if namespace else position

    def gap(self, module: Module, line: int, why: str) -> None:
        self.gaps.append((Location(module.path, line), why))

    def text(self, value: Value, module: Module) -> str:
        """A pattern or name as text, `{?}` for what only running tells."""
        if isinstance(value, str):
            return value
        if isinstance(value, Operation) and value.operator == "+":
            return "".join(self.text(part, module) for part in value.values)
        if isinstance(value, Operation) and value.operator == "%":
            return self.text(value.values[0], module)
        if isinstance(value, Invoke) and value.args and isinstance(value.args[-1], str):
            return value.args[-1]
        if isinstance(value, Name):
            found = self.find_variable(module, value.dotted)
            texts = [item for item, _ in assigned_values(*found) if isinstance(item, str)] if found else []
            return texts[-1] if len(texts) == 1 else HOLE
        return HOLE
