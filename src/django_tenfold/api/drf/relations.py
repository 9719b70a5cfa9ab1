"""Fields of REST framework that show related objects: keys, slugs and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.urls import NoReverseMatch
from rest_framework import relations
from rest_framework.reverse import reverse

from django_tenfold.api import proof
from django_tenfold.api.compiling.paths import find_column
from django_tenfold.api.compiling.shape import Many, RefusedError, Shape, Value
from django_tenfold.api.compiling.values import Written
from django_tenfold.api.drf.follow import follow, step_to_many, step_to_one
from django_tenfold.api.drf.images import is_dimension
from django_tenfold.api.drf.values import write_field, write_raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.compiling.shape import Context
    from django_tenfold.api.drf.follow import Below


def compile_related(field: Any, below: Below) -> Value:
    """Of one related object, or of the object itself (HyperlinkedIdentityField)."""
    _refuse_own(field, relations.RelatedField)
    name = field.field_name
    if not field.source_attrs:
        path, written = _show_object(field, below.model)
        return _make_value(name, below.prefix + path, written)
    *steps, last = field.source_attrs
    place = follow(below, steps, field)
    if _shows_key(field) and proof.has_attribute(place.model, last, proof.COLUMNS):
        column = _find_own_column(place.model, last)  # "author_id", or the object's own "id"
        return _make_value(name, place.prefix + column.attname, _write_key(field, column), place.skip_without)
    found = step_to_one(place.model, last)
    if _shows_key(field):
        key = place.model._meta.get_field(found.name)
        path, column = (found.guard, found.model._meta.pk) if found.reverse else (found.guard, key)
        written = _write_key(field, column)
    elif _links_by_key(field) and not found.reverse:  # by what the foreign key has, whatever that refers to
        path, written = found.guard, _write_address(field)
    else:
        path, written = _show_object(field, found.model)
        path = f"{found.name}__{path}"
    return _make_value(name, place.prefix + path, written, place.skip_without)


def compile_many_related(field: Any, below: Below) -> Many:
    _refuse_own(field, relations.ManyRelatedField)
    _refuse_own(field.child_relation, relations.RelatedField)
    proof.refuse_field(type(field.child_relation))
    if proof.find_owner(type(field), "to_representation") is not relations.ManyRelatedField:
        raise RefusedError("its to_representation is its own")
    *steps, last = field.source_attrs
    place = follow(below, steps, field)
    if not place.certain:
        raise RefusedError("the object that has the list may be missing")
    found = step_to_many(place.model, last)
    child = field.child_relation
    if _shows_key(child):
        path, written = found.model._meta.pk.attname, _write_key(child, found.model._meta.pk)
    else:
        path, written = _show_object(child, found.model)
    shape = Shape(found.model, (_make_value("value", path, written),), flat=True)
    return Many(
        field.field_name,
        place.prefix + found.key,
        found.back,
        steps=place.prefix + last,
        shape=shape,
        flat=True,
    )


def _make_value(name: str, path: str, written: Written, skip: str = "") -> Value:
    return Value(name, path, written.make, written.sql, skip_without=skip, utc_only=written.utc_only)


def _refuse_own(field: Any, kind: type) -> None:
    if proof.find_owner(type(field), "get_attribute") is not kind:
        raise RefusedError("its get_attribute is its own")


def _shows_key(field: Any) -> bool:
    return proof.find_owner(type(field), "to_representation") is relations.PrimaryKeyRelatedField


def _write_key(field: Any, column: Any) -> Written:
    if proof.find_owner(type(field), "use_pk_only_optimization") is not relations.PrimaryKeyRelatedField:
        raise RefusedError("its use_pk_only_optimization is its own")
    if field.pk_field is None:
        return write_raw(column)
    while column.remote_field is not None:
        column = column.target_field
    return write_field(field.pk_field, column)


def _show_object(field: Any, model: Any) -> tuple[str, Written]:
    """The look-up from the object's model, and how it is written."""
    owner = proof.find_owner(type(field), "to_representation")
    if owner is relations.SlugRelatedField:
        path, column = _find_slug(model, field.slug_field)
        return path, write_raw(column)
    if owner is relations.HyperlinkedRelatedField:
        return _show_address(field, model)
    if owner is relations.StringRelatedField:
        raise RefusedError(f"str() of {model.__name__} needs the object; SlugRelatedField names a column")
    raise RefusedError(f"{type(field).__name__} is written by {owner.__name__}.to_representation")


def _find_slug(model: Any, slug: str) -> tuple[str, Any]:
    *steps, last = slug.split("__")
    path = ""
    for step in steps:
        found = step_to_one(model, step)
        if found.nullable:
            raise RefusedError(f"an object on the way to {slug} may be missing")
        model, path = found.model, f"{path}{found.name}__"
    column = _find_own_column(model, last)
    return path + column.attname, column


def _find_own_column(model: Any, name: str) -> Any:
    column = find_column(model, name)
    if name != "pk" and not proof.has_attribute(model, name, proof.COLUMNS):
        raise RefusedError(f"{model.__name__}.{name} is no plain column")
    if is_dimension(column):
        raise RefusedError(f"{model.__name__}.{name} may be read from its image's file")
    return column


def _links_by_key(field: Any) -> bool:
    linked = proof.find_owner(type(field), "to_representation") is relations.HyperlinkedRelatedField
    return linked and bool(field.use_pk_only_optimization())


def _show_address(field: Any, model: Any) -> tuple[str, Written]:
    column = _find_own_column(model, field.lookup_field)
    if column.null:
        raise RefusedError(f"{model.__name__}.{field.lookup_field} may be null: it has no address then")
    if field.lookup_field != "pk" and isinstance(model._meta.pk, models.CharField | models.TextField):
        raise RefusedError(f"the key of {model.__name__} may be empty: it has no address then")
    return column.attname, _write_address(field)


def _write_address(field: Any) -> Written:
    if field.reverse is not reverse:
        raise RefusedError("its reverse is its own")
    return Written(lambda context: _make_address(field, context), sql="")


def _make_address(field: Any, context: Context) -> Callable[[Any], str | None]:
    if "request" not in context.extra:
        made: Callable[[Any], str | None] = field.to_representation  # which says that it needs one
        return made
    name, keyword, keyed = field.view_name, field.lookup_url_kwarg, field.lookup_field == "pk"
    form = context.format
    if form and field.format and field.format != form:
        form = field.format

    def convert(value: Any) -> str | None:
        if keyed and value == "":
            return None
        try:
            found: str = reverse(name, kwargs={keyword: value}, request=context.request, format=form)
        except NoReverseMatch as reason:
            raise ImproperlyConfigured(
                f"{field.field_name}: no address for view name {name!r} with {keyword}={value!r}. You may have left the"
                " related model out of your API, or `lookup_field` does not fit the URL."
            ) from reason
        return found

    return convert
