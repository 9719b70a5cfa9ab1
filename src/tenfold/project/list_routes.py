"""Which views of REST framework answer requests with a list, and by which serializer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.source import Pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Project
    from tenfold.project.querysets import RowView
    from tenfold.project.serializers import Serializers

COMPILED = "django_tenfold.api.drf.views.CompiledListMixin"


def rest_lists(project: Project, serializers: Serializers) -> Iterator[RowView]:
    """List views whose rows and serializer are known and settled: requests reach them, REST framework's own `list`
    answers, with instances."""
    unlisted = without_list_route(project)
    for view in project.querysets.views:
        if not view.rest or not view.serializer or not view.rows.sure or not view.rows.instances:
            continue
        line = (view.view, *project.source.ancestors(view.view))
        if view.view in unlisted or COMPILED in line or _answers_itself(project, line):
            continue
        if "request" not in project.contexts.of(view.where.path, view.view):
            continue
        if serializers.is_serializer(view.serializer) and not serializers.is_dynamic(view.serializer):
            yield view


def unfollowed_lists(project: Project, serializers: Serializers) -> set[str]:
    """Routed list views of REST framework whose rows or serializer only running tells."""
    followed = {view.view for view in rest_lists(project, serializers)} | without_list_route(project)
    routed = {route.view for route in project.urls.routes if route.style in ("class", "viewset")}
    found = set()
    for module, scope in project.source.subclasses("rest_framework.mixins.ListModelMixin") if routed else ():
        view = module.qualname(scope)
        line = (view, *project.source.ancestors(view))
        if view in routed - followed and COMPILED not in line and not _answers_itself(project, line):
            found.add(view)
    return found


def _answers_itself(project: Project, line: tuple[str, ...]) -> bool:
    return any(project.source.find(f"{one}.list") for one in line)


def without_list_route(project: Project) -> set[str]:
    """View sets that are routed by `as_view({"post": "create"})` alone, and never to a list."""
    actions: dict[str, set[object]] = {}
    for module in project.source:
        # Calls are unpacked only where the name stands: most files make no view.
        for call in module.calls if any(name.endswith(".as_view") for name in module.names) else ():
            head, _, last = call.callee.rpartition(".")
            if last == "as_view" and call.args and isinstance(call.args[0], Pairs):
                view = project.source.resolve(module, head)
                actions.setdefault(view, set()).update(value for _, value in call.args[0].pairs)
    registered = {r.view for r in project.urls.routes if r.style == "viewset" and r.name.endswith("-list")}
    return {view for view, named in actions.items() if "list" not in named} - registered
