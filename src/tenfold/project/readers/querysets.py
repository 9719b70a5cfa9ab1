"""Reads what code does with rows: loops over them, calls on them, classes that list them, templates that get them.

Each function is gone through once, from its top to its end: what a variable stands for is what was last assigned to
it; where an assignment stands in a branch, all that either may be. Tests and migrations are left out.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.querysets import Querysets, Rendered, RowCall, RowLoop, Touch
from tenfold.project.readers.app_labels import find_user_model
from tenfold.project.readers.contexts import contexts_of_path
from tenfold.project.readers.queryset_figures import LAST_NAMES, FigureReading
from tenfold.project.readers.queryset_flow import assign, bind_target
from tenfold.project.readers.queryset_methods import Methods
from tenfold.project.readers.queryset_types import Typing
from tenfold.project.readers.queryset_views import ViewRows
from tenfold.project.relations import map_relations
from tenfold.project.source import Name, Pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.models import Models
    from tenfold.project.querysets import RowFigure
    from tenfold.project.readers.queryset_types import Ground
    from tenfold.project.settings import Settings
    from tenfold.project.source import Call, Module, Source, Value

_METHODS = frozenset(
    "filter exclude annotate count exists first last create acreate save asave get_or_create update_or_create "
    "aggregate delete only order_by all writerows".split()
)
"""Methods that practices ask about; `writerows` is one of a writer of CSV, which is given rows."""
_SIGNS = _METHODS | {"objects", "queryset", "get_queryset", "object_list", "iterator", "get_object_or_404"}
"""Last parts of names that make a scope worth following."""
_RENDER = frozenset({"render", "TemplateResponse"})


def read_querysets(source: Source, models: Models, settings: Settings) -> Querysets:
    """Everything that is known of rows in the project's own code."""
    relations = map_relations(models)
    typing = Typing(source, relations, Methods(source), user=find_user_model(settings))
    views = ViewRows(typing)
    loops: list[RowLoop] = []
    calls: list[RowCall] = []
    rendered: list[Rendered] = []
    figures: list[RowFigure] = []
    for module in source if models.all else ():
        if contexts_of_path(module.path) & {"test", "migration"}:
            continue
        scopes = {scope for scope, names in module.reads.items() if _asks_for_rows(names)}
        if not scopes:
            continue
        reading = _ModuleReading(module, scopes, typing, views)
        for scope in sorted(scopes):
            reading.read_scope(scope)
        loops += reading.loops
        calls += reading.calls
        rendered += reading.rendered
        figures += reading.figures.read_all(reading.loops)
    listed = tuple(views.read_all()) if models.all else ()
    rendered += [one for view in listed for one in views.rendered_by(view)]
    return Querysets(relations, tuple(loops), tuple(calls), listed, tuple(rendered), tuple(figures))


def _asks_for_rows(names: tuple[str, ...]) -> bool:
    """Whether anything that a scope reads looks like rows: following its names costs more than reading them."""
    return any(name[name.rfind(".") + 1 :] in _SIGNS or ".objects" in name for name in names)


