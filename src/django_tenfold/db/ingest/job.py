"""What is asked of a load, and what became of a block of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connections

from django_tenfold.db.ingest.errors import IngestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

    from django_tenfold.db.ingest.columns import Columns
    from django_tenfold.db.ingest.errors import Reject

CONFLICTS = ("error", "ignore", "update")


@dataclass(frozen=True, slots=True)
class Job:
    columns: Columns
    using: str
    on_conflict: str
    unique: tuple[Any, ...]
    """Fields by which a row is the same as another; none: any constraint."""
    updated: tuple[Any, ...]
    """Fields that take the new row's values."""
    choices: bool
    """Whether a value must be one of its field's choices."""
    delimiter: bytes

    @property
    def model(self) -> type[Model]:
        return self.columns.model

    @property
    def connection(self) -> Any:
        return connections[self.using]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a block."""

    loaded: int
    updated: int = 0
    ignored: int = 0
    rejects: list[Reject] = field(default_factory=list)
    left: bytes = b""
    """Behind its last record that could be told: to be read again with what follows."""

    @property
    def read(self) -> int:
        return self.loaded + self.updated + self.ignored + len(self.rejects)


def make_job(
    columns: Columns,
    using: str,
    on_conflict: str,
    *,
    unique_fields: Sequence[str],
    update_fields: Sequence[str],
    choices: bool,
    delimiter: bytes,
) -> Job:
    """Raises IngestError for what does not go together."""
    if on_conflict not in CONFLICTS:
        raise IngestError(f"on_conflict is one of {', '.join(CONFLICTS)}, not {on_conflict!r}.")
    unique = tuple(_fields_of(columns, unique_fields, "unique_fields"))
    given = [one.field for one in columns.loaded]
    updated: tuple[Any, ...] = ()
    if on_conflict == "update":
        _refuse_what_cannot_be_found(columns, unique, given)
        updated = tuple(_fields_of(columns, update_fields, "update_fields")) or tuple(
            one for one in given if one not in unique and not one.primary_key
        )
        updated += tuple(
            one.field
            for one in columns.filled
            if getattr(one.field, "auto_now", False) and one.field not in updated
        )
        if not updated:
            raise IngestError("There is nothing to update beside unique_fields: say on_conflict='ignore'.")
    elif update_fields:
        raise IngestError("update_fields are for on_conflict='update'.")
    elif unique and on_conflict == "error":
        raise IngestError("unique_fields are for on_conflict='ignore' and 'update'.")
    return Job(columns, using, on_conflict, unique, updated, choices, delimiter)


def _fields_of(columns: Columns, names: Sequence[str], what: str) -> list[Any]:
    fields = {}
    for one in columns.model._meta.concrete_fields:
        fields[one.name] = fields[one.attname] = one
    fields["pk"] = columns.model._meta.pk
    if unknown := [name for name in names if name not in fields]:
        raise IngestError(f"{what}: {columns.model._meta.label} has no field {', '.join(unknown)}.")
    return [fields[name] for name in names]


def find_unique_sets(model: type[Model]) -> list[tuple[Any, ...]]:
    """Fields that no two rows may share, without conditions and expressions."""
    meta = model._meta
    sets = [(one,) for one in meta.concrete_fields if one.unique]
    named = [tuple(names) for names in meta.unique_together]
    named += [one.fields for one in meta.total_unique_constraints]
    if (pk := getattr(meta, "pk_fields", None)) and len(pk) > 1:
        named.append(tuple(one.name for one in pk))
    return sets + [tuple(meta.get_field(name) for name in names) for names in named]


def _refuse_what_cannot_be_found(columns: Columns, unique: tuple[Any, ...], given: list[Any]) -> None:
    if not unique:
        raise IngestError("on_conflict='update' needs unique_fields: by which a row is known to be there.")
    known = find_unique_sets(columns.model)
    if {*unique} not in [{*one} for one in known]:
        told = "; ".join(", ".join(field.name for field in one) for one in known)
        raise IngestError(
            f"No unique constraint of {columns.model._meta.label} is on exactly"
            f" {', '.join(one.name for one in unique)}. There are: {told}."
        )
    if missing := [one.name for one in unique if one not in given]:
        raise IngestError(f"unique_fields: the source has no column {', '.join(missing)}.")
