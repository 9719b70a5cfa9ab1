"""The options of a block: a frozen dataclass with a documented default for each, read from one Django setting.

    @dataclass(frozen=True, slots=True)
    class TasksOptions:
        retries: int = option(5, "How often a failed task is tried again.", at_least=0)

    options = BlockOptions("TENFOLD_TASKS", TasksOptions)
    options().retries          # settings.TENFOLD_TASKS = {"retries": 3} -> 3

Reading is cheap (one dictionary look-up) and follows `override_settings`. What is wrong in the setting is
said all at once by the block's system check (`report_problems`); reading it before raises ImproperlyConfigured.
The documentation of a block is made from the same dataclass.
"""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

if TYPE_CHECKING:
    from collections.abc import Iterator

Options = TypeVar("Options")


def option(
    default: Any,
    doc: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A field of an options dataclass: its default, its documentation (units named), what it may be.

    Types known to the check: bool, int, float, str, `X | None`, and tuple[str, ...] or
    tuple[float, ...] (a list is taken as well).
    """
    told = {"doc": doc, "default": default, "at_least": at_least, "at_most": at_most, "choices": choices}
    return field(
        default_factory=lambda: default, metadata=told
    )  # a factory: Python 3.11 takes no mapping as a default


@dataclass(frozen=True, slots=True)
class Documented:
    """One option with its documentation, for the generated page."""

    name: str
    kind: str
    default: object
    doc: str
    choices: tuple[str, ...]


class BlockOptions(Generic[Options]):
    """The options of one block as they are now; call it to read them."""

    def __init__(self, setting: str, of: type[Options]) -> None:
        self.setting = setting
        self.of = of
        self._read: Options | None = None
        setting_changed.connect(self._forget)

    def __call__(self) -> Options:
        """Raises ImproperlyConfigured with everything that is wrong in the setting."""
        read = self._read
        if read is None:
            if problems := [*self.find_problems()]:
                raise ImproperlyConfigured("\n".join(problems))
            read = self._read = self.of(**_normalised(getattr(settings, self.setting, {})))
        return read

    def _forget(self, *, setting: str, **_: object) -> None:
        if setting == self.setting:
            self._read = None

    def find_problems(self) -> Iterator[str]:
        """Everything that is wrong in the setting, a sentence each."""
        given = getattr(settings, self.setting, {})
        if not isinstance(given, dict):
            yield f"{self.setting} must be a dictionary of options, not {type(given).__name__}."
            return
        known = {one.name: one for one in fields(self.of)}  # type: ignore[arg-type]
        hints = typing.get_type_hints(self.of)
        for name, value in given.items():
            if name not in known:
                near = get_close_matches(str(name), known, n=1)
                advice = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
                yield f"{self.setting} has no option {name!r}. {advice}"
            elif reason := _refuse(value, hints[name], known[name].metadata):
                yield f"{self.setting}[{name!r}] {reason}, not {value!r}."

    def report_problems(self, number: str) -> list[Error]:
        """For the block's system check: an error `number` ("tenfold.E101") for each problem."""
        return [
            Error(problem, hint="The block's page lists every option with its default.", id=number)
            for problem in self.find_problems()
        ]

    def document(self) -> Iterator[Documented]:
        """Every option in its own order."""
        hints = typing.get_type_hints(self.of)
        for one in fields(self.of):  # type: ignore[arg-type]
            told = one.metadata
            kind = getattr(hints[one.name], "__name__", str(hints[one.name]))
            kind = str(hints[one.name]) if typing.get_args(hints[one.name]) else kind
            yield Documented(one.name, kind, told["default"], told["doc"], told["choices"])


def _normalised(given: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _refuse(value: object, hint: Any, told: typing.Mapping[str, Any]) -> str:
    """Why the value cannot be, or nothing."""
    if isinstance(hint, types.UnionType):
        if value is None:
            return ""
        (hint,) = (one for one in typing.get_args(hint) if one is not types.NoneType)
    if typing.get_origin(hint) is tuple:
        of = typing.get_args(hint)[0]
        held = isinstance(value, list | tuple) and not any(_refuse_kind(one, of) for one in value)
        return "" if held else f"must be a list of {'strings' if of is str else 'numbers'}"
    return _refuse_kind(value, hint) or _refuse_value(value, told)


def _refuse_kind(value: object, kind: type) -> str:
    taken = (int, float) if kind is float else (kind,)
    held = isinstance(value, taken) and (kind is bool or not isinstance(value, bool))
    return "" if held else f"must be {kind.__name__}"


def _refuse_value(value: Any, told: typing.Mapping[str, Any]) -> str:
    if told["choices"] and value not in told["choices"]:
        return f"must be one of {', '.join(told['choices'])}"
    if told["at_least"] is not None and value < told["at_least"]:
        return f"must be at least {told['at_least']}"
    if told["at_most"] is not None and value > told["at_most"]:
        return f"must be at most {told['at_most']}"
    return ""
