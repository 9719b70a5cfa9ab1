"""Where the `source` of a REST framework field leads, and what is shown where an object on the way is missing.

REST framework's rule: nothing at the end of a missing foreign key is None where the field allows null, else the name
is left out (https://www.django-rest-framework.org/api-guide/fields/#source); behind a missing one-to-one object of the
other direction it is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rest_framework.fields import empty

from django_tenfold.api import proof
from django_tenfold.api.compiling.paths import find_to_many, find_to_one
from django_tenfold.api.compiling.shape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_tenfold.api.compiling.paths import ToMany, ToOne


@dataclass(frozen=True, slots=True)
class Below:
    """An object of the row: its model, and how look-ups of its columns begin ("" or "user__")."""

    model: Any
    prefix: str = ""
    skip_without: str = ""
    """The column whose NULL leaves out what is found here."""
    certain: bool = True
    """Whether it is there in every row that has the object that it started from."""


def follow(below: Below, steps: Sequence[str], field: Any) -> Below:
    """Through single objects; RefusedError where rows would not say what REST framework does."""
    kinds = []
    for step in steps:
        found = step_to_one(below.model, step)
        if found.nullable:
            kinds.append((found.reverse, below.prefix + found.guard))
        below = Below(found.model, f"{below.prefix}{found.name}__")
    if not kinds:
        return below
    if len({reverse for reverse, _ in kinds}) > 1:
        raise RefusedError("its source passes foreign keys and one-to-one objects that may both be missing")
    skip = "" if kinds[-1][0] else _find_skip(field, kinds[-1][1])
    return Below(below.model, below.prefix, skip, certain=False)


def _find_skip(field: Any, guard: str) -> str:
    if field.default is not empty:
        raise RefusedError("its default is shown where an object on the way is missing")
    if field.allow_null:
        return ""
    if field.required:
        raise RefusedError("it is required, and an object on the way may be missing")
    return guard


def step_to_one(model: Any, name: str) -> ToOne:
    if not proof.has_attribute(model, name, proof.TO_ONE):
        raise RefusedError(f"{model.__name__}.{name} is no foreign key or one-to-one field of Django")
    found = find_to_one(model, name)
    field = model._meta.get_field(found.name)
    if getattr(getattr(field, "remote_field", None), "parent_link", False):
        raise RefusedError(f"{model.__name__}.{name} links to a parent model")
    if not found.reverse and not getattr(field, "db_constraint", True):
        raise RefusedError(f"{model.__name__}.{name} may point to a row that is gone")
    proof.refuse_target(found.model)
    return found


def step_to_many(model: Any, name: str) -> ToMany:
    if not proof.has_attribute(model, name, proof.TO_MANY):
        raise RefusedError(f"{model.__name__}.{name} is no list of related objects of Django's own")
    found = find_to_many(model, name)
    proof.refuse_model(found.model)
    return found
