"""Python's built-in functions, as far as settings use them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator import elements, operators
from tenfold.project.readers.settings_evaluator.functions import call_function
from tenfold.project.readers.settings_evaluator.lifting import distribute, lift, wrap
from tenfold.project.readers.settings_evaluator.mutations import set_item, update
from tenfold.project.readers.settings_evaluator.objects import (
    FunctionObject,
    InstanceObject,
    SuperObject,
)
from tenfold.project.settings_values import (
    Choice,
    Entries,
    FromEnvironment,
    Listed,
    Reference,
    Undetermined,
    make_tuple,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Call

_PLAIN: dict[str, Callable[[Any], Any]] = {
    "str.strip": str.strip,
    "str.lower": str.lower,
    "str.upper": str.upper,
    "int": int,
    "str": str,
    "bool": bool,
}
_CASTS = {"int": int, "float": float, "str": str}


def _scalar(name: str) -> Callable[[Call], Any]:
    kind = _CASTS[name]

    def handle(call: Call) -> Any:
        if not call.arguments:
            return kind()
        return lift(kind, *call.arguments, cast=name, deep=name == "str")

    return handle


def _bool(call: Call) -> Any:
    value = call.argument(0, "x", False)
    known = operators.truth(value)
    return lift(bool, value, cast="bool") if known is None else known


def _sequence(kind: type[Any]) -> Callable[[Call], Any]:
    def handle(call: Call) -> Any:
        return _convert(kind, call.argument(0, "", make_tuple(())), call)

    return handle


def _convert(kind: type[Any], value: Any, call: Call) -> Any:
    if isinstance(value, Choice):
        return distribute(value, lambda part: _convert(kind, part, call))
    if isinstance(value, FromEnvironment):
        return lift(kind, value, cast="list")
    if kind in (set, frozenset):
        items, _, why = elements.elements_of(value)
        return Undetermined(why) if why else lift(lambda *parts: kind(parts), *items)
    return elements.build_list(kind, [(value, call.where, True)])


def _dict(call: Call) -> Any:
    made = Entries()
    for argument in call.arguments[:1]:
        items, _, why = elements.elements_of(argument)
        if isinstance(argument, Entries):
            update(made, [argument], {}, where=call.where)
        elif why:
            made.open = why
        for item in items if not isinstance(argument, Entries) else ():
            if isinstance(item, (list, tuple)) and len(item) == 2:
                set_item(made, item[0], item[1], where=call.where)
            else:
                made.open = made.open or "pairs that are not known"
    update(made, [], call.keywords, where=call.where)
    if call.open:
        made.open = made.open or "arguments that are not known"
    return made


def _whole(function: Callable[..., Any], cast: str = "") -> Callable[[Call], Any]:
    """A function that reads its arguments' elements."""

    def handle(call: Call) -> Any:
        names = list(call.keywords)

        def apply(*given: Any) -> Any:
            positional, named = given[: len(call.arguments)], given[len(call.arguments) :]
            return function(*positional, **dict(zip(names, named, strict=True)))

        return lift(apply, *call.arguments, *call.keywords.values(), cast=cast, deep=True)

    return handle


def _any(call: Call) -> Any:
    return _quantify(call, True)


def _all(call: Call) -> Any:
    return _quantify(call, False)


def _quantify(call: Call, wanted: bool) -> Any:
    items, _, why = elements.elements_of(call.argument(0, ""))
    sides = [operators.truth(item) for item in items]
    if wanted in sides:
        return wanted
    if why or None in sides:
        return Undetermined(why or "depends on values that are not known")
    return not wanted


def _filter(call: Call) -> Any:
    function, value = call.argument(0, ""), call.argument(1, "")
    if isinstance(value, FromEnvironment) and function is None:
        return lift(lambda parts: [part for part in parts if part], value, cast="list")
    items, places, why = elements.elements_of(value)
    kept: list[Any] = []
    for item, place in zip(items, places, strict=True):
        verdict = operators.truth(item if function is None else _apply(function, item, call))
        if verdict is None:
            return Undetermined("filters by what is not known")
        if verdict:
            kept.append((item, place))
    return Listed([item for item, _ in kept], places=[place for _, place in kept], open=why)


