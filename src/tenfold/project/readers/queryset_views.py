"""The rows that a view class lists: `queryset`, `model` or `get_queryset`, its own or inherited."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.querysets import Rendered, Rows, RowView
from tenfold.project.readers.queryset_flow import assign, bind_target
from tenfold.project.readers.queryset_types import Ground, join
from tenfold.project.source import Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.readers.queryset_types import Typing
    from tenfold.project.source import Module, Value

_GENERIC = ("django.views.generic.list.BaseListView", "django.views.generic.list.MultipleObjectMixin")
_REST = ("rest_framework.mixins.ListModelMixin",)
_ROWS = frozenset({"queryset", "get_queryset", "object_list"})
_LOOKUPS = ("get_queryset", "filter_queryset", "list", "paginate_queryset")


class ViewRows:
    """The answers already found, over one project."""

    def __init__(self, typing: Typing) -> None:
        self.typing = typing
        self.source = typing.source
        self._rows: dict[tuple[str, str], Rows | None] = {}

    def ground(self, module: Module, scope: int, view: str = "") -> Ground:
        """The start of a function: what `self` and `cls` stand for. `view` is the class that is asked for."""
        ground = Ground(module, scope)
        record = module.scopes[scope]
        if record.parent > 0 and module.scopes[record.parent].kind == "class" and record.parameters:
            owner = module.qualname(record.parent)
            label = self.typing.by_dotted.get(owner)
            if label:
                form = "class" if record.parameters[0] == "cls" else "one"
                ground.names[record.parameters[0]] = Rows(label, form=form)
            elif record.parameters[0] == "self":
                ground.own = lambda name: self._own(view or owner, owner, name)
        return ground

    def _own(self, view: str, owner: str, name: str) -> Rows | None:
        """What `self.name` is in a method of `owner`, asked for an instance of `view`."""
        if name == "super":
            return self.rows_of(view, after=owner)
        if name in _ROWS:
            return self.rows_of(view)
        if name in ("object", "get_object"):
            found = self.rows_of(view)
            return replace(found, form="one") if found else None
        if name == "model":
            found = self._attribute(view, "model")
            return found if found and found.form == "class" else None
        return None

    def rows_of(self, view: str, after: str = "") -> Rows | None:
        """The rows that the class lists; with `after` those of what follows that class among its bases."""
        key = (view, after)
        if key not in self._rows:
            self._rows[key] = None  # while it is worked out
            self._rows[key] = self._find_rows(view, after)
        return self._rows[key]

    def _find_rows(self, view: str, after: str) -> Rows | None:
        line = [view, *self.source.ancestors(view)]
        if after in line:
            line = line[line.index(after) + 1 :]
        for name in line:
            found = self.source.find(f"{name}.get_queryset")
            if found is not None:
                return self._returned(*found, view=view)
        return self._attribute(view, "queryset") or self._rows_of_model(self._attribute(view, "model"))

    def _rows_of_model(self, found: Rows | None) -> Rows | None:
        if found is None or found.form != "class":
            return None
        return Rows(found.model, eager=self.typing.managers(found.model)["_default_manager"])

    def _attribute(self, view: str, name: str) -> Rows | None:
        for owner in (view, *self.source.ancestors(view)):
            place = self.source.find(owner)
            assigned = place[0].attributes(place[1]).get(name) if place else None
            if place is not None and assigned is not None and assigned.value is not None:
                return self._as_rows(self.typing.type_of(assigned.value, Ground(place[0], place[1])))
        return None

    def _as_rows(self, found: Rows | None) -> Rows | None:
        return found if found is not None and found.form in ("rows", "class") else None

    def _returned(self, module: Module, scope: int, *, view: str) -> Rows | None:
        ground = self.ground(module, scope, view)
        events = [(a.end_line, 1, i) for i, a in enumerate(module.assignments) if a.scope == scope]
        events += [(loop.line, 0, i) for i, loop in enumerate(module.loops) if loop.scope == scope]
        given = [(r.line, 2, i) for i, r in enumerate(module.returns) if r.scope == scope]
        found: list[Rows | None] = []
        for _, kind, index in sorted([*events, *given]):
            if kind == 0:
                bind_target(module.loops[index], None, ground)
            elif kind == 1:
                assign(module.assignments[index], ground, self.typing)
            else:
                found.append(self.typing.type_of(module.returns[index].value, ground))
        joined = join(found)
        return joined.step("get_queryset") if joined is not None and joined.form == "rows" else None

    def read_all(self) -> Iterator[RowView]:
        """Every list view of the project whose rows are known."""
        for roots, rest in ((_GENERIC, False), (_REST, True)):
            for module, scope in self.source.subclasses(*roots):
                view = module.qualname(scope)
                rows = self.rows_of(view)
                if rows is None or rows.form != "rows":
                    continue
                yield RowView(
                    view=view,
                    where=Location(module.path, module.scopes[scope].line),
                    rows=replace(rows, eager=rows.eager | self._mentioned(view)),
                    rest=rest,
                    serializer=self._serializer(view) if rest else "",
                    defined=self._defined(view),
                )

    def _mentioned(self, view: str) -> frozenset[str]:
        """What any method of the class on the way to its list may fetch."""
        found: set[str] = set()
        for owner in (view, *self.source.ancestors(view)):
            place = self.source.find(owner)
            if place is None:
                continue
            for index, scope in enumerate(place[0].scopes):
                if scope.parent == place[1] and scope.kind != "class":
                    found |= self.typing.methods.lookups(place[0], index)
        return frozenset(found)

    def _serializer(self, view: str) -> str:
        for owner in (view, *self.source.ancestors(view)):
            if self.source.find(f"{owner}.get_serializer_class") or self.source.find(
                f"{owner}.get_serializer"
            ):
                return ""
        for owner in (view, *self.source.ancestors(view)):
            place = self.source.find(owner)
            assigned = place[0].attributes(place[1]).get("serializer_class") if place else None
            if place is not None and assigned is not None:
                value: Value = assigned.value
                if not isinstance(value, Name):
                    return ""
                return self.source.resolve(place[0], value.dotted, place[1])
        return ""

    def _defined(self, view: str) -> Location:
        """The line that makes the queryset: where a look-up would be added."""
        line = (view, *self.source.ancestors(view))
        for name in ("get_queryset", "queryset", "model"):
            for owner in line:
                place = (
                    self.source.find(f"{owner}.{name}") if name == "get_queryset" else self.source.find(owner)
                )
                if place is None:
                    continue
                if name == "get_queryset":
                    return Location(place[0].path, place[0].scopes[place[1]].line)
                assigned = place[0].attributes(place[1]).get(name)
                if assigned is not None and assigned.value is not None:
                    return Location(place[0].path, assigned.line)
        return Location("")

    def rendered_by(self, view: RowView) -> Iterator[Rendered]:
        """The template of a generic list view, and the names under which it gets the rows."""
        place = self.source.find(view.view)
        if view.rest or place is None:
            return
        app, _, model = view.rows.model.partition(".")
        template = self._text(view.view, "template_name") or f"{app}/{model}_list.html"
        named = self._text(view.view, "context_object_name") or f"{model}_list"
        for name in ("object_list", "page_obj", named):
            yield Rendered(template, name, view.rows, view.view, view.where)

    def _text(self, view: str, name: str) -> str:
        for owner in (view, *self.source.ancestors(view)):
            place = self.source.find(owner)
            assigned = place[0].attributes(place[1]).get(name) if place else None
            if assigned is not None and isinstance(assigned.value, str):
                return assigned.value
        return ""
