"""Values of facets and keys as an engine keeps them: whole numbers wherever they are exact, else words.

A decimal is scaled, a date its day, a moment its microseconds: what the engine compares and gives back is what the
database has. https://www.elastic.co/guide/en/elasticsearch/reference/current/number.html
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.search.index import Shape

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)
DIGITS = 18
"""Of a decimal that a long holds."""
KEYWORD = 8_000
"""Characters of a value that are indexed; Lucene takes 32,766 bytes."""
WHOLE = (
    "IntegerField BigIntegerField SmallIntegerField PositiveIntegerField PositiveSmallIntegerField"
    " PositiveBigIntegerField AutoField BigAutoField SmallAutoField"
).split()
ANALYZERS = (
    "arabic armenian basque catalan danish dutch english finnish french german greek hindi hungarian indonesian irish"
    " italian lithuanian norwegian portuguese romanian russian spanish swedish turkish"
).split()
"""Languages that both PostgreSQL and the engines have under one name.
https://www.elastic.co/guide/en/elasticsearch/reference/current/analysis-lang-analyzer.html"""


def analyzer_of(shape: Shape) -> str:
    """Raises ImproperlyConfigured for a language that the engines do not have."""
    if shape.language == "simple":
        return "standard"
    if shape.language not in ANALYZERS:
        raise _fault(shape, f"has no analyzer for {shape.language!r}; it has simple, {', '.join(ANALYZERS)}")
    return shape.language


def key_mapping(shape: Shape) -> dict[str, Any]:
    """Raises ImproperlyConfigured for keys that engine and database may order differently."""
    kind = shape.key_field.get_internal_type()
    if kind in WHOLE:
        return {"type": "long"}
    if kind == "UUIDField":
        return {"type": "keyword"}
    raise _fault(shape, f"takes whole numbers and UUIDs as keys: a {kind} may be ordered differently")


def facet_mapping(shape: Shape, field: Any) -> dict[str, Any]:
    """Raises ImproperlyConfigured for a decimal of more digits than the engine compares exactly."""
    kind = field.get_internal_type()
    if kind == "DecimalField" and (field.max_digits or DIGITS + 1) > DIGITS:
        raise _fault(shape, f"compares decimals of up to {DIGITS} digits: {field.name} has more")
    if kind in ("CharField", "SlugField", "UUIDField"):
        return {"type": "keyword", "ignore_above": KEYWORD}
    return {"type": {"BooleanField": "boolean", "FloatField": "double"}.get(kind, "long")}


def encode_key(shape: Shape, key: Any) -> int | str:
    return int(key) if shape.key_field.get_internal_type() in WHOLE else str(key)


def encode(field: Any, value: Any) -> Any:
    """None stays None."""
    if value is None:
        return None
    write = _WRITERS.get(field.get_internal_type())
    value = field.to_python(value)
    return write(field, value) if write else value


def _write_decimal(field: Any, value: Decimal) -> int:
    return int(value.scaleb(field.decimal_places).to_integral_value())


def _write_moment(field: Any, value: datetime.datetime) -> int:
    return ((value if value.tzinfo else value.replace(tzinfo=datetime.UTC)) - EPOCH) // MICROSECOND


def _write_time(field: Any, value: datetime.time) -> int:
    return (datetime.datetime.combine(EPOCH.date(), value, datetime.UTC) - EPOCH) // MICROSECOND


def _write_text(field: Any, value: Any) -> str:
    return str(value)


_WRITERS: dict[str, Callable[[Any, Any], Any]] = {
    "DecimalField": _write_decimal,
    "DateField": lambda _, value: value.toordinal(),
    "DateTimeField": _write_moment,
    "TimeField": _write_time,
    **dict.fromkeys(("CharField", "SlugField", "UUIDField"), _write_text),
}


def decode(field: Any, value: Any) -> Any:
    kind = field.get_internal_type()
    if kind == "DecimalField":
        return Decimal(int(value)).scaleb(-field.decimal_places)
    if kind == "DateField":
        return datetime.date.fromordinal(int(value))
    if kind in ("DateTimeField", "TimeField"):
        moment = EPOCH + int(value) * MICROSECOND
        if kind == "TimeField":
            return moment.time()
        return moment if settings.USE_TZ else moment.replace(tzinfo=None)
    if kind == "BooleanField":
        return bool(value)  # buckets have 1 and 0
    return field.to_python(int(value) if kind in WHOLE else value)


def _fault(shape: Shape, reason: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"The search index {shape.name!r}: an engine outside of the database {reason}."
    )
