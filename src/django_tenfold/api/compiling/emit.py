"""A function made for one shape: tuples of a statement in, lists and dictionaries out.

The function is written as source and compiled once. Everything of a project in it (names, paths) is a constant that
`repr` quotes or a number; what converts a value comes in as an argument. An encoder that needs no Python object for
a value would take the place of `Emitter.emit`, from the same shape and the same columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_tenfold.api.compiling.shape import Call, Many, One, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django_tenfold.api.compiling.shape import Context, Entry, Shape


class Emitter:
    """The columns of a shape, and the function for them."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.columns = shape.paths or ("pk",)
        self._place = {path: number for number, path in enumerate(self.columns)}
        self._converting = [one for one in shape.walk() if isinstance(one, Value | Call) and one.make]
        self.lists = shape.lists
        self._compiled: dict[tuple[bool, ...], Callable[..., list[Any]]] = {}

    def emit(
        self, rows: Iterable[tuple[Any, ...]], context: Context, lists: list[dict[Any, Any]]
    ) -> list[Any]:
        """`rows` have exactly `columns`; `lists` are the children by parent's key, as `self.lists` is ordered."""
        converts = [one.make(context) for one in self._converting if one.make]
        used = tuple(convert is not None for convert in converts)
        function = self._compiled.get(used)
        if function is None:
            function = self._compiled[used] = self._compile(used)
        return function(rows, *converts, *lists)

    def write_source(self, used: tuple[bool, ...]) -> str:
        """`used` says which conversions there are: where there is none the value itself is taken."""
        names = {id(one): number for number, one in enumerate(self._converting)}
        arguments = [f"c{number}" for number in range(len(names))]
        arguments += [f"m{number}" for number in range(len(self.lists))]
        writer = _Writer(self._place, names, used, [id(one) for one in self.lists])
        entries = self.shape.entries
        body = writer.write_entry(entries[0]) if self.shape.flat else writer.write_object(entries)
        row = ", ".join(f"v{number}" for number in range(len(self.columns)))
        return f"def emit({', '.join(['rows', *arguments])}):\n    return [{body} for ({row},) in rows]\n"

    def _compile(self, used: tuple[bool, ...]) -> Callable[..., list[Any]]:
        namespace: dict[str, Any] = {}
        exec(compile(self.write_source(used), "<tenfold api>", "exec"), namespace)
        made: Callable[..., list[Any]] = namespace["emit"]
        return made


class _Writer:
    """Expressions for entries."""

    def __init__(
        self, place: dict[str, int], converting: dict[int, int], used: tuple[bool, ...], lists: list[int]
    ) -> None:
        self._place, self._converting, self._used, self._lists = place, converting, used, lists

    def write_object(self, entries: tuple[Entry, ...]) -> str:
        return "{" + ", ".join(self._write_pair(one) for one in entries) + "}"

    def _write_pair(self, entry: Entry) -> str:
        pair = f"{str(entry.name)!r}: {self.write_entry(entry)}"
        skip = entry.skip_without if isinstance(entry, Value) else ""
        return f"**({{}} if {self._column(skip)} is None else {{{pair}}})" if skip else pair

    def write_entry(self, entry: Entry) -> str:
        if isinstance(entry, One):
            nested = self.write_object(entry.entries)
            return f"(None if {self._column(entry.guard)} is None else {nested})" if entry.guard else nested
        if isinstance(entry, Many):
            return f"(m{self._lists.index(id(entry))}.get({self._column(entry.key)}) or [])"
        number = self._converting.get(id(entry))
        if isinstance(entry, Call):
            return f"c{number}({', '.join(self._column(path) for path in entry.paths)})"
        column = self._column(entry.path)
        if number is None or not self._used[number]:
            return column
        return f"(None if {column} is None else c{number}({column}))"

    def _column(self, path: str) -> str:
        return f"v{self._place[path]}"
