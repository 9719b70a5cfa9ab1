"""What a name on a model leads to: a column, one other object, or many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey
from django.db.models.fields.related import ForeignObject

from django_tenfold.api.compiling.shape import RefusedError


@dataclass(frozen=True, slots=True)
class ToOne:
    model: Any
    name: str
    """As look-ups write it."""
    guard: str
    """The look-up of the column that is NULL when there is no such object."""
    nullable: bool
    reverse: bool


@dataclass(frozen=True, slots=True)
class ToMany:
    model: Any
    key: str
    """The look-up on the parent that its children refer to."""
    back: str
    """The look-up on the child that gives the parent's key."""


def find_field(model: Any, name: str) -> Any:
    """Django's field or relation of that name or accessor; RefusedError when there is none."""
    if name == "pk":
        return model._meta.pk
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        found = None
    if found is not None and _name_of(found) in (name, ""):
        return found
    for one in (*model._meta.concrete_fields, *model._meta.related_objects):
        if name in (_name_of(one), getattr(one, "attname", None)):
            return one
    raise RefusedError(f"{model.__name__}.{name} is no field")


def _name_of(field: Any) -> str:
    return field.get_accessor_name() or "" if field.auto_created and not field.concrete else field.name


def find_column(model: Any, name: str) -> Any:
    """The concrete field; RefusedError for anything else. A foreign key's is the column it keeps."""
    field = find_field(model, name)
    if not getattr(field, "concrete", False) or field.many_to_many or field.column is None:
        raise RefusedError(f"{model.__name__}.{name} is no column")
    return field


def find_to_one(model: Any, name: str) -> ToOne:
    field = find_field(model, name)
    if not (field.many_to_one or field.one_to_one) or field.related_model is None:
        raise RefusedError(f"{model.__name__}.{name} does not lead to one object")
    _refuse_other_keys(getattr(field, "field", field))
    if field.concrete:
        return ToOne(field.related_model, field.name, field.attname, bool(field.null), reverse=False)
    return ToOne(field.related_model, field.name, f"{field.name}__pk", nullable=True, reverse=True)


def find_to_many(model: Any, name: str) -> ToMany:
    field = find_field(model, name)
    if field.one_to_many and hasattr(field, "field") and not field.concrete:
        _refuse_other_keys(field.field)
        key = field.field.foreign_related_fields[0]
        return ToMany(field.related_model, key.attname, field.field.attname)
    if field.many_to_many:
        return _find_many_to_many(field)
    raise RefusedError(f"{model.__name__}.{name} does not lead to many objects")


def _find_many_to_many(field: Any) -> ToMany:
    forward = hasattr(field, "m2m_field_name")
    real = field if forward else field.field
    own = real.m2m_field_name() if forward else real.m2m_reverse_field_name()
    through = real.remote_field.through._meta
    for name in (real.m2m_field_name(), real.m2m_reverse_field_name()):
        _refuse_other_keys(through.get_field(name))
    target = through.get_field(own).foreign_related_fields[0]
    back = real.related_query_name() if forward else real.name
    return ToMany(field.related_model, target.attname, f"{back}__{target.attname}")


_CONDITIONS = ("get_extra_descriptor_filter", "get_extra_restriction", "get_joining_fields", "related_fields")


def _refuse_other_keys(field: Any) -> None:
    """RefusedError for what one column does not tell: rows that agree in it alone are not related."""
    if not isinstance(field, ForeignKey):
        raise RefusedError(f"{field.model.__name__}.{field.name} is a relation by several columns")
    for name in _CONDITIONS:
        owner = next(one for one in type(field).__mro__ if name in vars(one))
        if owner not in (ForeignKey, ForeignObject):
            raise RefusedError(f"{owner.__name__}.{name} is its own")
