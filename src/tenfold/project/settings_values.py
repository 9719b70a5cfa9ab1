"""What a setting's value is made of: plain data, with what the source alone cannot tell marked in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tenfold.project.model import Location


class Missing:
    """The type of `MISSING`: no value at all (a key that is not there, a variable without default)."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = Missing()


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """What the environment decides. `default` is MISSING where the variable is required.

    A value computed from a variable stays one: `int(os.environ.get("AGE", "60"))` is
    `FromEnvironment("AGE", 60, "int")`. Several variables stand in `variable` joined by ", ".
    A URL parser's dict (`env.db()`, `dj_database_url.config()`) is an `Entries` whose ENGINE, NAME,
    USER, PASSWORD, HOST, PORT and OPTIONS are `FromEnvironment(variable, default, "db_url")` each, and
    whose other keys are the ones the call passes (CONN_MAX_AGE, ...): an absent key is not set. The
    same holds for cache and e-mail URLs.
    """

    variable: str
    default: object = MISSING
    cast: str = "str"
    """ "str", "bool", "int", "float", "list", "dict", "json", "db_url", "cache_url", "email_url", ..."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An object known by its dotted name; `arguments` are what a call was given, when it is a call."""

    dotted: str
    arguments: tuple[object, ...] = ()
    keywords: tuple[tuple[str, object], ...] = ()
    called: bool = False


@dataclass(frozen=True, slots=True)
class Undetermined:
    """A part that the evaluator could not tell."""

    why: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One side of a branch whose test is not known: the test as read, and whether it came out true."""

    test: str
    taken: bool = True
    production: bool = True
    """False for the side that production is not meant to take: `if DEBUG:`, `if "test" in sys.argv:`."""

    def __str__(self) -> str:
        text = self.test if self.taken else f"not ({self.test})"
        return text if self.production else f"{text} (not production)"


def describe_branches(branches: tuple[Branch, ...]) -> str:
    """The branches as one condition: "A and not (B)"; "" when there are none."""
    return " and ".join(str(branch) for branch in branches)


@dataclass(frozen=True, slots=True)
class Possible:
    """One value that a setting can have in production."""

    value: object
    where: Location
    """The line that sets this very value (for a key inside a dict: the key's line)."""
    condition: str = ""
    """The branch under which it holds, as read: `not (DEBUG)`; "" when unconditional."""
    variable: str = ""
    """The environment variable that decides it; `value` is then the default (MISSING: required)."""
    exact: bool = False
    """Resolved by the running project."""
    branches: tuple[Branch, ...] = ()
    """The condition in parts."""

    @property
    def production(self) -> bool:
        """False when it holds only in a branch that production does not take (`if DEBUG:`)."""
        return all(branch.production for branch in self.branches)

    @property
    def source(self) -> str:
        """How a person would say where the value comes from."""
        if self.exact:
            return "as resolved by the project"
        if self.variable:
            default = "no default" if self.value is MISSING else f"default {self.value!r}"
            return f"production value depends on {self.variable}, {default}"
        return f"when {self.condition}" if self.condition else f"set at {self.where}"

    def under(self, branches: tuple[Branch, ...]) -> Possible | None:
        """The same under further branches; None when they contradict its own."""
        joined = join_branches(self.branches, branches)
        if joined is None:
            return None
        return replace(self, branches=joined, condition=describe_branches(joined))

    def against(self, branch: Branch) -> Possible:
        """The same under the other side of `branch` alone."""
        other = (Branch(branch.test, not branch.taken),)
        return replace(self, branches=other, condition=describe_branches(other))


@dataclass(frozen=True, slots=True)
class Choice:
    """A part with several possible values. A MISSING among them: the key or element may be absent."""

    options: tuple[Possible, ...]


class Entries(dict[Any, Any]):
    """A dict that knows the line of each key. `open` says why it may hold keys that are not listed."""

    def __init__(
        self,
        items: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = (),
        *,
        places: Mapping[Any, Location] | None = None,
        open: str = "",
        origin: object = None,
    ) -> None:
        super().__init__(items)
        self.places: dict[Any, Location] = dict(places or {})
        self.open = open
        self.origin = origin if origin is not None else object()


class Listed(list[Any]):
    """A list that knows the line of each element. `open` says why it may hold more than is listed."""

    def __init__(
        self,
        items: Iterable[Any] = (),
        *,
        places: Iterable[Location | None] = (),
        open: str = "",
        origin: object = None,
    ) -> None:
        super().__init__(items)
        self.places: list[Location | None] = list(places)
        self.places += [None] * (len(self) - len(self.places))
        self.open = open
        self.origin = origin if origin is not None else object()


class Tupled(tuple[Any, ...]):
    """A tuple that knows the line of each element, made by `make_tuple`."""

    places: tuple[Location | None, ...]
    open: str


def make_tuple(items: Iterable[Any], *, places: Iterable[Location | None] = (), open: str = "") -> Tupled:
    """A Tupled of `items`; elements without a place get None."""
    made = Tupled(items)
    known = tuple(places)
    made.places = known + (None,) * (len(made) - len(known))
    made.open = open
    return made


def join_branches(first: tuple[Branch, ...], second: tuple[Branch, ...]) -> tuple[Branch, ...] | None:
    """Both conditions at once; None when they contradict each other."""
    taken = {branch.test: branch.taken for branch in first}
    added = []
    for branch in second:
        if branch.test not in taken:
            taken[branch.test] = branch.taken
            added.append(branch)
        elif taken[branch.test] != branch.taken:
            return None
    return (*first, *added)


def same_value(first: object, second: object) -> bool:
    """Equality that tells True from 1 and a list from a tuple, at the top."""
    if isinstance(first, (Entries, Listed, Tupled)) and isinstance(second, type(first)):
        return first.open == second.open and first == second
    return type(first) is type(second) and first == second
