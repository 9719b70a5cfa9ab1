"""Changes made in place to lists and dicts, with the place of the change kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.elements import elements_of, is_always_present, item_of
from tenfold.project.readers.settings_evaluator.lifting import same_value_key
from tenfold.project.settings_values import MISSING, Choice, Entries, FromEnvironment, Listed, Undetermined

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.model import Location

LIST_METHODS = frozenset(("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"))
DICT_METHODS = frozenset(("update", "setdefault", "pop", "clear", "popitem"))
SET_METHODS = frozenset(("add", "discard", "remove", "update", "clear"))


def mutate(
    receiver: Any, method: str, arguments: list[Any], *, keywords: dict[str, Any], where: Location
) -> Any:
    """Call a method that changes its receiver. NotImplemented when the receiver has no such method."""
    if isinstance(receiver, Choice):
        present = [o.value for o in receiver.options if o.value is not MISSING]
        results = [mutate(value, method, arguments, keywords=keywords, where=where) for value in present]
        return NotImplemented if NotImplemented in results else None
    if isinstance(receiver, Listed) and method in LIST_METHODS:
        return _sort(receiver, keywords) if method == "sort" else _LIST[method](receiver, arguments, where)
    if isinstance(receiver, Entries) and method in DICT_METHODS:
        if method == "update":
            return update(receiver, arguments, keywords, where=where)
        return _DICT[method](receiver, arguments, where)
    if isinstance(receiver, set) and method in SET_METHODS:
        return _change_set(receiver, method, arguments)
    return NotImplemented


def _append(receiver: Listed, arguments: list[Any], where: Location) -> Any:
    receiver.append(arguments[0] if arguments else Undetermined("nothing"))
    receiver.places.append(where)
    return None


def extend(receiver: Listed, arguments: list[Any], where: Location) -> Any:
    """`receiver.extend(...)` and `receiver += ...`."""
    for argument in arguments[:1]:
        items, _, why = elements_of(argument)
        receiver.extend(items)
        receiver.places.extend([where] * len(items))
        receiver.open = receiver.open or why
    return None


def _insert(receiver: Listed, arguments: list[Any], where: Location) -> Any:
    index = arguments[0] if arguments else 0
    value = arguments[1] if len(arguments) > 1 else Undetermined("nothing")
    if not isinstance(index, int):
        index = len(receiver)
        receiver.open = receiver.open or "an element at a position that is not known"
    receiver.insert(index, value)
    receiver.places.insert(index, where)
    return None


def _remove(receiver: Listed, arguments: list[Any], _: Location) -> Any:
    key = same_value_key(arguments[0]) if arguments else None
    for index, part in enumerate(receiver):
        if same_value_key(part) == key:
            del receiver[index], receiver.places[index]
            return None
        if isinstance(part, Choice) and _drop_option(receiver, index, key):
            return None
    return None


def _drop_option(receiver: Listed, index: int, key: Any) -> bool:
    options = receiver[index].options
    if any(same_value_key(option.value) == key for option in options):
        kept = tuple(o for o in options if same_value_key(o.value) != key)
        if all(o.value is MISSING for o in kept):
            del receiver[index], receiver.places[index]
        else:
            receiver[index] = Choice(kept)
        return True
    return False


def _pop(receiver: Listed, arguments: list[Any], _: Location) -> Any:
    index = arguments[0] if arguments else -1
    if receiver.open or not holds_position(receiver, index):
        receiver.open = receiver.open or "an element was taken out"
        return Undetermined("an element taken out of a list")
    receiver.places.pop(index)
    return receiver.pop(index)


def holds_position(receiver: Listed, key: Any) -> bool:
    """Whether an index or a slice surely means the elements that stand there: none may be absent."""
    if any(isinstance(p, Choice) and not is_always_present(p) for p in receiver):
        return False
    return isinstance(key, slice) or (isinstance(key, int) and -len(receiver) <= key < len(receiver))


def _clear(receiver: Any, _: list[Any], __: Location) -> Any:
    receiver.clear()
    receiver.places.clear()
    receiver.open = ""
    return None


def _sort(receiver: Listed, keywords: dict[str, Any]) -> Any:
    """Texts or numbers in their order; of others, and by a `key`, the order is not known."""
    is_plain = all(isinstance(part, str) for part in receiver) or all(
        isinstance(part, (int, float)) for part in receiver
    )
    descending = keywords.get("reverse", False)
    if keywords.get("key") is not None or not isinstance(descending, bool) or not is_plain:
        receiver.open = receiver.open or "the order of a sorted list"
        return None
    order = sorted(range(len(receiver)), key=receiver.__getitem__, reverse=descending)
    receiver[:], receiver.places[:] = [receiver[i] for i in order], [receiver.places[i] for i in order]
    return None


def _reverse(receiver: Listed, _: list[Any], __: Location) -> Any:
    receiver.reverse()
    receiver.places.reverse()
    return None


_LIST: dict[str, Callable[[Listed, list[Any], Location], Any]] = {
    "append": _append,
    "extend": extend,
    "insert": _insert,
    "remove": _remove,
    "pop": _pop,
    "clear": _clear,
    "reverse": _reverse,
}


def set_item(receiver: Entries, key: Any, value: Any, *, where: Location) -> None:
    """`receiver[key] = value`."""
    if isinstance(key, (str, int, float, bool, type(None), tuple)):
        try:
            receiver[key] = value
            receiver.places[key] = where
        except TypeError:
            receiver.open = receiver.open or "a key that is not known"
    else:
        receiver.open = receiver.open or "a key that is not known"


def update(receiver: Entries, arguments: list[Any], keywords: dict[str, Any], *, where: Location) -> Any:
    """`receiver.update(...)`, `receiver |= ...`, `**unpacking`."""
    for argument in arguments[:1]:
        if isinstance(argument, Entries):
            for key, value in argument.items():
                set_item(receiver, key, value, where=argument.places.get(key, where))
            receiver.open = receiver.open or argument.open
        else:
            receiver.open = receiver.open or _unknown_keys(argument)
    for key, value in keywords.items():
        set_item(receiver, key, value, where=where)
    return None


def _unknown_keys(argument: Any) -> str:
    if isinstance(argument, Undetermined):
        return argument.why
    if isinstance(argument, FromEnvironment):
        return f"keys from {argument.variable}"
    return f"keys of {getattr(argument, 'dotted', 'a value that is not known')}"


def _setdefault(receiver: Entries, arguments: list[Any], where: Location) -> Any:
    if not arguments:
        return Undetermined("nothing")
    key, default = arguments[0], arguments[1] if len(arguments) > 1 else None
    found = item_of(receiver, key, default) if isinstance(key, str) else Undetermined("a key")
    if found is default:
        set_item(receiver, key, default, where=where)
    return found


def _pop_key(receiver: Entries, arguments: list[Any], _: Location) -> Any:
    key = arguments[0] if arguments else None
    if not isinstance(key, (str, int)):
        receiver.open = receiver.open or "a key was taken out"
        return Undetermined("a key that is not known")
    found = item_of(receiver, key, arguments[1] if len(arguments) > 1 else MISSING)
    receiver.pop(key, None)
    receiver.places.pop(key, None)
    return found


_DICT: dict[str, Callable[[Entries, list[Any], Location], Any]] = {
    "setdefault": _setdefault,
    "pop": _pop_key,
    "popitem": _pop_key,
    "clear": _clear,
}


def _change_set(receiver: set[Any], method: str, arguments: list[Any]) -> Any:
    plain = [a for a in arguments if isinstance(a, (str, int))]
    if method == "add":
        receiver.update(plain)
    elif method in ("discard", "remove"):
        receiver.difference_update(plain)
    elif method == "update":
        for argument in arguments:
            receiver.update(p for p in elements_of(argument)[0] if isinstance(p, (str, int)))
    else:
        receiver.clear()
    return None
