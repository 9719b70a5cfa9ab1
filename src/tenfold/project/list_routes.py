"""Which view sets are never routed to a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.source import Pairs

if TYPE_CHECKING:
    from tenfold.project.model import Project


def without_list_route(project: Project) -> set[str]:
    """View sets that are routed by `as_view({"post": "create"})` alone, and never to a list."""
    actions: dict[str, set[object]] = {}
    for module in project.source:
        for call in module.calls:
            head, _, last = call.callee.rpartition(".")
            if last == "as_view" and call.args and isinstance(call.args[0], Pairs):
                view = project.source.resolve(module, head)
                actions.setdefault(view, set()).update(value for _, value in call.args[0].pairs)
    registered = {r.view for r in project.urls.routes if r.style == "viewset" and r.name.endswith("-list")}
    return {view for view, named in actions.items() if "list" not in named} - registered
