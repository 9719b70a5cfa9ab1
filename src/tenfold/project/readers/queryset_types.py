"""What an expression stands for, as far as models are concerned: local typing of querysets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tenfold.project.querysets import Rows
from tenfold.project.readers.queryset_methods import EAGER
from tenfold.project.source import Invoke, Name, Opaque, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tenfold.project.readers.queryset_methods import Methods
    from tenfold.project.relations import Relations
    from tenfold.project.source import Call, Module, Source, Value

KEEP = frozenset(
    "all filter exclude order_by distinct annotate alias reverse using defer only select_for_update iterator "
    "union intersection difference complex_filter extra values values_list dates datetimes select_related "
    "prefetch_related fetch_mode raw get_queryset none".split()
)
"""Methods after which there are rows still."""
ONE = frozenset("get first last latest earliest create aget afirst alast acreate".split())
SCALAR = frozenset(
    "count exists aggregate update delete bulk_create bulk_update in_bulk contains explain get_or_create "
    "update_or_create acount aexists as_manager".split()
)
PASSED_ON = frozenset({"list", "sorted", "reversed", "tuple", "set", "iter", "enumerate"})
GETTERS = frozenset({"get_object_or_404", "get_list_or_404", "aget_object_or_404"})
_PART = re.compile(r"([^.(\[]+)((?:\(\)|\[\])*)")


class Part(NamedTuple):
    """One part of a dotted expression: `filter` of `Post.objects.filter().x`, and how it goes on."""

    name: str
    called: bool
    indexed: bool
    before: str
    """The text up to its name, as the call of that part is recorded."""


@lru_cache(maxsize=20_000)
def parts_of(dotted: str) -> tuple[Part, ...]:
    return tuple(
        Part(m.group(1), "()" in m.group(2), "[]" in m.group(2), dotted[: m.end(1)])
        for m in _PART.finditer(dotted)
    )


@dataclass
class Ground:
    """Where an expression stands: its function, what the names in it stand for so far."""

    module: Module
    scope: int
    names: dict[str, Rows] = field(default_factory=dict)
    own: Callable[[str], Rows | None] | None = None
    """What an attribute or method of `self` gives, in a view."""


class Typing:
    """Typing over one project. Every answer is a function of the source and the models."""

    def __init__(self, source: Source, relations: Relations, methods: Methods, *, user: str) -> None:
        self.source = source
        self.relations = relations
        self.methods = methods
        self.user = user.lower()
        self.by_dotted = {model.dotted: label for label, model in relations.models.items()}
        self.by_dotted.setdefault("django.contrib.auth.models.User", "auth.user")
        self._managers: dict[str, Mapping[str, frozenset[str]]] = {}
        self._calls: dict[str, dict[tuple[int, str], Call]] = {}
        self._aliases: dict[str, str] = {}

    def type_of(self, value: Value, ground: Ground) -> Rows | None:
        """What the value stands for; None for anything but rows, and where it is nested too deeply to be followed."""
        try:
            return self._type_of(value, ground)
        except RecursionError:
            return None

    def _type_of(self, value: Value, ground: Ground) -> Rows | None:
        if isinstance(value, Name):
            return self._walk(value.dotted, 0, ground)
        if isinstance(value, Invoke):
            if "(" not in value.callee and "." not in value.callee and value.args:
                absolute = self.source.resolve(ground.module, value.callee, ground.scope)
                if (
                    absolute in PASSED_ON
                    or absolute.rpartition(".")[2] in GETTERS
                    or absolute.endswith("Paginator")
                ):
                    return self._through(absolute, value.args[0], ground)
            return self._walk(f"{value.callee}()", value.line, ground)
        if isinstance(value, Operation):
            return self._operation(value, ground)
        return None

    def type_at(self, dotted: str, line: int, ground: Ground) -> Rows | None:
        """Of what stands before the last dot of a call that begins on `line`."""
        return self._walk(dotted, line, ground)

    def _operation(self, value: Operation, ground: Ground) -> Rows | None:
        if value.operator == "[]":
            found = self.type_of(value.values[0], ground)
            if found is None or found.form not in ("rows", "page"):
                return None
            if isinstance(value.values[1], Opaque) and value.values[1].kind == "Slice":
                return found.step("sliced")
            return replace(found, form="one") if isinstance(value.values[1], int) else None
        if value.operator in ("if", "or"):
            branches = value.values[1:] if value.operator == "if" else value.values
            return join([self.type_of(each, ground) for each in branches])
        if value.operator in ("|", "&"):
            return join([self.type_of(each, ground) for each in value.values])
        return None

    def _walk(self, dotted: str, line: int, ground: Ground) -> Rows | None:
        parts = parts_of(dotted)
        if not parts:
            return None
        state, start = self._head(parts, line, ground)
        for part in parts[start:]:
            if state is None:
                return None
            state = self._step(state, part, line, ground)
        return state

    def _head(self, parts: tuple[Part, ...], line: int, ground: Ground) -> tuple[Rows | None, int]:
        first = parts[0]
        known = ground.names.get(first.name)
        if known is not None:
            if first.called:
                return None, 1
            return (replace(known, form="one") if first.indexed else known), 1
        if first.name in ("self", "request"):
            return self._of_self(parts, ground)
        if (
            first.name == "super"
            and ground.own is not None
            and len(parts) > 1
            and parts[1].name == "get_queryset"
        ):
            return ground.own("super"), 2
        return self._by_name(parts, line, ground)

    def _of_self(self, parts: tuple[Part, ...], ground: Ground) -> tuple[Rows | None, int]:
        names = [part.name for part in parts[:3]]
        skip = 1 if names[0] == "self" and names[1:2] == ["request"] else 0
        if names[skip : skip + 2] in (["request", "user"],):
            return Rows(self.user, form="one"), skip + 2
        if names[0] == "self" and ground.own is not None and len(parts) > 1:
            return ground.own(names[1]), 2
        return None, 1

    def _by_name(self, parts: tuple[Part, ...], line: int, ground: Ground) -> tuple[Rows | None, int]:
        end = next((i for i, part in enumerate(parts) if part.called or part.indexed), len(parts) - 1)
        absolute = ""
        if parts[0].name[0] not in '?"':
            absolute = self.source.resolve(ground.module, parts[end].before, ground.scope)
        if not absolute or absolute.startswith("<local>"):
            return None, 1
        found = self._class_in(absolute)
        if found is not None:
            label, rest = found
            called = rest == 0 and parts[end].called
            made = Rows(label, form="one" if called else "class", steps=("new",) if called else ())
            return made, end + 1 - rest
        if not parts[end].called:
            return None, 1
        return self._called(absolute, parts[end], line, ground), end + 1

    def _called(self, absolute: str, part: Part, line: int, ground: Ground) -> Rows | None:
        if absolute.rpartition(".")[2] == "get_user_model":
            return Rows(self.user, form="class")
        # Of `list(list(x)[:2])` both calls are recorded under one name and line.
        call = self.call_at(ground.module, line, part.before) if part.before not in PASSED_ON else None
        return self._through(absolute, call.args[0], ground) if call is not None and call.args else None

    def _through(self, absolute: str, first: Value, ground: Ground) -> Rows | None:
        """What a function of Python's or Django's makes of its first argument."""
        last = absolute.rpartition(".")[2]
        if absolute in PASSED_ON:
            return self.type_of(first, ground)
        if last in GETTERS:
            given = self.type_of(first, ground)
            form = "rows" if "list" in last else "one"
            return replace(given, form=form).step("filter") if given else None
        if last.endswith("Paginator"):
            given = self.type_of(first, ground)
            return replace(given, form="pages") if given else None
        return None

    def _class_in(self, absolute: str) -> tuple[str, int] | None:
        """(label, parts after it) of the model class that `absolute` begins with."""
        rest, name = 0, absolute
        while "." in name:
            label = self.by_dotted.get(name) or self._alias(name)
            if label:
                return label, rest
            name, rest = name.rpartition(".")[0], rest + 1
        return None

    def _alias(self, absolute: str) -> str:
        """The label behind `User = get_user_model()` at the top of a module, "" for anything else."""
        known = self._aliases.get(absolute)
        if known is None:
            owner, _, name = absolute.rpartition(".")
            module = self.source.by_name.get(owner)
            known = ""
            if module is not None and name in module.bound and name[:1].isupper():
                assigned = module.attributes(0).get(name)
                value = assigned.value if assigned else None
                if isinstance(value, Invoke) and value.callee.rpartition(".")[2] == "get_user_model":
                    known = self.user
            self._aliases[absolute] = known
        return known

    def call_at(self, module: Module, line: int, callee: str) -> Call | None:
        index = self._calls.get(module.path)
        if index is None:
            index = self._calls[module.path] = {(call.line, call.callee): call for call in module.calls}
        return index.get((line, callee))

    def managers(self, label: str) -> Mapping[str, frozenset[str]]:
        """Manager attribute -> what it fetches by itself."""
        known = self._managers.get(label)
        if known is None:
            model = self.relations.models.get(label)
            declared = self.methods.manager_names(model.dotted) if model else {}
            found = {name: self.methods.manager_lookups(*place) for name, place in declared.items()}
            default = found.get("objects", next(iter(found.values()), frozenset()))
            known = {
                "objects": frozenset(),
                "_base_manager": frozenset(),
                **found,
                "_default_manager": default,
            }
            self._managers[label] = known
        return known

    def _step(self, state: Rows, part: Part, line: int, ground: Ground) -> Rows | None:
        if state.form == "class":
            managers = self.managers(state.model)
            if part.called or part.name not in managers:
                return None
            extra = () if part.name == "objects" else ("custom",)
            shared = part.before.startswith(
                ("self.", "cls.")
            )  # `self.model.objects` is another for each class
            start = (ground.module.path, line, part.before) if line and not shared else None
            return Rows(state.model, steps=extra, eager=managers[part.name], start=start)
        if state.form == "one":
            return self._related(state, part)
        if state.form == "pages":
            paged = part.called and part.name in ("page", "get_page", "get_elided_page_range")
            return replace(state, form="page").step("sliced") if paged else None
        if state.form == "page":
            return replace(state, form="rows") if part.name == "object_list" else None
        return self._method(state, part, line, ground)

    def _related(self, state: Rows, part: Part) -> Rows | None:
        relation = self.relations.of(state.model, part.name)
        if relation is None or part.called:
            return None
        start = f"{part.name}__"
        eager = {each[len(start) :] for each in state.eager if each.startswith(start)}
        eager |= {each for each in state.eager if each == "*"}
        if not relation.many:
            return Rows(relation.to, form="one", eager=frozenset(eager), sure=state.sure)
        managers = self.managers(relation.to)
        eager |= managers["_default_manager"] | ({relation.back} if relation.back else set())
        return Rows(relation.to, steps=("related",), eager=frozenset(eager), sure=state.sure)

    def _method(self, state: Rows, part: Part, line: int, ground: Ground) -> Rows | None:
        if not part.called:
            return None
        call = self.call_at(ground.module, line, part.before)
        if part.name in EAGER:
            named = self.methods.lookups_of(ground.module, call) if call else frozenset({"*"})
            found: Rows | None = state.step(part.name, eager=state.eager | named)
        elif part.name in KEEP:
            found = state.step(part.name)
        elif part.name in ONE:
            found = replace(state, form="one")
        elif part.name in SCALAR:
            return None
        else:
            found = self._custom(state, part.name)
        if found is not None and part.indexed:
            found = replace(found, form="one")
        return found

    def _custom(self, state: Rows, name: str) -> Rows | None:
        """A method of the project's own: it may fetch all that its code mentions."""
        places = self.methods.by_name.get(name, ())
        if not places:
            return state.step("custom", sure=False)
        eager = state.eager.union(*(self.methods.lookups(*place) for place in places))
        for module, scope in places:
            for given in (r.value for r in module.returns if r.scope == scope):
                callee = given.callee if isinstance(given, Invoke) else ""
                last = callee[callee.rfind(".") + 1 :]
                if (
                    last in SCALAR
                    or last in ONE
                    or (callee and last not in KEEP and last not in self.methods.by_name)
                ):
                    return None
                if not isinstance(given, Invoke | Name | Operation):
                    return None
        return state.step("custom", name, eager=eager)


def join(found: list[Rows | None]) -> Rows | None:
    """What one of several branches gave: all that any may fetch."""
    known = [each for each in found if each is not None]
    if not known:
        return None
    first = known[0]
    if any(each.model != first.model or each.form != first.form for each in known):
        return None
    return Rows(
        first.model,
        first.form,
        steps=tuple(dict.fromkeys(step for each in known for step in each.steps)),
        eager=frozenset().union(*(each.eager for each in known)),
        sure=len(known) == len(found) and all(each.sure for each in known),
        start=first.start if all(each.start == first.start for each in known) else None,
    )
