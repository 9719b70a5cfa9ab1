"""The static call graph: which functions of the project a function may call, by name."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tenfold.project.bindings import break_name
from tenfold.project.records import Invoke, Items, Name, Operation, Pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tenfold.project.records import Scope, Value
    from tenfold.project.source import Module, Source

AMBIGUOUS = 3
"""A method called on a value of unknown type is followed when at most so many methods bear its name."""
_DEFERRED = frozenset(
    "apply_async apply_async_on_commit chunks defer defer_async delay delay_on_commit enqueue message "
    "message_with_options name s schedule send send_with_options si signature starmap subtask using".split()
)
"""Attributes of a task that send it to a worker: they do not run it here."""
_COMMON = frozenset(
    "add all append clean clear close copy count create decode delete encode exclude execute exists extend "
    "filter first format get group id index insert items join keys last list name objects order_by pk pop process "
    "read remove render replace request reverse run save send set setup size sort split start state status "
    "stop strip title type update url user value values write".split()
)
"""Names that Python's and Django's own types bear: on a value of unknown type they tell nothing."""
_MODEL_HOOKS = frozenset(
    {"clean", "clean_fields", "delete", "full_clean", "get_absolute_url", "save", "validate_unique"}
)
_TASK_DECORATORS = frozenset(
    {"actor", "db_periodic_task", "db_task", "job", "periodic_task", "shared_task", "task"}
)


def name_decorator(value: Value) -> str:
    """The dotted name of a decorator, whether it is called or not; "" when it is neither."""
    if isinstance(value, Name):
        return value.dotted
    return value.callee if isinstance(value, Invoke) else ""


def is_task(scope: Scope) -> bool:
    """A decorator of celery, dramatiq, huey, rq, procrastinate or Django's own tasks stands over it."""
    lasts = [name_decorator(decorator).rpartition(".")[2] for decorator in scope.decorators]
    return any(last in _TASK_DECORATORS or last.startswith("shared_task_") for last in lasts)


def _values_of(module: Module, variable: str) -> list[Value]:
    return [a.value for a in module.assignments if a.target == variable and not a.scope]


def _names_in(value: Value) -> Iterator[str]:
    if isinstance(value, Name):
        yield value.dotted
    elif isinstance(value, Invoke):
        # What a constructor is given (a schema, a registry) may be the whole project: not followed.
        yield value.callee
    elif isinstance(value, (Items, Operation)):
        for inner in value.values:
            yield from _names_in(inner)
    elif isinstance(value, Pairs):
        for _, inner in value.pairs:
            yield from _names_in(inner)


