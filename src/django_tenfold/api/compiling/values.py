"""How the value of a model's column is written in JSON: as REST framework writes it with its own settings.

Dates and times are ISO 8601 in the current time zone, UTC as "Z"; decimals are strings with their places; a
duration is Django's "3 12:00:00"; a file is its address, absolute when there is a request.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.duration import duration_string
from django.utils.encoding import is_protected_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.compiling.shape import Context

    Make = Callable[[Context], Callable[[Any], Any] | None]

_SECONDS = "replace(to_char({{}}{zone}, '{form}'), '.000000', '')"
"""Python leaves a fraction of nothing out, and writes six places of any other; PostgreSQL's own JSON does not."""
_DATETIME, _TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US', "HH24:MI:SS.US"


@dataclass(frozen=True, slots=True)
class Written:
    """`make`, `sql` and `utc_only` of a compile_shape.Value."""

    make: Make | None = None
    sql: str = "{}"
    utc_only: bool = False


PLAIN = Written()
FLOAT = Written(
    sql="CASE WHEN {0} IN ('NaN', 'Infinity', '-Infinity') THEN NULL ELSE {0} END"
)  # else it is a text
PLAIN_TYPES = (
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.AutoField,
    models.BooleanField,
    models.FloatField,
)
"""Python has what JSON needs."""


def write_column(field: Any) -> Written:
    """Of a concrete field; a foreign key's is that of what it refers to."""
    while field.remote_field is not None and field.remote_field.field_name:
        field = field.target_field
    if isinstance(field, models.GeneratedField):
        field = field.output_field
    for kind, made in _KINDS.items():
        if isinstance(field, kind):
            return made(field) if is_djangos(field) else replace(made(field), sql="")
    if isinstance(field, PLAIN_TYPES):
        plain = FLOAT if isinstance(field, models.FloatField) else PLAIN
        return plain if is_djangos(field) else Written(sql="")
    if type(field).__module__ == "django.contrib.postgres.fields.array":
        return _write_array(field)
    if type(field).__module__ == "django.contrib.postgres.fields.hstore":
        return Written(sql="")
    return Written(lambda _: lambda value: _write_unknown(field, value), sql="")


def _write_unknown(field: Any, value: Any) -> Any:
    """As REST framework's ModelField: what Django calls protected stays, anything else is the text of a fixture."""
    if is_protected_type(value):
        return value
    return field.value_to_string(SimpleNamespace(**{field.attname: value}))


def is_djangos(field: Any) -> bool:
    """Whether the database's value is what Django's own class of fields makes of it."""
    return type(field).__module__.startswith("django.db.models") or not hasattr(field, "from_db_value")


def _write_datetime(field: Any) -> Written:
    if not settings.USE_TZ:
        return Written(lambda _: datetime.isoformat, _SECONDS.format(zone="", form=_DATETIME))
    sql = _SECONDS.format(zone=" AT TIME ZONE 'UTC'", form=_DATETIME) + " || 'Z'"
    return Written(lambda context: make_datetime(context.zone), sql, utc_only=True)


def make_datetime(zone: Any, beyond: Callable[[datetime], str] | None = None) -> Callable[[datetime], str]:
    """ISO 8601 in `zone`; "Z" for no offset. `beyond` writes what the zone would push out of Python's calendar."""
    isoformat = datetime.isoformat

    def convert(value: datetime) -> str:
        if value.tzinfo is None:
            value = timezone.make_aware(value, zone)
        try:
            text = isoformat(value.astimezone(zone))
        except OverflowError:
            if beyond is None:
                raise
            return beyond(value)
        return text[:-6] + "Z" if text.endswith("+00:00") else text

    def convert_utc(value: datetime) -> str:
        text = isoformat(value)
        return text[:-6] + "Z" if text.endswith("+00:00") else convert(value)

    return convert_utc if is_utc(zone) else convert


def is_utc(zone: Any) -> bool:
    return str(zone) == "UTC"


def _write_decimal(field: Any) -> Written:
    return Written(lambda _: "{:f}".format, "({})::text")


def _write_file(field: Any) -> Written:
    return Written(lambda context: make_file_url(field, context.request), sql="")


def make_file_url(field: Any, request: Any) -> Callable[[str], str | None]:
    """The address of a stored name; None for no file."""
    find_url = field.storage.url

    def convert(name: str) -> str | None:
        if not name:
            return None
        url = find_url(name)
        return url if request is None else request.build_absolute_uri(url)

    return convert


def encode_bytes(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode("ascii")


def _write_json(field: Any) -> Written:
    return PLAIN if field.encoder is None and field.decoder is None else Written(sql="")


def _write_array(field: Any) -> Written:
    inner = write_column(field.base_field)
    if inner.make is None:  # PostgreSQL writes an array of what JSON knows as a list
        return inner if inner is PLAIN else Written(sql="")

    def make(context: Context) -> Callable[[Any], Any]:
        convert = inner.make(context) if inner.make else None
        if convert is None:
            return list
        return lambda values: [None if one is None else convert(one) for one in values]

    return Written(make, sql="")


_KINDS: dict[type[Any], Callable[[Any], Written]] = {
    models.GenericIPAddressField: lambda _: Written(lambda _: str, sql=""),
    models.FilePathField: lambda _: Written(lambda _: str, sql=""),
    models.DateTimeField: _write_datetime,
    models.DateField: lambda _: Written(lambda _: lambda value: value.isoformat()),
    models.TimeField: lambda _: Written(
        lambda _: lambda value: value.isoformat(), _SECONDS.format(zone="", form=_TIME)
    ),
    models.DecimalField: _write_decimal,
    models.UUIDField: lambda _: Written(lambda _: str),
    models.DurationField: lambda _: Written(lambda _: duration_string, sql=""),
    models.BinaryField: lambda _: Written(lambda _: encode_bytes, sql=""),
    models.FileField: _write_file,
    models.JSONField: _write_json,
}
