"""The order of a keyset: what each key is, which way it runs, where its NULLs stand, and that it is total.

A page after a row needs an order in which no two rows are equal: the primary key is appended unless the order holds
a unique key already. It runs the way of the last key, so that both are one place of an index, whichever way that is
read. Where NULLs stand without a word is the database's own choice (PostgreSQL takes them for the
largest values, SQLite and MySQL for the smallest); it is kept, because an index stands in that order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import DateTimeField, DecimalField, F, JSONField, OrderBy, TimeField
from django.db.models.expressions import Col
from django.db.models.functions import Random
from django.db.models.functions.datetime import TruncBase

from django_tenfold.api.row_sets import reaches_many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.models import Field, Model, QuerySet


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order."""

    name: str
    """As told: "created", "author__name"; an expression's own text."""
    expression: Any
    field: Any
    """The field that its values are of."""
    descending: bool
    nullable: bool
    nulls_first: bool
    """In this direction."""
    modified: bool
    """Whether NULLS FIRST or LAST must be written: it is not what the database does by itself."""
    attribute: str = ""
    """Of an instance, where it holds the value; else the value has to be selected."""
    column: str = ""
    """Of the model's own table; empty for anything else."""
    sql: str = ""
    """Of an expression, which its name does not always tell."""

    def reverse(self) -> Key:
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)

    def order_by(self) -> OrderBy:
        nulls = {}
        if self.modified:
            nulls = {"nulls_first" if self.nulls_first else "nulls_last": True}
        return OrderBy(self.expression, descending=self.descending, **nulls)

    @property
    def shape(self) -> str:
        """What two orders that take the same cursors agree on."""
        told = f"{'-' if self.descending else ''}{self.sql or self.name}:{type(self.field).__name__}"
        return f"{told}:{self.nulls_first}" if self.nullable else told


def find_order(queryset: QuerySet[Any], order_by: Iterable[Any] | str | None = None) -> tuple[Key, ...]:
    """The keys of a total order: those told, else the queryset's, else Meta.ordering; then the primary key.

    Raises TypeError for an order that no page can follow ("?", one without a field, those of `_refuse_unequal` and of
    to-many relations), FieldError for an unknown name.
    """
    told = [order_by] if isinstance(order_by, str) else [*(order_by or ())]
    model = queryset.model
    told = told or [*queryset.query.order_by] or [*(model._meta.ordering or ())]
    if queryset.query.standard_ordering is False:
        raise TypeError("A reversed queryset has no order to page by: name the keys with order_by=.")
    keys: dict[str, Key] = {}
    for one in [item for entry in told for item in _spell_out(entry, model)]:
        key = _make_key(one, queryset)
        keys.setdefault(key.name, key)
    if not is_total(keys.values(), model):
        down = bool(keys) and [*keys.values()][-1].descending
        for name in _primary_key(model):
            keys.setdefault(name, _make_key(f"-{name}" if down else name, queryset))
    return tuple(keys.values())


def is_total(keys: Iterable[Key], model: type[Model]) -> bool:
    """Whether no two rows can be equal by these keys: they hold all columns of something unique without NULLs."""
    columns = {key.column for key in keys if key.column and not key.nullable}
    named = {field.name: field.column for field in model._meta.concrete_fields}
    unique = [[field.column] for field in model._meta.concrete_fields if field.unique]
    unique += [[named[name] for name in _primary_key(model)]]
    unique += [[named[name] for name in names if name in named] for names in model._meta.unique_together]
    unique += [
        [named[name] for name in constraint.fields if name in named]
        for constraint in model._meta.total_unique_constraints
    ]
    return any(one and columns.issuperset(one) for one in unique)


def _primary_key(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.pk_fields]


def _spell_out(entry: Any, model: type[Model]) -> list[Any]:
    """What one entry stands for: "pk" for the fields of the key, a relation for the order of its model."""
    if not isinstance(entry, str):
        return [entry]
    sign, name = ("-", entry[1:]) if entry.startswith("-") else ("", entry.lstrip("+"))
    if name == "pk":
        return [sign + one for one in _primary_key(model)]
    fields = [*_walk(name, model)]
    last = fields[-1] if fields else None
    if last is None or not last.is_relation or name.endswith(last.attname):
        return [entry]
    inner = [
        one
        for told in last.related_model._meta.ordering or ()
        for one in _spell_out(told, last.related_model)
    ]
    if not all(isinstance(one, str) for one in inner):
        raise TypeError(f"{name!r} is ordered by expressions: name what to order by in their place.")
    return [f"{_flip(sign, one)}{name}__{one.lstrip('-')}" for one in inner] or [entry]


def _flip(sign: str, name: str) -> str:
    """The sign of `name` in an order that has `sign` itself."""
    return "-" if (sign == "-") != name.startswith("-") else ""


