"""A serializer class of REST framework compiled to a shape, or every reason why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.signals import setting_changed
from rest_framework import fields, relations, serializers

from django_tenfold.api import proof
from django_tenfold.api.compiling.paths import find_column
from django_tenfold.api.compiling.shape import Many, One, RefusedError, Shape, Value
from django_tenfold.api.drf.follow import Below, follow, step_to_many, step_to_one
from django_tenfold.api.drf.images import compile_dimension, is_dimension
from django_tenfold.api.drf.methods import compile_method
from django_tenfold.api.drf.relations import compile_many_related, compile_related
from django_tenfold.api.drf.values import write_display, write_field, write_model_field
from django_tenfold.api.rows.bind import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.compiling.shape import Entry


@dataclass(frozen=True, slots=True)
class Compiled:
    """`plan` is None when there are reasons against it."""

    plan: Plan | None
    reasons: tuple[str, ...]


def explain(serializer: Any, model: Any = None) -> tuple[str, ...]:
    """Why REST framework's own code reads for this serializer class; empty when it is compiled.

    `model` is needed for a serializer that is no ModelSerializer.
    """
    return compile_class(serializer, model or serializer.Meta.model).reasons


def compile_class(serializer: Any, model: Any) -> Compiled:
    """Made at the first read of the class: not before every model and address is there."""
    if not isinstance(serializer, type):
        return Compiled(None, (f"a {type(serializer).__name__} is no class",))
    meta = getattr(serializer, "Meta", None)
    told = (getattr(meta, name, None) for name in ("fields", "exclude", "depth"))
    return _compile_class(serializer, model, *(tuple(one) if isinstance(one, list) else one for one in told))


@lru_cache(maxsize=1_000)
def _compile_class(serializer: Any, model: Any, *_: Any) -> Compiled:
    """Once more when what its Meta lists is another list: some views change it."""
    reasons: list[str] = []
    entries: tuple[Entry, ...] = ()
    try:
        proof.refuse_model(model)
        proof.refuse_serializer(serializer)
        entries = _compile_fields(serializer(), Below(model), reasons)
    except RefusedError as reason:
        reasons.append(str(reason))
    except Exception as problem:
        reasons.append(f"{type(problem).__name__} while it was compiled: {problem}")
    if reasons:
        return Compiled(None, tuple(reasons))
    return Compiled(Plan(Shape(model, entries)), ())


def forget_compiled() -> None:
    """For what is compiled in another way from now on: settings, receivers of signals."""
    _compile_class.cache_clear()


def _forget(*, setting: str, **_: object) -> None:
    if setting in ("REST_FRAMEWORK", "TENFOLD_API", "USE_TZ"):
        forget_compiled()


setting_changed.connect(_forget)


def _compile_fields(serializer: Any, below: Below, reasons: list[str]) -> tuple[Entry, ...]:
    made = []
    for field in serializer._readable_fields:
        try:
            made.append(_compile_field(field, below, reasons))
        except RefusedError as reason:
            reasons.append(f"{type(serializer).__name__}.{field.field_name}: {reason}")
    return tuple(made)


def _compile_field(field: Any, below: Below, reasons: list[str]) -> Entry:
    proof.refuse_field(type(field))
    for kind, compile_kind in _KINDS.items():
        if isinstance(field, kind):
            return compile_kind(field, below, reasons)
    return _compile_value(field, below)


def _compile_value(field: Any, below: Below) -> Entry:
    if not field.source_attrs:
        raise RefusedError("its source is the whole object")
    *steps, last = field.source_attrs
    place = follow(below, steps, field)
    if (displayed := proof.find_displayed(place.model, last)) is not None:
        path, written = displayed.attname, write_display(field, displayed)
    elif not place.prefix and proof.is_unknown(place.model, last):
        written = write_field(field, None)
        return Value(field.field_name, last, written.make, written.sql, annotated=True)
    else:
        if last != "pk" and not proof.has_attribute(place.model, last, (*proof.COLUMNS, *proof.FILES)):
            raise RefusedError(
                f"{place.model.__name__}.{last} is no plain column (a property, a method, an object)"
            )
        column = find_column(place.model, last)
        path, written = column.attname, write_field(field, column)
        if is_dimension(column):
            if place.skip_without:
                raise RefusedError("the object before it may be missing, and it would be left out")
            return compile_dimension(field.field_name, place.prefix, column, written)
    return Value(
        field.field_name,
        place.prefix + path,
        written.make,
        written.sql,
        skip_without=place.skip_without,
        utc_only=written.utc_only,
    )


def _compile_model_field(field: Any, below: Below, _: list[str]) -> Value:
    written = write_model_field(field)
    if field.model_field.model is not below.model:
        raise RefusedError("its column is of another model")
    return Value(field.field_name, below.prefix + field.model_field.attname, written.make, written.sql)


def _compile_one(field: Any, below: Below, reasons: list[str]) -> One:
    proof.refuse_serializer(type(field))
    if not field.source_attrs:
        return One(field.field_name, "", _compile_fields(field, below, reasons))
    *steps, last = field.source_attrs
    place = follow(below, steps, field)
    if place.skip_without:
        raise RefusedError("the object before it may be missing, and it would be left out")
    found = step_to_one(place.model, last)
    guard = "" if place.certain and not found.nullable and not below.prefix else place.prefix + found.guard
    inner = Below(found.model, f"{place.prefix}{found.name}__")
    return One(field.field_name, guard, _compile_fields(field, inner, reasons))


def _compile_many(field: Any, below: Below, reasons: list[str]) -> Many:
    refuse_list(type(field))
    proof.refuse_serializer(type(field.child))
    *steps, last = field.source_attrs or [""]
    place = follow(below, steps, field)
    if not place.certain:
        raise RefusedError("the object that has the list may be missing")
    found = step_to_many(place.model, last)
    shape = Shape(found.model, _compile_fields(field.child, Below(found.model), reasons))
    return Many(
        field.field_name, place.prefix + found.key, found.back, steps=place.prefix + last, shape=shape
    )


def refuse_list(kind: type) -> None:
    """RefusedError for a list serializer that shows its children in its own way."""
    proof.refuse_serializer(kind)


_KINDS: dict[type, Callable[[Any, Below, list[str]], Entry]] = {
    serializers.ListSerializer: _compile_many,
    serializers.BaseSerializer: _compile_one,
    relations.ManyRelatedField: lambda field, below, _: compile_many_related(field, below),
    relations.RelatedField: lambda field, below, _: compile_related(field, below),
    fields.SerializerMethodField: lambda field, below, _: compile_method(field, below),
    fields.ModelField: _compile_model_field,
}
