"""Facts of the querysets: what is known of the rows that code asks for, loops over, shows and changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from tenfold.project.relations import Relations

if TYPE_CHECKING:
    from tenfold.project.model import Location
    from tenfold.project.source import Call, Module

EVERYTHING = "*"
"""Among the look-ups that are fetched together: which ones only running tells, perhaps all."""
_NARROWING = frozenset(
    {"filter", "exclude", "related", "get_queryset", "custom", "complex_filter", "raw", "extra"}
)
_NO_ROWS = frozenset({"values", "values_list", "dates", "datetimes"})


@dataclass(frozen=True, slots=True)
class Rows:
    """What an expression stands for: rows of a model, one row, the class itself, or a paginator's pages."""

    model: str
    """Label, lower case."""
    form: str = "rows"
    """ "rows", "one", "class", "pages" (a paginator) or "page"."""
    steps: tuple[str, ...] = ()
    """Names of the methods on the way; "related" for the manager of another row, "sliced", "custom"."""
    eager: frozenset[str] = frozenset()
    """Look-ups that may be fetched with the rows; `EVERYTHING` where they cannot be told."""
    sure: bool = True
    """False where a step could not be followed: it may do anything."""
    start: tuple[str, int, str] | None = None
    """(path, line, text) of the manager that it starts from, as written: "Post.objects"."""

    def step(self, *names: str, **changed: object) -> Rows:
        return replace(self, steps=(*self.steps, *names), **changed)  # type: ignore[arg-type]

    def as_one(self) -> Rows:
        """Any one of the rows."""
        return replace(self, form="one")

    @property
    def narrowed(self) -> bool:
        """Whether conditions may make few rows of many."""
        return not _NARROWING.isdisjoint(self.steps)

    @property
    def sliced(self) -> bool:
        return "sliced" in self.steps

    @property
    def instances(self) -> bool:
        """Whether its rows are objects of the model, not dicts or tuples."""
        return _NO_ROWS.isdisjoint(self.steps)

    def fetches(self, path: str) -> bool:
        """Whether the look-up `path` may come with the rows: named as a whole, or in parts by nested `Prefetch`."""
        if EVERYTHING in self.eager or path in self.eager:
            return True
        if any(each.startswith(f"{path}__") for each in self.eager):
            return True
        parts = path.split("__")
        cuts = (("__".join(parts[:i]), "__".join(parts[i:])) for i in range(1, len(parts)))
        return any(self.fetches(head) and self.fetches(rest) for head, rest in cuts)


class Touch(NamedTuple):
    """An attribute of a loop's variable that is read, or a method that is called: `author.name`."""

    dotted: str
    line: int
    call: Call | None


@dataclass(frozen=True)
class RowLoop:
    """A loop over rows whose model is known."""

    rows: Rows
    variable: str
    """"" where a row is no object of the model (`values`), or is unpacked."""
    where: Location
    function: str
    """Absolute dotted name of the function, or of the module at its top level."""
    module: Module
    index: int
    """Its place among the module's loops."""
    touches: tuple[Touch, ...]
    depth: int
    """Loops around it in the same function."""


@dataclass(frozen=True)
class RowCall:
    """A call of a method on rows, or on a row, whose model is known."""

    rows: Rows
    """What it is called on; of `writerows` what it is given."""
    method: str
    call: Call
    where: Location
    function: str
    module: Module


@dataclass(frozen=True)
class RowFigure:
    """One figure that Python makes of many rows, which are asked for nothing else."""

    name: str
    """As people write it: "sum", "len", "Counter", "statistics.median"; "+=" in a loop, "index" in a list of rows."""
    rows: Rows
    columns: tuple[str, ...]
    """What it reads of each row, () where the rows are values already, or only their number counts."""
    where: Location
    function: str
    module: Module


@dataclass(frozen=True)
class RowView:
    """A class that shows a list of rows: a list view of Django's, or of REST framework's."""

    view: str
    where: Location
    rows: Rows
    rest: bool
    serializer: str
    """Absolute dotted name of the serializer class, "" for none or when only running tells."""
    defined: Location
    """Where the queryset is made."""


@dataclass(frozen=True)
class Rendered:
    """Rows that a template gets under a name."""

    template: str
    variable: str
    rows: Rows
    view: str
    where: Location


@dataclass(frozen=True)
class Querysets:
    relations: Relations = field(default_factory=lambda: Relations({}, {}, {}, frozenset()))
    loops: tuple[RowLoop, ...] = ()
    calls: tuple[RowCall, ...] = ()
    views: tuple[RowView, ...] = ()
    rendered: tuple[Rendered, ...] = ()
    figures: tuple[RowFigure, ...] = ()
