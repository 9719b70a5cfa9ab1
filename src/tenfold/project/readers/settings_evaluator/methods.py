"""Methods of plain values: what str, list, dict, paths and numbers answer without side effects."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import ParseResult, SplitResult

from tenfold.project.readers.settings_evaluator.elements import elements_of, item_of
from tenfold.project.readers.settings_evaluator.lifting import WIDE, distribute, lift
from tenfold.project.readers.settings_evaluator.objects import ROOT
from tenfold.project.settings_values import (
    MISSING,
    Choice,
    Entries,
    FromEnvironment,
    Listed,
    Tupled,
    Undetermined,
    make_tuple,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT = frozenset(
    "split rsplit splitlines strip lstrip rstrip lower upper title capitalize replace join format startswith "
    "endswith partition rpartition removeprefix removesuffix isdigit isupper islower count find index encode "
    "zfill casefold format_map translate swapcase isalpha isalnum isnumeric isspace ljust rjust center "
    "rfind".split()
)
_PATHS = frozenset("joinpath with_suffix with_name relative_to as_posix is_absolute with_stem match".split())
_SAME_PATH = frozenset(("resolve", "absolute", "expanduser"))
_NUMBERS = frozenset(("bit_length", "is_integer", "hex", "conjugate"))
_SETS = frozenset("union intersection difference symmetric_difference issubset issuperset copy".split())
_URL_ATTRIBUTES = frozenset(
    "scheme netloc path params query fragment hostname port username password".split()
)
_PATH_ATTRIBUTES = frozenset(("parent", "parents", "name", "stem", "suffix", "parts"))


def call_method(receiver: Any, method: str, arguments: list[Any], *, keywords: dict[str, Any]) -> Any:
    """`receiver.method(...)` on plain values; NotImplemented when the method is not followed."""
    if isinstance(receiver, Choice):
        return distribute(receiver, lambda part: call_method(part, method, arguments, keywords=keywords))
    if isinstance(receiver, (Entries, Listed, Tupled)):
        function = (_DICT if isinstance(receiver, Entries) else _SEQUENCE).get(method)
        return NotImplemented if function is None else function(receiver, arguments)
    kind = receiver
    while isinstance(kind, FromEnvironment):
        kind = kind.default
    if isinstance(kind, PurePosixPath) and method in _SAME_PATH:
        return receiver
    if not _allowed(kind, method):
        return NotImplemented
    return _call_plain(receiver, method, arguments, keywords=keywords)


def _allowed(kind: Any, method: str) -> bool:
    if kind is MISSING or kind is None or isinstance(kind, str):
        return method in _TEXT
    if isinstance(kind, (Listed, Tupled, list, tuple)):
        return method in ("index", "count", "copy")
    if isinstance(kind, PurePosixPath):
        return method in _PATHS
    if isinstance(kind, (set, frozenset)):
        return method in _SETS
    return isinstance(kind, (int, float)) and method in _NUMBERS


def _call_plain(receiver: Any, method: str, arguments: list[Any], *, keywords: dict[str, Any]) -> Any:
    names = list(keywords)

    def call(value: Any, *given: Any) -> Any:
        positional, named = given[: len(arguments)], given[len(arguments) :]
        check_length(value, method, positional)
        return getattr(value, method)(*positional, **dict(zip(names, named, strict=True)))

    return lift(call, receiver, *arguments, *keywords.values(), cast=_cast_of(method), deep=True)


def check_length(value: Any, method: str, arguments: tuple[Any, ...]) -> None:
    """Refuse, with a ValueError, calls whose result could be very long."""
    if method in ("zfill", "ljust", "rjust", "center") and arguments[0] > 10_000:
        raise ValueError
    if method in ("replace", "join", "format", "format_map", "translate"):
        lengths = [len(a) if isinstance(a, (str, list, tuple)) else 20 for a in arguments]
        if len(str(value)) * max(lengths, default=0) > 1_000_000 or WIDE.search(str(value)):
            raise ValueError


def _cast_of(method: str) -> str:
    if "split" in method or "partition" in method:
        return "list"
    return "bool" if method.startswith(("is", "startswith", "endswith")) else ""


def _get(receiver: Entries, arguments: list[Any]) -> Any:
    key, default = arguments[0] if arguments else None, arguments[1] if len(arguments) > 1 else None
    if isinstance(key, Choice):
        return distribute(key, lambda part: _get(receiver, [part, default]))
    if not isinstance(key, (str, int, bool, type(None))):
        return Undetermined("a key that is not known")
    found = item_of(receiver, key, default)
    if isinstance(found, Choice) and any(o.value is MISSING for o in found.options):
        return Undetermined("a key set by branch")
    return found


def _items(receiver: Entries, _: list[Any]) -> Any:
    keys, places, why = elements_of(receiver)
    pairs = [
        make_tuple((key, receiver[key]), places=(place, place))
        for key, place in zip(keys, places, strict=True)
    ]
    return Listed(pairs, places=places, open=why)


def _keys(receiver: Entries, _: list[Any]) -> Any:
    keys, places, why = elements_of(receiver)
    return Listed(keys, places=places, open=why)


def _values(receiver: Entries, _: list[Any]) -> Any:
    keys, places, why = elements_of(receiver)
    return Listed((receiver[key] for key in keys), places=places, open=why)


def _copy(receiver: Any, _: list[Any]) -> Any:
    if isinstance(receiver, Entries):
        return Entries(receiver, places=receiver.places, open=receiver.open)
    return Listed(receiver, places=receiver.places, open=receiver.open)


def _index(receiver: Any, arguments: list[Any]) -> Any:
    if receiver.open or any(isinstance(part, Choice) for part in receiver):
        return Undetermined("a position in a list that depends on conditions")
    return lift(lambda value: list(receiver).index(value), *arguments[:1])


def _count(receiver: Any, arguments: list[Any]) -> Any:
    return lift(lambda values, value: list(values).count(value), receiver, *arguments[:1], deep=True)


_DICT: dict[str, Callable[[Any, list[Any]], Any]] = {
    "get": _get,
    "items": _items,
    "keys": _keys,
    "values": _values,
    "copy": _copy,
}
_SEQUENCE: dict[str, Callable[[Any, list[Any]], Any]] = {"copy": _copy, "index": _index, "count": _count}


def path_attribute(receiver: Any, name: str) -> Any:
    """`path.parent`, `url.hostname` and the like; NotImplemented when the attribute is not followed."""
    kind = receiver
    while isinstance(kind, FromEnvironment):
        kind = kind.default
    if name == "value" and isinstance(kind, (str, int)):
        # The members of an enumeration count as their values.
        return receiver
    if isinstance(kind, (ParseResult, SplitResult)) and name in _URL_ATTRIBUTES:
        return lift(lambda url: getattr(url, name), receiver)
    if isinstance(kind, PurePosixPath) and name in _PATH_ATTRIBUTES:
        return lift(lambda path: _tuple_of(getattr(path, name)), receiver)
    return NotImplemented


def _tuple_of(value: Any) -> Any:
    return value if isinstance(value, (str, PurePosixPath)) else tuple(value)


def inside_root(path: Any) -> str | None:
    """A path's place below the project's root ("" for the root itself), None when it is not below it."""
    text = str(path)
    if text == ROOT:
        return ""
    return text.removeprefix(f"{ROOT}/") if text.startswith(f"{ROOT}/") else None
