"""What a ReadSerializer declares beside the model's plain columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.serializers import ReadSerializer


@dataclass(frozen=True, slots=True)
class Column:
    """A column under another name, or of a related object: `Column("user.email")`. None where there is no object."""

    source: str = ""


@dataclass(frozen=True, slots=True)
class Nested:
    """One related object, None where there is none."""

    serializer: type[ReadSerializer]
    source: str = ""


@dataclass(frozen=True, slots=True)
class NestedList:
    """Many related objects: of a serializer, or the bare values of one column, `NestedList("name", source="tags")`.

    `narrow` takes the children's queryset and gives it filtered or ordered.
    """

    serializer: type[ReadSerializer] | str
    source: str = ""
    narrow: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """What the database computes, `Expression(Length("title"))`; its output field says how it is written."""

    expression: Any


@dataclass(frozen=True, slots=True)
class Computed:
    """What Python computes from columns: `Computed(shorten, reads=("title", "user.name"))`."""

    function: Callable[..., Any]
    reads: tuple[str, ...]


Declared = Column | Nested | NestedList | Expression | Computed