def _map(call: Call) -> Any:
    function, value = call.argument(0, ""), call.argument(1, "")
    if isinstance(value, FromEnvironment):
        if isinstance(function, Reference) and function.dotted in _PLAIN:
            plain = _PLAIN[function.dotted]
            return lift(lambda parts: [plain(part) for part in parts], value, cast="list")
        return FromEnvironment(value.variable, cast="list")
    items, places, why = elements.elements_of(value)
    return Listed([_apply(function, item, call) for item in items], places=places, open=why)


def _apply(function: Any, item: Any, call: Call) -> Any:
    if isinstance(function, FunctionObject):
        return call_function(function, [item], {}, frame=call.frame, text=f"{function.name}(...)")
    if isinstance(function, Reference) and function.dotted in _PLAIN:
        return lift(_PLAIN[function.dotted], item)
    return Undetermined("calls a function that is not followed")


def _zip(call: Call) -> Any:
    columns = [elements.elements_of(argument) for argument in call.arguments]
    if any(why for _, _, why in columns):
        return Undetermined("a zip over what is not known")
    rows = zip(*(items for items, _, _ in columns), strict=False)
    return Listed([make_tuple(row) for row in rows])


def _enumerate(call: Call) -> Any:
    items, places, why = elements.elements_of(call.argument(0, ""))
    start = call.argument(1, "start", 0)
    if why or not isinstance(start, int):
        return Undetermined(why or "an enumeration")
    return Listed([make_tuple((index, item)) for index, item in enumerate(items, start)], places=places)


def _from_keys(call: Call) -> Any:
    items, places, why = elements.elements_of(call.argument(0, ""))
    made = Entries(open=why)
    for item, place in zip(items, places, strict=True):
        set_item(made, item, call.argument(1, "", None), where=place or call.where)
    return made


def _next(call: Call) -> Any:
    """The first of a generator expression; of an iterator that is kept it is not known how far it is."""
    items, _, why = elements.elements_of(call.argument(0, ""))
    written = isinstance(call.node.args[0], ast.GeneratorExp) if call.node.args else False
    if why or not written:
        return Undetermined(why or "the next of an iterator")
    return items[0] if items else call.argument(1, "", Undetermined("the next of nothing"))


def _range(call: Call) -> Any:
    return lift(lambda *bounds: wrap(list(_checked(range(*bounds)))), *call.arguments)


def _checked(numbers: range) -> range:
    if len(numbers) > 1000:
        raise ValueError
    return numbers


def _super(call: Call) -> Any:
    frame = call.frame
    while frame.instance is None and frame.outer is not None:
        frame = frame.outer
    if isinstance(frame.instance, InstanceObject) and frame.owner is not None:
        return SuperObject(frame.instance, frame.owner)
    return call.untold()


def _isinstance(call: Call) -> Any:
    value, kind = call.argument(0, ""), call.argument(1, "")
    kinds = {"str": str, "int": int, "list": list, "dict": dict, "tuple": tuple, "bool": bool, "float": float}
    wanted = [
        k.dotted if isinstance(k, Reference) else "" for k in (kind if isinstance(kind, tuple) else (kind,))
    ]
    if all(name in kinds for name in wanted):
        types = tuple(kinds[name] for name in wanted)
        return lift(lambda part: isinstance(part, types), value, cast="bool")
    return call.untold()


def _nothing(_: Call) -> None:
    return None


KNOWN: dict[str, Callable[[Call], Any]] = {
    **{name: _scalar(name) for name in _CASTS},
    "bool": _bool,
    "list": _sequence(list),
    "tuple": _sequence(tuple),
    "set": _sequence(set),
    "frozenset": _sequence(frozenset),
    "reversed": _whole(lambda values: list(reversed(values)), "list"),
    "dict": _dict,
    "len": _whole(len, "int"),
    "sorted": _whole(sorted, "list"),
    "min": _whole(min),
    "max": _whole(max),
    "sum": _whole(sum),
    "abs": _whole(abs),
    "round": _whole(round),
    "any": _any,
    "all": _all,
    "filter": _filter,
    "map": _map,
    "zip": _zip,
    "enumerate": _enumerate,
    "range": _range,
    "dict.fromkeys": _from_keys,
    "next": _next,
    "super": _super,
    "isinstance": _isinstance,
    "print": _nothing,
}