class _ModuleReading:
    """What was read of one module so far."""

    def __init__(self, module: Module, scopes: set[int], typing: Typing, views: ViewRows) -> None:
        self.module = module
        self.typing = typing
        self.views = views
        self.loops: list[RowLoop] = []
        self.calls: list[RowCall] = []
        self.rendered: list[Rendered] = []
        self.figures = FigureReading(module, typing)
        self.events = _order_events(module, scopes)

    @cached_property
    def used(self) -> dict[int, list[Touch]]:
        """Loop -> what is read and called directly in it."""
        found: dict[int, list[Touch]] = {}
        for use in self.module.uses:
            found.setdefault(use.loop, []).append(Touch(use.dotted, use.line, None))
        for call in self.module.calls:
            if call.loop >= 0:
                found.setdefault(call.loop, []).append(Touch(call.callee, call.line, call))
        return found

    @cached_property
    def inner(self) -> dict[int, list[int]]:
        """Loop -> the loops directly in it."""
        found: dict[int, list[int]] = {}
        for index, loop in enumerate(self.module.loops):
            found.setdefault(loop.parent, []).append(index)
        return found

    def read_scope(self, scope: int) -> None:
        events = self.events.get(scope)
        if not events or self.module.scopes[scope].kind == "class":
            return
        ground = self.views.ground(self.module, scope)
        dicts: dict[str, Pairs] = {}
        for _, kind, index in events:
            if kind == 0:
                self._loop(index, ground)
            elif kind == 1:
                self._call(self.module.calls[index], ground, dicts)
            else:
                assigned = self.module.assignments[index]
                if isinstance(assigned.value, Pairs):
                    dicts[assigned.target] = assigned.value
                assign(assigned, ground, self.typing)

    def _loop(self, index: int, ground: Ground) -> None:
        loop = self.module.loops[index]
        rows = self.typing.type_of(loop.iterable, ground) if loop.iterable is not None else None
        variable = bind_target(loop, rows, ground)
        if rows is None or rows.form not in ("rows", "page"):
            return
        depth, parent = 0, loop.parent
        while parent >= 0:
            depth, parent = depth + 1, self.module.loops[parent].parent
        self.loops.append(
            RowLoop(
                rows=rows,
                variable=variable,
                where=Location(self.module.path, loop.line),
                function=self.module.qualname(loop.scope),
                module=self.module,
                index=index,
                touches=tuple(self._touches(index, f"{variable}.")) if variable else (),
                depth=depth,
            )
        )

    def _touches(self, index: int, start: str) -> Iterator[Touch]:
        """What the loop, and the loops in it, read of its variable."""
        for touch in self.used.get(index, ()):
            if touch.dotted.startswith(start):
                yield touch._replace(dotted=touch.dotted[len(start) :])
        for inner in self.inner.get(index, ()):
            if f"{self._target(inner)}." != start:
                yield from self._touches(inner, start)

    def _target(self, index: int) -> str:
        target = self.module.loops[index].target
        return target.dotted if isinstance(target, Name) else ""

    def _call(self, call: Call, ground: Ground, dicts: dict[str, Pairs]) -> None:
        receiver, _, method = call.callee.rpartition(".")
        if method in _RENDER:
            self._render(call, ground, dicts)
        if method in LAST_NAMES:
            self.figures.note(call, ground)
        if method not in _METHODS or not receiver:
            return
        if method == "writerows":
            rows = self.typing.type_of(call.args[0], ground) if call.args else None
        else:
            rows = self.typing.type_at(receiver, call.line, ground)
        if rows is not None:
            where = Location(self.module.path, call.line)
            function = self.module.qualname(call.scope)
            self.calls.append(RowCall(rows, method, call, where, function, self.module))

    def _render(self, call: Call, ground: Ground, dicts: dict[str, Pairs]) -> None:
        """`render(request, "shop/list.html", {"products": products})`."""
        if len(call.args) < 3 or not isinstance(call.args[1], str):
            return
        context: Value = call.args[2]
        if isinstance(context, Name):
            context = dicts.get(context.dotted)
        if not isinstance(context, Pairs):
            return
        for key, value in context.pairs:
            rows = self.typing.type_of(value, ground) if isinstance(key, str) else None
            if rows is not None and isinstance(key, str):
                where = Location(self.module.path, call.line)
                view = self.module.qualname(call.scope)
                self.rendered.append(Rendered(call.args[1], key, rows, view, where))


def _order_events(module: Module, scopes: set[int]) -> dict[int, list[tuple[int, int, int]]]:
    """Scope -> (line, kind, index) in the order in which they take effect: loops, calls, then assignments by their
    last line."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for index, loop in enumerate(module.loops):
        if loop.scope in scopes:
            found.setdefault(loop.scope, []).append((loop.line, 0, index))
    for index, call in enumerate(module.calls):
        if call.scope not in scopes:
            continue
        last = call.callee[call.callee.rfind(".") + 1 :]
        if last in _METHODS or last in _RENDER or last in LAST_NAMES:
            found.setdefault(call.scope, []).append((call.line, 1, index))
    for index, assigned in enumerate(module.assignments):
        if assigned.scope in found:
            found[assigned.scope].append((assigned.end_line, 2, index))
    for events in found.values():
        events.sort()
    return found
