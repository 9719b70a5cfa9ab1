"""How REST framework's fields write values, and where a column makes that shorter without a difference."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.encoding import force_str
from rest_framework import ISO_8601, fields
from rest_framework.settings import api_settings

from django_tenfold.api import proof
from django_tenfold.api.compiling.shape import RefusedError
from django_tenfold.api.compiling.values import (
    PLAIN,
    Written,
    encode_bytes,
    is_djangos,
    make_datetime,
    make_file_url,
    write_column,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.compiling.shape import Context

_INTEGERS = (models.IntegerField, models.AutoField)
_TEXTS = (models.CharField, models.TextField)
_HASHABLE = (
    *_TEXTS,
    *_INTEGERS,
    models.BooleanField,
    models.FloatField,
    models.DecimalField,
    models.DateField,
    models.TimeField,
    models.UUIDField,
)


def write_field(field: Any, column: Any) -> Written:
    """What the field does to values of the column; `column` is None for an annotation."""
    if proof.find_owner(type(field), "get_attribute") is not fields.Field:
        raise RefusedError("its get_attribute is its own")
    owner = proof.find_owner(type(field), "to_representation")
    write = _WRITERS.get(owner)
    if write is None:
        raise RefusedError(f"{type(field).__name__} is written by {owner.__name__}.to_representation")
    if isinstance(column, models.FileField) != (owner is fields.FileField):
        raise RefusedError("a file's column is shown by a FileField alone")
    return write(field, column)


def write_raw(column: Any) -> Written:
    """The value as the model has it: REST framework's encoder writes it."""
    if isinstance(column, models.FileField | models.BinaryField):
        raise RefusedError(f"{type(column).__name__} has no value of its own in JSON")
    if column is None:
        return Written(sql="")
    while column.remote_field is not None:
        column = column.target_field
    if isinstance(column, models.UUIDField) and is_djangos(column):
        return PLAIN
    written = write_column(column)
    return written if written.make is None else Written(sql="")


def write_display(field: Any, displayed: Any) -> Written:
    """The label of a choice, in the current language."""
    owner = proof.find_owner(type(field), "to_representation")
    if owner not in (fields.CharField, fields.ReadOnlyField):
        raise RefusedError(f"{type(field).__name__} of a choice's label")
    if not _is(displayed, *_HASHABLE):
        raise RefusedError(f"the label of a {type(displayed).__name__}")
    labels = dict(displayed.flatchoices)
    if None in labels:
        raise RefusedError("a choice is None")
    finish = str if owner is fields.CharField else lambda label: label  # a number that is no choice stays one

    def make(_: Context) -> Callable[[Any], Any]:
        told = {value: finish(force_str(label, strings_only=True)) for value, label in labels.items()}
        return lambda value: told[value] if value in told else finish(force_str(value, strings_only=True))

    return Written(make, sql="")


def write_model_field(field: Any) -> Written:
    """A ModelField: only of bytes, which Django writes in base64."""
    if type(field) is not fields.ModelField or type(field.model_field) is not models.BinaryField:
        raise RefusedError(f"{type(field.model_field).__name__} has no field in REST framework")
    return Written(lambda _: encode_bytes, sql="")


def _by_itself(field: Any, column: Any = None) -> Written:
    """The field's own method: the same for every request."""
    return Written(lambda _: field.to_representation, sql="")


def _is(column: Any, *kinds: type) -> bool:
    own = column is not None and column.remote_field is None and is_djangos(column)
    return own and isinstance(column, kinds)


def _write_text(field: Any, column: Any) -> Written:
    return PLAIN if _is(column, *_TEXTS) else Written(lambda _: str, sql="")


def _write_number(of: type, kinds: tuple[type, ...], field: Any, column: Any) -> Written:
    return write_column(column) if _is(column, *kinds) else Written(lambda _: of, sql="")


def _write_big(field: Any, column: Any) -> Written:
    if getattr(field, "coerce_to_string", api_settings.COERCE_BIGINT_TO_STRING):
        return Written(lambda _: str, "({})::text" if _is(column, *_INTEGERS) else "")
    return _write_number(int, _INTEGERS, field, column)


def _write_boolean(field: Any, column: Any) -> Written:
    return PLAIN if _is(column, models.BooleanField) else _by_itself(field)


