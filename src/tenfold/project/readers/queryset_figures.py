"""Reads what Python computes from rows: `sum(order.total for order in orders)`, `Counter(...)`, `total += order.total`.

Only figures are found for whose sake alone the rows are asked: who shows the rows as well has them already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenfold.project.model import Location
from tenfold.project.querysets import RowFigure
from tenfold.project.source import Invoke, Items, Name, Opaque, Operation, Pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.querysets import RowLoop, Rows, Touch
    from tenfold.project.readers.queryset_types import Ground, Typing
    from tenfold.project.source import Call, Loop, Module, Value

_STATISTICS = (
    "mean fmean median median_low median_high mode multimode stdev pstdev variance pvariance quantiles"
)
_ARRAYS = "sum mean average median percentile quantile std var max min"
FIGURES = {
    **{name: name for name in ("sum", "max", "min", "len")},
    "math.fsum": "sum",
    "collections.Counter": "Counter",
    **{f"statistics.{name}": f"statistics.{name}" for name in _STATISTICS.split()},
    **{f"numpy.{name}": f"numpy.{name}" for name in _ARRAYS.split()},
}
"""Absolute name of a function that makes one figure of many values -> the name that people know."""
LAST_NAMES = frozenset(name.rpartition(".")[2] for name in FIGURES) | {"index"}
_COMPREHENSIONS = frozenset({"GeneratorExp", "ListComp", "SetComp"})
_PLAIN_CALLS = frozenset({"float", "int", "abs", "round", "Decimal", "timedelta", "total_seconds"})
"""Functions that the database has too: what they are called on stays a column."""


_OF_THE_SAME = frozenset({"count", "exists", "aggregate", "acount", "aexists", "aaggregate"})
"""Methods that need none of the rows which a name stands for."""


_NUMBERS = ("IntegerField", "DecimalField", "FloatField", "DurationField", "AutoField")
_COMPARED = frozenset({"==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in", "not", "and", "or"})
_BY_KEY = frozenset({"pk", "id", "pk__in", "id__in"})
"""Conditions that leave as few rows as somebody has named."""
_OWN = Name("self")


class FigureReading:
    """What the functions of one module compute of rows; `note` is told the calls as the functions are gone through."""

    def __init__(self, module: Module, typing: Typing) -> None:
        self.module = module
        self.typing = typing
        self._noted: list[_Noted] = []

    def note(self, call: Call, ground: Ground) -> None:
        if call.callee in ("list().index", "tuple().index"):
            self._note_place(call, ground)
            return
        name = FIGURES.get(self.typing.source.resolve(self.module, call.callee, call.scope), "")
        # max(a, b); sum(lists, [])
        several = len(call.args) > 1 and (name in ("max", "min") or isinstance(call.args[1], Items))
        if not name or not call.args or several or call.keyword("key") is not None:
            return
        given = call.args[0]
        if name == "len" and _makes_set(given):
            name = "len(set)"
        span = self._span_of_comprehension(given, call)
        if span is not None:
            self._noted.append(_Noted(call, name, None, given, span))
            return
        rows = self.typing.type_of(given, ground)
        if rows is not None and rows.form == "rows" and (name.startswith("len") or not rows.instances):
            self._noted.append(_Noted(call, name, rows, given, (call.line, call.end_line)))

    def _span_of_comprehension(self, given: Value, call: Call) -> tuple[int, int] | None:
        """The lines of what is given, where that is a comprehension or the name of one."""
        if _is_comprehension(given):
            return call.line, call.end_line
        if not isinstance(given, Name):
            return None
        made = [
            one for one in self.module.assignments if one.scope == call.scope and one.target == given.dotted
        ]
        alone = len(made) == 1 and _is_comprehension(made[0].value)
        return (made[0].line, made[0].end_line) if alone else None

    def _note_place(self, call: Call, ground: Ground) -> None:
        """`list(players.values_list("pk", flat=True)).index(pk)`: a rank."""
        inner = self.typing.call_at(self.module, call.line, call.callee.partition("(")[0])
        rows = self.typing.type_of(inner.args[0], ground) if inner and inner.args else None
        if inner is not None and rows is not None and rows.form == "rows":
            self._noted.append(_Noted(inner, "index", rows, inner.args[0], (call.line, call.end_line)))

    def read_all(self, loops: list[RowLoop]) -> Iterator[RowFigure]:
        """Every figure of the module; `loops` are its loops over rows."""
        by_index = {loop.index: loop for loop in loops}
        uses = Uses(self.module, [one.call for one in self._noted])
        added_up = {index for index, loop in by_index.items() if self._only_adds_up(loop)}
        given_to = self._comprehensions(uses)
        uses.loops |= given_to.keys() | added_up
        for noted in self._noted:
            if noted.rows is not None and uses.serves_figures(noted) and not self._are_few(noted.call):
                yield self._figure(noted.name, noted.rows, noted.call)
        for index in (given_to.keys() | added_up) & by_index.keys():
            loop, record = by_index[index], self.module.loops[index]
            if not self._reads_columns(loop) or self._are_few(record):
                continue
            if uses.alone(record.iterable, record.scope, in_loop=record.parent >= 0):
                columns = tuple(dict.fromkeys(map(_column, loop.touches)))
                yield self._figure(given_to.get(index, "+="), loop.rows, record, columns=columns)

    def _figure(
        self, name: str, rows: Rows, place: Call | Loop, *, columns: tuple[str, ...] = ()
    ) -> RowFigure:
        where = Location(self.module.path, place.line)
        return RowFigure(name, rows, columns, where, self.module.qualname(place.scope), self.module)

    def _comprehensions(self, uses: Uses) -> dict[int, str]:
        """Loop -> the function that is given it: where lines leave no doubt which belongs to which."""
        found: dict[int, str] = {}
        waiting = [one for one in self._noted if one.rows is None]
        for one in waiting:
            within = [
                index
                for index, loop in enumerate(self.module.loops)
                if loop.kind == "comprehension" and loop.scope == one.call.scope and one.surrounds(loop)
            ]
            if len(within) != 1 or not uses.serves_figures(one):
                continue
            loop = self.module.loops[within[0]]
            claims = [two for two in waiting if two.call.scope == loop.scope and two.surrounds(loop)]
            shared = isinstance(one.given, Name) and all(two.given == one.given for two in claims)
            if len(claims) == 1 or shared:
                found.setdefault(within[0], one.name)
        return found

    def _only_adds_up(self, loop: RowLoop) -> bool:
        """Whether each statement of the loop is `total += ...`, of numbers."""
        record = self.module.loops[loop.index]
        if record.kind not in ("for", "async for") or not loop.variable:
            return False
        assigned = [one for one in self.module.assignments if _inside(one.line, one.scope, record)]
        returned = any(_inside(one.line, one.scope, record) for one in self.module.returns)
        adds = all(one.operator == "+" and self._is_number(one.value, loop) for one in assigned)
        return bool(assigned) and adds and not returned

    def _is_number(self, value: Value, loop: RowLoop) -> bool:
        """Whether it is made of numbers and of the row's columns of numbers and durations."""
        if isinstance(value, Operation):
            return all(self._is_number(each, loop) for each in value.values)
        if isinstance(value, Invoke):
            plain = value.callee.rpartition(".")[2] in _PLAIN_CALLS
            return plain and all(self._is_number(each, loop) for each in value.args)
        if isinstance(value, Name):
            head, _, column = value.dotted.partition(".")
            is_column = self.typing.relations.is_column
            return head == loop.variable and is_column(loop.rows.model, column, kinds=_NUMBERS)
        return isinstance(value, int | float)

    def _reads_columns(self, loop: RowLoop) -> bool:
        """Whether the loop needs nothing of a row but its columns, and computes with them alone."""
        module, relations = self.module, self.typing.relations
        called = [call for call in module.calls if call.loop == loop.index]
        if any(other.parent == loop.index for other in module.loops):
            return False
        if any(call.callee.rpartition(".")[2] not in _PLAIN_CALLS for call in called):
            return False
        if not loop.rows.instances:
            return True
        reads = module.reads.get(module.loops[loop.index].scope, ())
        if not loop.variable or (loop.variable in reads and loop.variable != "_"):
            return False
        return all(relations.is_column(loop.rows.model, _column(touch)) for touch in loop.touches)

    def _are_few(self, place: Call | Loop) -> bool:
        """Whether rows that are named by their keys, or belong to `self`, are asked for on these lines."""
        return any(
            call.scope == place.scope
            and place.line <= call.line <= place.end_line
            and any(name in _BY_KEY or value == _OWN for name, value in call.keywords)
            for call in self.module.calls
            if call.callee.endswith(".filter")
        )


