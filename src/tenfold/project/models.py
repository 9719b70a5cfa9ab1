"""Facts of the models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.project.model import Location


@dataclass(frozen=True, slots=True)
class ModelField:
    """One field: `kind` is the dotted field class, `to` the related model's label ("" for none)."""

    name: str
    kind: str
    where: Location
    to: str = ""
    options: tuple[tuple[str, object], ...] = ()
    """Keyword arguments with literal values: null, unique, db_index, max_length, ..."""

    def option(self, name: str) -> object:
        """The literal value of an option, None when it is not given or not literal."""
        return dict(self.options).get(name)


@dataclass(frozen=True, slots=True)
class Model:
    """One concrete or abstract model; fields and Meta are merged along the base classes."""

    label: str
    """ "app_label.ModelName"."""
    dotted: str
    where: Location
    abstract: bool
    fields: tuple[ModelField, ...]
    meta: tuple[tuple[str, object], ...] = ()
    bases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Models:
    all: tuple[Model, ...] = ()
    exact: bool = False

    def get(self, label: str) -> Model | None:
        """The model of that label, case ignored as Django does."""
        return next((m for m in self.all if m.label.lower() == label.lower()), None)
