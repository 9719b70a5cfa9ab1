"""SerializerMethodField: compiled when it is known what its method reads.

A simple body tells (see inference.py); of any other the method says it:

    @reads("first_name", "country.name")
    def get_title(self, author):
        return title_of(author)

The method then gets an object that has these attributes and no others. What may be missing is missing as it is of an
instance: None for a foreign key, the model's own error for a one-to-one object of the other direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from rest_framework import fields

from django_tenfold.api import proof
from django_tenfold.api.compiling.paths import find_column
from django_tenfold.api.compiling.shape import Call, RefusedError
from django_tenfold.api.drf.follow import step_to_one
from django_tenfold.api.drf.images import is_dimension
from django_tenfold.api.drf.inference import infer_reads

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.compiling.shape import Context
    from django_tenfold.api.drf.follow import Below

Method = TypeVar("Method", bound="Callable[..., Any]")
_READS = "tenfold_reads"


def reads(*sources: str) -> Callable[[Method], Method]:
    """Says which columns the method of a SerializerMethodField reads, "country.name" for a related object's.

    A file's column gives the file that an instance would give, but for its `instance`.
    """

    def mark(method: Method) -> Method:
        setattr(method, _READS, sources)
        return method

    return mark


@dataclass(slots=True)
class _Seeing:
    """What is seen of one object: where its attributes stand among the values of a row."""

    model: Any
    guard: int | None = None
    """Where the column stands that is None when there is no such object; None for always there."""
    reverse: bool = False
    columns: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """Place, and the column where it is one of files."""
    objects: dict[str, _Seeing] = field(default_factory=dict)


class Seen:
    """What a method may read of a row; RuntimeError for anything else, so that hasattr() does not hide it."""

    def __init__(self, method: str, model: Any, missing: set[str]) -> None:
        self._tenfold = (method, model, missing)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        method, model, missing = self._tenfold
        if name in missing:
            raise getattr(model, name).RelatedObjectDoesNotExist(f"{model.__name__} has no {name}.")
        raise RuntimeError(f"{method} reads {name!r}, which its @reads(...) does not name")


def compile_method(field: Any, below: Below) -> Call:
    if proof.find_owner(type(field), "to_representation") is not fields.SerializerMethodField:
        raise RefusedError("its to_representation is its own")
    if proof.find_owner(type(field), "get_attribute") is not fields.Field:
        raise RefusedError("its get_attribute is its own")
    serializer, name = type(field.parent), field.method_name
    sources = getattr(getattr(serializer, name), _READS, None)
    if sources is None:
        sources = infer_reads(serializer, name, below.model)
    paths: dict[str, int] = {}
    seeing = _Seeing(below.model)
    for source in sources:
        _see(seeing, source, below.prefix, paths)

    def make(context: Context) -> Callable[..., Any]:
        method = getattr(serializer(context=context.extra), name)
        return lambda *values: method(_show(seeing, name, values))

    return Call(field.field_name, tuple(paths), make)


def _see(seeing: _Seeing, source: str, prefix: str, paths: dict[str, int]) -> None:
    """Adds what the source needs to what is seen, and its columns to the paths."""
    *steps, last = source.split(".")
    for step in steps:
        found = step_to_one(seeing.model, step)
        guard = paths.setdefault(prefix + found.guard, len(paths)) if found.nullable else None
        seeing = seeing.objects.setdefault(step, _Seeing(found.model, guard, found.reverse))
        prefix = f"{prefix}{found.name}__"
    kinds = (*proof.COLUMNS, *proof.FILES)
    if last != "pk" and not proof.has_attribute(seeing.model, last, kinds):
        raise RefusedError(f"@reads({source!r}): {last} is no plain column")
    column = find_column(seeing.model, last)
    if is_dimension(column):
        raise RefusedError(f"@reads({source!r}): an image's size may be read from its file")
    place = paths.setdefault(prefix + column.attname, len(paths))
    seeing.columns[last] = place, column if isinstance(column, models.FileField) else None


def _show(seeing: _Seeing, method: str, values: tuple[Any, ...]) -> Seen:
    missing: set[str] = set()
    seen = Seen(method, seeing.model, missing)
    told = vars(seen)
    for name, (place, file) in seeing.columns.items():
        told[name] = values[place] if file is None else file.attr_class(None, file, values[place])
    for name, inner in seeing.objects.items():
        if inner.guard is None or values[inner.guard] is not None:
            told[name] = _show(inner, method, values)
        elif inner.reverse:
            missing.add(name)
        else:
            told[name] = None
    return seen
