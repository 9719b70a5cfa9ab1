"""How django-ninja writes a column: what its schema says of the type, and what its JSON encoder makes of the value.

A pair of annotation and column is compiled when pydantic's validation of the column's value is known to give the
value itself. What can be told of a value alone (an Enum without it, NaN) raises UnprovedError when it comes, and
the list is read by django-ninja once more, which has its own answer to it.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import ip_address
from math import isfinite
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from annotated_types import MaxLen
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.duration import duration_iso_string
from ninja.orm.fields import AnyObject
from pydantic import AfterValidator, IPvAnyAddress

from django_tenfold.api.compiling.shape import RefusedError
from django_tenfold.api.compiling.values import is_djangos, make_file_url

Convert = Callable[[Any], Any]
INTEGERS = (models.IntegerField, models.AutoField)
TEXTS = (models.CharField, models.TextField)
FILES = (models.fields.files.FieldFile, models.fields.files.ImageFieldFile)


class UnprovedError(Exception):
    """A value that django-ninja may answer in another way."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """The type of a field, without what says how it may be left out."""

    kind: Any
    optional: bool
    longest: int | None = None
    """Characters that a text may have."""


def read_annotation(annotation: Any, metadata: Any = ()) -> Annotation:
    """RefusedError for conditions that a value of the database may not meet."""
    optional = False
    rest = [*metadata]
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            rest += more
        elif origin in (Union, types.UnionType):
            kinds = [one for one in get_args(annotation) if one is not types.NoneType]
            if len(kinds) != 1:
                raise RefusedError("it may be of several types")
            optional = optional or len(kinds) < len(get_args(annotation))
            annotation = kinds[0]
        else:
            break
    longest = [one.max_length for one in rest if isinstance(one, MaxLen)]
    if any(not isinstance(one, MaxLen) and not _is_of_requests(one) for one in rest):
        raise RefusedError("its annotation has conditions or validators")
    anything = annotation in (Any, AnyObject)  # None too
    return Annotation(annotation, optional or anything, min(longest, default=None))


def _is_of_requests(one: Any) -> bool:
    """The length of a TextField: django-ninja looks at it in requests alone."""
    if not isinstance(one, AfterValidator):
        return False
    module, name = getattr(one.func, "__module__", ""), getattr(one.func, "__qualname__", "")
    return module == "ninja.orm.fields" and name.startswith("_request_max_length.")


def write_value(told: Annotation, column: Any) -> Convert | None:
    """What makes JSON of the column's value, None for the value itself; RefusedError where that is not known."""
    while column.remote_field is not None:
        column = column.target_field
    if not is_djangos(column):
        raise RefusedError(f"{type(column).__name__} is no column of Django's own")
    _refuse_length(told, column)
    if isinstance(told.kind, type) and issubclass(told.kind, Enum):
        return _write_enum(told.kind, column)
    if get_origin(told.kind) is Literal:
        return _write_choices({one: one for one in get_args(told.kind)}, column)
    for kind, columns, convert in _PAIRS:
        if told.kind is kind and isinstance(column, columns):
            if isinstance(column, models.DateTimeField) and kind is date:
                continue
            return convert
    if told.kind is str and isinstance(column, models.FileField):
        return _write_file(told, column)
    if isinstance(column, models.JSONField) and column.encoder is None and column.decoder is None:
        return _write_json(told.kind)
    raise RefusedError(f"{_name(told.kind)} of a {type(column).__name__} may be another value")


def write_annotated(told: Annotation) -> Convert:
    """Of what a queryset annotates: its values are looked at one by one."""
    found = next((one for kind, _, one in _PAIRS if told.kind is kind), None)
    if told.kind not in (str, int, bool, float, Decimal, datetime, date, time, timedelta, UUID):
        raise RefusedError(f"{_name(told.kind)} of an annotation may be another value")
    kind = told.kind

    def convert(value: Any) -> Any:
        if type(value) is not kind:
            raise UnprovedError
        return value if found is None else found(value)

    return convert


def _name(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind))


def _refuse_length(told: Annotation, column: Any) -> None:
    if told.longest is not None and (getattr(column, "max_length", None) or told.longest + 1) > told.longest:
        raise RefusedError("its text may be longer than its schema allows")


def _write_float(value: float) -> float:
    if not isfinite(value):
        raise UnprovedError  # JSON has no word for it
    return float(value)


def _write_datetime(value: datetime) -> str:
    """As DjangoJSONEncoder does: thousandths of a second, "Z" for UTC."""
    text = value.isoformat()
    if value.microsecond:
        text = text[:23] + text[26:]
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def _write_time(value: time) -> str:
    made: str = _ENCODER.default(value)
    return made


_ENCODER = DjangoJSONEncoder()
_PAIRS: tuple[tuple[Any, Any, Convert | None], ...] = (
    (str, TEXTS, None),
    (bool, models.BooleanField, None),
    (int, INTEGERS, None),
    (float, (models.FloatField, *INTEGERS), _write_float),
    (Decimal, models.DecimalField, str),
    (datetime, models.DateTimeField, _write_datetime),
    (date, models.DateField, date.isoformat),
    (time, models.TimeField, _write_time),
    (timedelta, models.DurationField, duration_iso_string),
    (UUID, models.UUIDField, str),
    (IPvAnyAddress, models.GenericIPAddressField, lambda value: str(ip_address(value))),
)


def _write_enum(kind: type[Enum], column: Any) -> Convert:
    mixed = next((one for one in (str, int) if issubclass(kind, one)), None)
    if mixed is None:  # told by its name: "Kind.PAPER"
        return _write_choices({one.value: str(one) for one in kind}, column)
    return _write_choices({mixed(one.value): mixed(one.value) for one in kind}, column)


def _write_choices(told: dict[Any, Any], column: Any) -> Convert:
    kinds = {type(one) for one in told}
    if not (isinstance(column, TEXTS) and kinds == {str}) and not (
        isinstance(column, INTEGERS) and kinds == {int}
    ):
        raise RefusedError(f"its choices are of another type than its {type(column).__name__}")

    def convert(value: Any) -> Any:
        try:
            return told[value]
        except KeyError:
            raise UnprovedError from None

    return convert


def _write_file(told: Annotation, column: Any) -> Convert:
    if column.attr_class not in FILES:
        raise RefusedError(f"{column.attr_class.__name__} may have its own address")
    find_url = make_file_url(column, None)

    def convert(name: str) -> str | None:
        if not name and not told.optional:
            raise UnprovedError
        return find_url(name)

    return convert


def _write_json(kind: Any) -> Convert | None:
    if kind in (Any, AnyObject):
        return None
    if kind not in (dict, list):
        raise RefusedError(f"{_name(kind)} of JSON may be another value")

    def convert(value: Any) -> Any:
        if type(value) is not kind:
            raise UnprovedError
        return value

    return convert