def _write_decimal(field: Any, column: Any) -> Written:
    coerced = getattr(field, "coerce_to_string", api_settings.COERCE_DECIMAL_TO_STRING)
    same = (
        _is(column, models.DecimalField)
        and field.decimal_places == column.decimal_places
        and (field.max_digits is None or field.max_digits >= (column.max_digits or field.max_digits + 1))
    )
    if coerced and same and not field.localize and not field.normalize_output:
        return write_column(column)
    return _by_itself(field)


def _is_iso(field: Any, default: str) -> bool:
    form = getattr(field, "format", default)
    return isinstance(form, str) and form.lower() == ISO_8601


def _write_datetime(field: Any, column: Any) -> Written:
    if not _is_iso(field, api_settings.DATETIME_FORMAT) or not _is(column, models.DateTimeField):
        return _by_itself(field)
    zone = getattr(field, "timezone", None)
    if not settings.USE_TZ:
        return write_column(column) if zone is None else _by_itself(field)
    beyond = field.to_representation  # says 400 where a zone leads out of the calendar
    if zone is None:
        return replace(write_column(column), make=lambda context: make_datetime(context.zone, beyond))
    return Written(lambda _: make_datetime(zone, beyond), sql="")


def _write_time(kind: type, setting: str, field: Any, column: Any) -> Written:
    iso = _is_iso(field, getattr(api_settings, setting))
    dated = isinstance(column, models.DateTimeField) and kind is models.DateField
    return write_column(column) if iso and _is(column, kind) and not dated else _by_itself(field)


def _write_uuid(field: Any, column: Any) -> Written:
    if field.uuid_format == "hex_verbose" and _is(column, models.UUIDField):
        return write_column(column)
    return _by_itself(field)


def _write_choice(field: Any, column: Any) -> Written:
    kinds = {type(value) for value in field.choices}
    same = (_is(column, *_TEXTS) and kinds <= {str}) or (_is(column, *_INTEGERS) and kinds <= {int})
    return PLAIN if same else _by_itself(field)


def _write_json(field: Any, column: Any) -> Written:
    if field.binary:
        return _by_itself(field)
    return write_column(column) if _is(column, models.JSONField) else write_raw(column)


def _write_file(field: Any, column: Any) -> Written:
    kinds = (models.fields.files.FieldFile, models.fields.files.ImageFieldFile)
    if column.attr_class not in kinds:
        raise RefusedError(f"{column.attr_class.__name__} may have its own address")
    if not getattr(field, "use_url", api_settings.UPLOADED_FILES_USE_URL):
        return Written(lambda _: lambda name: name or None, sql="")
    return Written(lambda context: make_file_url(column, context.request), sql="")


def _write_container(field: Any, column: Any) -> Written:
    proof.refuse_field(type(field.child))
    write_field(field.child, None)  # what a child needs of the request is refused there
    if proof.find_owner(type(field.child), "to_representation") is fields.FileField:
        raise RefusedError("a list of files")
    return _by_itself(field)


_WRITERS: dict[Any, Callable[[Any, Any], Written]] = {
    fields.BooleanField: _write_boolean,
    fields.CharField: _write_text,
    fields.UUIDField: _write_uuid,
    fields.IntegerField: partial(_write_number, int, _INTEGERS),
    fields.BigIntegerField: _write_big,
    fields.FloatField: partial(_write_number, float, (models.FloatField,)),
    fields.DecimalField: _write_decimal,
    fields.DateTimeField: _write_datetime,
    fields.DateField: partial(_write_time, models.DateField, "DATE_FORMAT"),
    fields.TimeField: partial(_write_time, models.TimeField, "TIME_FORMAT"),
    fields.DurationField: _by_itself,
    fields.ChoiceField: _write_choice,
    fields.MultipleChoiceField: _by_itself,
    fields.FileField: _write_file,
    fields.JSONField: _write_json,
    fields.ListField: _write_container,
    fields.DictField: _write_container,
    fields.ReadOnlyField: lambda _, column: write_raw(column),
    fields._UnvalidatedField: _by_itself,
}
"""By the class whose to_representation the field has: a subclass that changes nothing of it is the same."""
