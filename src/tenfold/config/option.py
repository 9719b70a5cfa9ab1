"""Options that know their own documentation: pages and `tenfold explain` are made from it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def option(
    doc: str, *, kind: str, default: Any = (), choices: tuple[str, ...] = (), example: str = ""
) -> Any:
    """A dataclass field that knows its own documentation."""
    data = {"doc": doc, "kind": kind, "default": default, "choices": choices, "example": example}
    return field(default_factory=lambda: default, metadata=data)  # Python 3.11 takes no mapping as a default


@dataclass(frozen=True, slots=True)
class Documented:
    """One configuration key with its documentation, for the generated page and `explain`."""

    name: str
    """As it is written in a file: `fail-on`, where the field is `fail_on`. Either is read."""
    kind: str
    default: object
    doc: str
    choices: tuple[str, ...]
    example: str

    @property
    def field(self) -> str:
        return self.name.replace("-", "_")


def list_options(of: type) -> Iterator[Documented]:
    """Every key of a dataclass of options in its own order."""
    for one in fields(of):
        yield Documented(one.name.replace("_", "-"), **one.metadata)