def _make_key(told: Any, queryset: QuerySet[Any]) -> Key:
    expression, descending, nulls_first = _read_entry(told)
    query = queryset.query.chain()
    resolved = expression.resolve_expression(query, allow_joins=True)
    field = getattr(resolved, "_output_field_or_none", None)
    if field is None:
        raise TypeError(f"{told!r} has no one type of value to page by: give the expression an output_field.")
    if reaches_many(resolved, query):
        raise TypeError(
            f"{told!r} has many values for one row: annotate one of them, by Min(...), and page by that."
        )
    _refuse_unequal(told, resolved, field, using=queryset.db)
    name = expression.name if isinstance(expression, F) else repr(expression)
    attribute, column, nullable = _find_column(name, expression, resolved, queryset)
    by_itself = connections[queryset.db].features.nulls_order_largest == descending
    first = by_itself if nulls_first is None else nulls_first
    return Key(
        name=name,
        expression=expression,
        field=field,
        descending=descending,
        nullable=nullable,
        nulls_first=first,
        modified=nullable and first != by_itself,
        attribute=attribute,
        column=column,
        sql="" if isinstance(expression, F) else _write_sql(resolved, query, queryset.db),
    )


def _refuse_unequal(told: Any, resolved: Any, field: Any, *, using: str) -> None:
    """Raises TypeError where a value that was read is not equal to what the database has, or not again."""
    if isinstance(resolved, Random):
        raise TypeError(f"A random order has no pages: {told!r} cannot be paged by keys.")
    if isinstance(field, JSONField):  # null of JSON and NULL are one in Python
        raise TypeError(f"{told!r} is JSON, whose null is not NULL: page by its text, KT('...').")
    if isinstance(resolved, TruncBase) and isinstance(field, (DateTimeField, TimeField)):
        raise TypeError(f"{told!r} is a time of no zone in the database: give it output_field=DateField().")
    if (
        isinstance(field, DecimalField)
        and connections[using].vendor == "sqlite"
        and not isinstance(resolved, Col)
    ):
        raise TypeError(f"SQLite computes {told!r} as a float: Cast(..., FloatField()) can be paged by.")


def _write_sql(resolved: Any, query: Any, using: str) -> str:
    """Some expressions have no text but this one; without a meaning beyond that: see Key.shape."""
    try:
        sql, values = query.get_compiler(using=using).compile(resolved)
    except EmptyResultSet:
        return repr(type(resolved))
    return f"{sql} {values}"


def _read_entry(told: Any) -> tuple[Any, bool, bool | None]:
    """(expression, descending, NULLs first or None for the database's own)."""
    if isinstance(told, str):
        if told == "?":
            raise TypeError("A random order has no pages: order_by('?') cannot be paged by keys.")
        return F(told.lstrip("-+")), told.startswith("-"), None
    if not isinstance(told, OrderBy):
        return told, False, None
    nulls = True if told.nulls_first else (False if told.nulls_last else None)
    return told.expression, told.descending, nulls


def _find_column(name: str, expression: Any, resolved: Any, queryset: QuerySet[Any]) -> tuple[str, str, bool]:
    """(attribute, column, whether it can be NULL); what cannot be told can be NULL."""
    model = queryset.model
    if not isinstance(expression, F) or not isinstance(resolved, Col) or name in queryset.query.annotations:
        return "", "", True
    own = resolved.alias == model._meta.db_table
    fields = [*_walk(name, model)]
    nullable = not fields or any(getattr(field, "null", True) for field in fields)
    if len(fields) == 1 and own:
        return (
            "" if _is_deferred(fields[0], queryset.query) else fields[0].attname,
            fields[0].column,
            nullable,
        )
    return "", "", nullable


def _is_deferred(field: Any, query: Any) -> bool:
    """Whether defer() or only() leave the field out: a row would ask for it, which a coroutine cannot wait for."""
    names, deferred = query.deferred_loading
    if not names or field.primary_key:
        return False
    return bool((field.name in names or field.attname in names) == deferred)


def _walk(name: str, model: Any) -> Iterator[Field[Any, Any]]:
    """The fields of a path; nothing for a path through something else than forward relations."""
    found: list[Any] = []
    for part in name.split("__"):
        known = {} if model is None else {one.attname: one for one in model._meta.concrete_fields}
        known.update({one.name: one for one in known.values()})
        if part not in known:
            return
        field = known[part]
        found.append(field)
        model = field.related_model
    yield from found


def read_values(keys: Sequence[Key], row: Any, names: Sequence[str]) -> tuple[Any, ...]:
    """The values of the keys in a row; `names` are those of its items where it is a tuple."""
    if isinstance(row, dict):
        return tuple(row[key.name] for key in keys)
    if names:
        items = row if isinstance(row, tuple) else (row,)  # flat=True
        return tuple(items[names.index(key.name)] for key in keys)
    return tuple(
        getattr(row, key.attribute or alias) for key, alias in zip(keys, key_aliases(keys), strict=True)
    )


def key_aliases(keys: Sequence[Key]) -> list[str]:
    """Under which a key is selected that no attribute holds."""
    return [f"keyset_{number}" for number, _ in enumerate(keys)]
