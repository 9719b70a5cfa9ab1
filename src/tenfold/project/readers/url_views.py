"""Which function or class a route leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.project.source import Invoke, Items, Name, Opaque, Pairs

if TYPE_CHECKING:
    from tenfold.project.source import Module, Source, Value

REDIRECT = "django.views.generic.base.RedirectView"
REDIRECTS = frozenset({REDIRECT, "django.views.generic.RedirectView"})
DEPTH = 8


@dataclass(frozen=True)
class ViewReader:
    """Views of one project."""

    source: Source

    def read_view(self, value: Value, module: Module, depth: int = DEPTH) -> tuple[str, str]:
        """(dotted name, style) of a view expression, through decorators, partials and variables."""
        if isinstance(value, Name) and depth:
            return self.read_name(value.dotted, module, depth)
        if isinstance(value, Invoke) and depth:
            return self.read_call(value, module, depth)
        if isinstance(value, str):
            return value, "function"
        if isinstance(value, Opaque) and value.kind == "Lambda":
            return "", "function"
        return "", "unknown"

    def read_name(self, dotted: str, module: Module, depth: int) -> tuple[str, str]:
        absolute = self.source.resolve(module, dotted)
        found = self.source.find(absolute)
        if found is not None:
            kind = found[0].scopes[found[1]].kind
            return absolute, self.class_style(absolute) if kind == "class" else "function"
        variable = self.find_assignment(module, absolute)
        if variable is not None:
            return self.read_view(variable[1], variable[0], depth - 1)
        last = absolute.rpartition(".")[2]
        # A package's function, by the field's convention for names; classes are given with as_view().
        return absolute, "function" if last.islower() else "unknown"

    def read_call(self, call: Invoke, module: Module, depth: int) -> tuple[str, str]:
        head, _, last = call.callee.rpartition(".")
        if last == "as_view":
            return self.read_class(head, call, module)
        absolute = self.source.resolve(module, call.callee)
        found = self.source.find(absolute)
        is_class = found is not None and found[0].scopes[found[1]].kind == "class"
        inner = call.args[0] if call.args else None
        if isinstance(inner, Name | Invoke) and not is_class:
            dotted, style = self.read_view(inner, module, depth - 1)
            if style != "unknown":
                return dotted, style
        if is_class or absolute.rpartition(".")[2][:1].isupper():
            # An instance that is called: a feed, a GraphQL application.
            return absolute, "class"
        return absolute.removesuffix("()"), "unknown"

    def read_class(self, dotted: str, call: Invoke, module: Module) -> tuple[str, str]:
        absolute = self.source.resolve(module, dotted.removesuffix("()"))
        if call.args and isinstance(call.args[0], Pairs):
            return absolute, "viewset"
        return absolute, self.class_style(absolute)

    def class_style(self, absolute: str) -> str:
        """ "redirect" for RedirectView and what descends from it, else "class"."""
        family = (absolute, *self.source.ancestors(absolute))
        return "redirect" if REDIRECTS.intersection(family) else "class"

    def find_assignment(self, module: Module, absolute: str) -> tuple[Module, Value] | None:
        """The value of a module-level variable: `detail = Detail.as_view()`."""
        before, _, last = absolute.rpartition(".")
        found = self.source.by_name.get(before) if before else module
        assigned = found.attributes(0).get(last) if found else None
        if found is None or assigned is None or isinstance(assigned.value, Items):
            return None
        return found, assigned.value

    def instance_class(self, absolute: str) -> str:
        """What a module-level variable is an instance of: `site = AdminSite()`; "" when unknown."""
        before, _, last = absolute.rpartition(".")
        module = self.source.by_name.get(before)
        assigned = module.attributes(0).get(last) if module else None
        if module is None or assigned is None or not isinstance(assigned.value, Invoke):
            return ""
        return self.source.resolve(module, assigned.value.callee)
