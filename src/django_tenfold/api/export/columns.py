"""The columns of an export, and whether PostgreSQL can write their text itself.

COPY writes text without a Python object per value. It may only where that text is what Python would write: for
Django's own plain fields. A field with `from_db_value`, labels of choices, a `render` of the caller's, any other
kind of field: the rows are iterated then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections, models
from django.db.models import F
from django.db.models.expressions import Col
from django.db.models.functions.datetime import TruncBase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

TEXTS = (models.CharField, models.TextField, models.FileField, models.FilePathField)
NUMBERS = (models.IntegerField, models.AutoField)
PLAIN = (models.DateField, models.UUIDField)

KINDS: dict[str, Any] = {
    "boolean": models.BooleanField,
    "decimal": models.DecimalField,
    "text": TEXTS,
    "json": models.JSONField,
    "number": NUMBERS,
    "float": models.FloatField,
    "datetime": models.DateTimeField,
    "plain": PLAIN,
}
"""What COPY writes as Python would, in this order: a DateTimeField is a DateField too."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the caller asks for it."""

    name: str
    """Of a field, an annotation, or a path: "author__name"."""
    header: str = ""
    """In the first line of a CSV, and the key of JSON lines; empty for `name`."""
    render: Callable[[Any], Any] | None = None
    """Makes the value that is written, in Python."""


@dataclass(frozen=True, slots=True)
class Known:
    """A column as it is exported."""

    name: str
    header: str
    kind: str
    """One of KINDS; "python" where COPY cannot write it."""
    render: Callable[[Any], Any] | None
    reason: str = ""
    """Why Python has to write it."""
    stored: bool = False
    """Whether it is a column of a table, not computed."""


def find_columns(
    queryset: QuerySet[Any], asked: Iterable[str | Column] | None, *, labels: bool
) -> tuple[Known, ...]:
    """What to export, in order; without `asked` what values() selects, else all columns of the model.

    Raises FieldError for an unknown name, TypeError when two columns have one header.
    """
    told = asked if asked is not None else _usual_names(queryset)
    known = tuple(
        _know(queryset, one if isinstance(one, Column) else Column(one), labels=labels) for one in told
    )
    headers = [one.header for one in known]
    if not headers or len({*headers}) != len(headers):
        raise TypeError(f"An export needs columns, each with a header of its own; asked for: {headers}")
    return known


def _usual_names(queryset: QuerySet[Any]) -> list[str]:
    query = queryset.query
    if queryset._fields is None:
        return [field.attname for field in queryset.model._meta.concrete_fields]
    return [*query.values_select, *query.annotation_select]


def why_not_copy(queryset: QuerySet[Any], columns: Iterable[Known]) -> str:
    """Why these rows have to be iterated; empty where COPY takes them."""
    connection = connections[queryset.db]
    if connection.vendor != "postgresql":
        return f"COPY is PostgreSQL's; this is {connection.vendor}"
    if not hasattr(
        connection.Database, "sql"
    ):  # psycopg 3 has a module of this name, and so has 2: ask the cursor
        return "COPY needs psycopg 3"
    if connection.Database.__version__.startswith("2."):
        return "COPY needs psycopg 3"
    if queryset.query.combinator:
        return "union() takes no expressions"
    return next((one.reason for one in columns if one.reason), "")


def _know(queryset: QuerySet[Any], column: Column, *, labels: bool) -> Known:
    resolved = F(column.name).resolve_expression(queryset.query.chain(), allow_joins=True)
    field = getattr(resolved, "_output_field_or_none", None)
    header, render = column.header or column.name, column.render
    if render is not None:
        return Known(column.name, header, "python", render, f"{header} is rendered in Python")
    choices = dict(getattr(field, "flatchoices", None) or ()) if labels else {}
    if choices:
        return Known(
            column.name, header, "python", _Label(choices), f"{header} is told by the labels of its choices"
        )
    kind = "python" if isinstance(resolved, TruncBase) else _kind_of(field)  # of no time zone in PostgreSQL
    reason = f"{header} is a {type(field).__name__}, whose text Python writes" if kind == "python" else ""
    return Known(column.name, header, kind, None, reason, isinstance(resolved, Col))


def _kind_of(field: Any) -> str:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if hasattr(field, "from_db_value") and type(field) is not models.JSONField:
        return "python"
    for kind, classes in KINDS.items():
        if isinstance(field, classes):
            return kind
    return "python"


@dataclass(frozen=True, slots=True)
class _Label:
    choices: dict[Any, Any]

    def __call__(self, value: Any) -> Any:
        label = self.choices.get(value, value)
        return label if label is None else str(label)
