"""Which column of the source goes into which field, and what fills the fields that the source has not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.fields import NOT_PROVIDED
from django.utils import timezone

from django_tenfold.db.ingest.errors import IngestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from django.db.models import Field, Model

SAME_FOR_ALL: tuple[Any, ...] = (
    dict,
    list,
    str,
    int,
    bool,
    timezone.now,
    timezone.localdate,
    datetime.now,
    date.today,
)
"""Callable defaults that may be called once for a batch."""
TEXT = (models.CharField, models.TextField, models.FileField)
CONVERSIONS = (
    "to_python", "get_prep_value", "get_db_prep_value", "get_db_prep_save", "pre_save", "get_placeholder"
)  # fmt: skip
"""What a field of another package overrides when its value is not what stands in the column."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the source; `field` is None for one that is left out."""

    name: str
    field: Any = None
    natural: Any = None
    """The unique field of the related model by which a row is found, as in `author__email`."""


@dataclass(frozen=True, slots=True)
class Filling:
    """A field that the source has not, and what makes its value."""

    field: Any
    make: Callable[[], Any]
    once: bool
    """Whether one value may do for a whole batch."""


@dataclass(frozen=True, slots=True)
class Columns:
    model: type[Model]
    given: tuple[Column, ...]
    """In the order of the source."""
    filled: tuple[Filling, ...]

    @property
    def loaded(self) -> list[Column]:
        return [one for one in self.given if one.field is not None]


def find_columns(
    model: type[Model], names: Sequence[str], renamed: Mapping[str, str | None] | None = None
) -> Columns:
    """Raises IngestError with everything that is wrong in the names."""
    meta = model._meta.concrete_model._meta
    if meta.parents:
        raise IngestError(
            f"{meta.label} keeps its rows in two tables (it inherits), and a load writes one: save() its instances."
        )
    renamed = renamed or {}
    problems = [f"columns= renames {one!r}, which the source has not." for one in renamed if one not in names]
    found: list[Column] = []
    for name in names:
        wanted = renamed.get(name, name)
        try:
            found.append(_find_column(model, name, wanted) if wanted else Column(name))
        except IngestError as problem:
            problems.append(str(problem))
    seen: dict[Any, str] = {}
    for one in found:
        if one.field is not None and (first := seen.setdefault(one.field, one.name)) is not one.name:
            problems.append(f"{first!r} and {one.name!r} are the same field.")
    if len({*names}) < len(names):
        problems.append("Two columns have the same name.")
    filled = [] if problems else [*_fill_others(model, {one.field for one in found}, problems)]
    if problems:
        raise IngestError(f"{meta.label}: " + " ".join(dict.fromkeys(problems)))
    return Columns(model, tuple(found), tuple(filled))


def _find_column(model: type[Model], name: str, wanted: str) -> Column:
    known = _known_names(model)
    base, _, key = wanted.partition("__")
    found = known.get(base) or known.get(base.lower())
    if found is None:
        near = get_close_matches(wanted, known, n=1)
        advice = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(_own_names(model))}."
        raise IngestError(
            f"{name!r} is no field. {advice} A column is left out with columns={{{name!r}: None}}."
        )
    if not key:
        return Column(name, found)
    if not found.is_relation:
        raise IngestError(f"{name!r}: {base} is no relation.")
    natural = {one.name: one for one in found.related_model._meta.concrete_fields}.get(key)
    if natural is None or not natural.unique or natural.is_relation:
        unique = [one.name for one in found.related_model._meta.concrete_fields if one.unique]
        raise IngestError(
            f"{name!r}: rows of {found.related_model._meta.label} are found by a unique field of their own"
            f" ({', '.join(unique)}), and {key!r} is none."
        )
    return Column(name, found, natural)


def _own_names(model: type[Model]) -> list[str]:
    return [one.name for one in _writable(model)]


def _writable(model: type[Model]) -> Iterator[Any]:
    for one in model._meta.concrete_fields:
        if not getattr(one, "generated", False):
            yield one


def _known_names(model: type[Model]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for one in _writable(model):
        for name in (one.name, one.attname, one.column):
            known.setdefault(name, one)
            known.setdefault(name.lower(), one)
    pk = model._meta.pk
    if pk is not None and getattr(pk, "column", None):
        known.setdefault("pk", pk)
    return known


def _fill_others(model: type[Model], given: set[Any], problems: list[str]) -> Iterator[Filling]:
    missing = []
    for one in _writable(model):
        if one in given:
            continue
        filling = find_filling(one)
        if filling is not None:
            yield filling
        elif not (one.null or _is_made_by_the_database(one)):
            missing.append(one.name)
    if missing:
        problems.append(f"The source lacks {', '.join(missing)}: these have no default and may not be NULL.")


def find_filling(field: Any) -> Filling | None:
    """What `save()` would give the field; None when that is nothing, or the database's own default."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return Filling(field, _now_of(field), once=True)
    if field.has_default():
        once = not callable(field.default) or field.default in SAME_FOR_ALL
        return Filling(field, field.get_default, once)
    if field.null or _is_made_by_the_database(field) or not (field.blank and field.empty_strings_allowed):
        return None
    return Filling(field, str, once=True)


def _is_made_by_the_database(field: Any) -> bool:
    return _is_numbered(field) or getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED


def _is_numbered(field: Field[Any, Any]) -> bool:
    return isinstance(field, models.AutoField | models.BigAutoField | models.SmallAutoField)


def _now_of(field: Field[Any, Any]) -> Callable[[], Any]:
    """What pre_save() of the field makes."""
    if isinstance(field, models.DateTimeField):
        return timezone.now
    if isinstance(field, models.DateField):
        return date.today
    return lambda: datetime.now().time()


def why_not_copy(columns: Columns) -> str:
    """Why Python must have a part in the values; "" when the database can read them itself."""
    for found in [one.field for one in columns.loaded] + [one.field for one in columns.filled]:
        field = plain_field(found)
        if isinstance(field, models.BinaryField):
            return f"{field.name} is binary, which is base64 in text"
        for base in type(field).__mro__:
            if base.__module__.startswith("django.") or not any(name in vars(base) for name in CONVERSIONS):
                continue
            return f"{field.name} is a {base.__qualname__}, which makes its values in Python"
    return ""


def is_text(field: Any) -> bool:
    """Whether the column of the field is text, in which an empty cell can be a value."""
    return isinstance(plain_field(field), TEXT)


def plain_field(field: Any) -> Any:
    """The field at the end of relations."""
    while getattr(field, "remote_field", None) is not None:
        field = field.target_field
    return field