class _Noted(NamedTuple):
    """A call of one of `FIGURES`; `rows` is None where it is given a comprehension."""

    call: Call
    name: str
    rows: Rows | None
    given: Value
    span: tuple[int, int]
    """First and last line of what is given."""

    def surrounds(self, loop: Loop) -> bool:
        return self.span[0] <= loop.line and loop.end_line <= self.span[1]


def _is_comprehension(value: Value) -> bool:
    return isinstance(value, Opaque) and value.kind in _COMPREHENSIONS


def _makes_set(value: Value) -> bool:
    if isinstance(value, Opaque):
        return value.kind == "SetComp"
    return isinstance(value, Invoke) and value.callee == "set"


def _column(touch: Touch) -> str:
    return touch.dotted if touch.call is None else touch.dotted.rpartition(".")[0]


def _inside(line: int, scope: int, loop: Loop) -> bool:
    return scope == loop.scope and loop.line < line <= loop.end_line


class Uses:
    """Where the names of a module's functions are used, but for the figures themselves."""

    def __init__(self, module: Module, calls: list[Call]) -> None:
        self.module = module
        self.loops: set[int] = set()
        """Those that make figures."""
        self.places = {(call.line, call.column) for call in calls}

    def serves_figures(self, noted: _Noted) -> bool:
        """Whether what is given serves figures alone, and the figure is one: not `len(...) > 0`."""
        call = noted.call
        if noted.name.startswith("len") and not self._kept(call):
            return False
        return self.alone(noted.given, call.scope, in_loop=call.loop >= 0)

    def alone(self, given: Value, scope: int, *, in_loop: bool) -> bool:
        """Whether the rows are asked for by the expression itself, or by a name that serves figures alone, once."""
        if not isinstance(given, Name):
            return True
        name = given.dotted
        made = [one for one in self.module.assignments if one.scope == scope and one.target == name]
        if in_loop or not made:
            return False
        if not all(isinstance(one.value, Invoke) or _is_comprehension(one.value) for one in made):
            return False
        if any(name in _names_in(value) for value in self._others(scope)):
            return False
        read = (one for one in self.module.reads.get(scope, ()) if one.startswith((f"{name}.", f"{name}[")))
        return all(one.removeprefix(f"{name}.") in _OF_THE_SAME for one in read)

    def _others(self, scope: int) -> Iterator[Value]:
        """What is passed, returned, assigned and looped over in a function, and in those within it."""
        module = self.module
        scopes = {scope, *(index for index, one in enumerate(module.scopes) if index and one.parent == scope)}
        for call in module.calls:
            if call.scope in scopes and (call.line, call.column) not in self.places:
                yield from (*call.args, *(value for _, value in call.keywords))
        yield from (one.value for one in module.returns if one.scope in scopes)
        yield from (one.value for one in module.assignments if one.scope in scopes)
        for index, loop in enumerate(module.loops):
            if loop.scope in scopes and index not in self.loops:
                yield loop.iterable

    def _kept(self, call: Call) -> bool:
        """Whether a number is assigned, returned or passed on; one that is compared asks for presence alone."""
        return any((call.line, call.callee) in _calls_in(value) for value in self._others(call.scope))


def _names_in(value: Value) -> Iterator[str]:
    """Plain names that stand for themselves in a value; what is given to a call is looked at with that call."""
    if isinstance(value, Name):
        yield value.dotted
    for each in _parts_of(value):
        yield from _names_in(each)


def _calls_in(value: Value) -> Iterator[tuple[int, str]]:
    """(line, callee) of the calls whose result the value is made of."""
    if isinstance(value, Invoke):
        yield value.line, value.callee
    if not isinstance(value, Operation) or value.operator not in _COMPARED:
        for each in _parts_of(value):
            yield from _calls_in(each)


def _parts_of(value: Value) -> Iterator[Value]:
    if isinstance(value, Items | Operation):
        yield from value.values
    elif isinstance(value, Pairs):
        for pair in value.pairs:
            yield from pair