class CallGraph:
    """Edges found on demand over one Source; modules in `skipped` (tests) are no part of it."""

    def __init__(self, source: Source, *, skipped: set[str]) -> None:
        self.source = source
        self.modules = [module for module in source if module.path not in skipped]
        self._calls: dict[str, tuple[str, ...]] = {}
        self._variables: dict[str, tuple[str, ...]] = {}
        self._overriding: dict[str, frozenset[str]] = {}

    @cached_property
    def places(self) -> Mapping[str, tuple[Module, int]]:
        """Absolute dotted name -> (module, scope) of every class and function."""
        return {
            f"{module.name}.{scope.qualname}": (module, index)
            for module in self.modules
            for index, scope in enumerate(module.scopes)
            if index
        }

    @cached_property
    def methods(self) -> Mapping[str, list[str]]:
        """Method name -> the absolute names of the methods that bear it."""
        found: dict[str, list[str]] = {}
        for absolute, (module, index) in self.places.items():
            scope = module.scopes[index]
            if scope.kind != "class" and module.scopes[scope.parent].kind == "class":
                found.setdefault(scope.name, []).append(absolute)
        return found

    @cached_property
    def children(self) -> Mapping[str, list[str]]:
        """Absolute name of a class or function -> those of the scopes directly in it."""
        found: dict[str, list[str]] = {}
        for absolute, (module, index) in self.places.items():
            parent = module.scopes[index].parent
            if parent:
                found.setdefault(module.qualname(parent), []).append(absolute)
        return found

    @cached_property
    def tops(self) -> frozenset[str]:
        """First parts of the project's own absolute names."""
        return frozenset(module.name.partition(".")[0] for module in self.modules)

    def calls_of(self, absolute: str) -> tuple[str, ...]:
        """The functions and classes that this function, or this class when it is used, may run."""
        known = self._calls.get(absolute)
        if known is None:
            known = self._calls[absolute] = tuple(dict.fromkeys(self._find_calls(absolute)))
        return known

    def _find_calls(self, absolute: str) -> Iterator[str]:
        place = self.places.get(absolute)
        if place is None:
            return
        module, index = place
        if module.scopes[index].kind == "class":
            yield from self._run_by_class(absolute)
        else:
            yield from self.children.get(absolute, ())
            scope = module.scopes[index]
            for decorator in filter(None, map(name_decorator, scope.decorators)):
                yield from self._named(module, decorator, scope.parent)
        for name in module.reads.get(index, ()):
            yield from self._named(module, name, index)

    def methods_of(self, absolute: str) -> Iterator[str]:
        """Every method of a class of the project, inherited ones included."""
        for owner in (absolute, *self.source.ancestors(absolute)):
            yield from self.children.get(owner, ())

    def _run_by_class(self, absolute: str) -> Iterator[str]:
        """Methods that run without being named: all that a framework class may call, a model's hooks,
        special methods."""
        ancestors = self.source.ancestors(absolute)
        known = [
            name for name in ancestors if name not in self.places and name not in ("object", "Exception")
        ]
        model = "django.db.models.Model" in ancestors
        for method in self.methods_of(absolute):
            name = method.rpartition(".")[2]
            if name.startswith("__") or (name in _MODEL_HOOKS if model else known):
                yield method

    def _named(self, module: Module, name: str, scope: int) -> Iterator[str]:
        if name[0] in '?"':
            yield from self._by_method(name)
            return
        target = self.source.resolve(module, name, scope)
        found = self._longest(target)
        if found is None:
            yield from self._by_variable(target)
            yield from self._by_method(name)
            return
        absolute, rest = found
        inner, index = self.places[absolute]
        record = inner.scopes[index]
        if record.kind != "class":
            if rest[1:] not in _DEFERRED:
                yield absolute
                yield from self._by_method(name) if rest else ()
        elif rest and break_name(name)[0] in ("self", "cls", "super"):
            yield from self._by_class(absolute, rest[1:], name)
        else:
            yield absolute
            if rest:
                yield from self._by_class(absolute, rest[1:], name)

    def _longest(self, target: str) -> tuple[str, str] | None:
        """The longest prefix that is a class or function of the project, and what follows it."""
        if target.partition(".")[0] not in self.tops:
            return None
        cut = len(target)
        for mark in ("(", "["):
            at = target.find(mark)
            cut = at if 0 <= at < cut else cut
        prefix = target[:cut]
        while prefix:
            if prefix in self.places:
                return prefix, target[len(prefix) :]
            prefix = prefix.rpartition(".")[0]
        return None

    def _by_variable(self, target: str) -> tuple[str, ...]:
        """What stands in the value of a module's variable: a table of functions, an instance of a class."""
        found = self._variables.get(target)
        if found is None:
            owner, _, variable = target.partition("(")[0].partition("[")[0].rpartition(".")
            while owner and owner not in self.source.by_name:
                owner, _, variable = owner.rpartition(".")
            module = self.source.by_name.get(owner)
            values = _values_of(module, variable) if module and variable in module.bound else []
            names = (
                {self.source.resolve(module, n) for v in values for n in _names_in(v)} if module else set()
            )
            found = self._variables[target] = tuple(n for n in sorted(names) if n in self.places)
        return found

    def _by_class(self, absolute: str, rest: str, name: str) -> Iterator[str]:
        if rest.isidentifier():
            for owner in (absolute, *self.source.ancestors(absolute)):
                if f"{owner}.{rest}" in self.places:
                    yield f"{owner}.{rest}"
                    yield from self._overrides(f"{owner}.{rest}")
                    return
        yield from self._by_method(name)

    def _by_method(self, name: str) -> Iterator[str]:
        last = name[name.rfind(".") + 1 :]
        if last != name and last not in _COMMON:
            yield from self._likely(last)

    def _likely(self, method: str) -> Iterable[str]:
        """The methods that a call on a value of unknown type may mean: few, or of one family."""
        found = self.methods.get(method, ())
        if len(found) > AMBIGUOUS and not any(len(self._overrides(m)) == len(found) - 1 for m in found):
            return ()
        return found

    def _overrides(self, method: str) -> frozenset[str]:
        """The methods that override this one in a class of the project."""
        known = self._overriding.get(method)
        if known is None:
            owner, _, name = method.rpartition(".")
            others = ((m, m.rpartition(".")[0]) for m in self.methods.get(name, ()))
            known = frozenset(m for m, other in others if owner in self.source.ancestors(other))
            self._overriding[method] = known
        return known
