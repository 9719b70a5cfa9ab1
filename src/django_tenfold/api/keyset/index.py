"""Whether an index stands in the order of a keyset: without one each page sorts the whole table.

`find_index` reads the model's Meta, which is what a system check can do; `explain_order` asks the database, which
knows indexes made by hand as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections, models, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django_tenfold.api.keyset.order import Key
    from django_tenfold.api.keyset.paginator import KeysetPaginator


@dataclass(frozen=True, slots=True)
class Listed:
    """An index of a model, as Meta declares it."""

    name: str
    columns: tuple[tuple[str, bool], ...]
    """(column, whether it runs down)."""
    unique: bool


def find_index(
    keys: Sequence[Key],
    model: type[models.Model],
    *,
    equal: frozenset[str] = frozenset(),
    rows: models.QuerySet[Any] | None = None,
) -> str | None:
    """The name of a declared index that stands in this order, None without one.

    `equal` are columns that the filters hold to one value: they may stand before the keys. An index with a condition
    counts when `rows` are filtered by it.
    """
    if any(key.modified or not key.column for key in keys):
        return None
    wanted = [(key.column, key.descending) for key in keys]
    for listed in _list_indexes(model, rows):
        columns = [*listed.columns]
        while columns and columns[0][0] in equal and columns[0][0] != wanted[0][0]:
            columns.pop(0)
        if _serves(columns, wanted, unique=listed.unique):
            return listed.name
    return None


def explain_order(paginator: KeysetPaginator) -> str:
    """Empty when an index serves the order, else the line of the plan that sorts.

    PostgreSQL is asked with sorting and sequential scans made expensive: on a small table it would sort whatever
    indexes there are. Raises NotImplementedError on databases other than PostgreSQL, SQLite and MySQL.
    """
    rows = paginator.first_query()
    connection = connections[rows.db]
    if connection.vendor == "postgresql":
        with transaction.atomic(using=rows.db), connection.cursor() as cursor:
            cursor.execute("set local enable_seqscan = off; set local enable_sort = off")
            told = rows.explain(format="json")
        nodes = [] if not told else [*_walk_plan(json.loads(told)[0]["Plan"])]
        return next((node["Node Type"] for node in nodes if "Sort" in node["Node Type"]), "")
    if connection.vendor in ("sqlite", "mysql"):
        lines = rows.explain().splitlines()
        return next((line for line in lines if "TEMP B-TREE" in line or "filesort" in line), "")
    raise NotImplementedError(f"The plans of {connection.vendor} are not read: look whether one sorts.")


def suggest_index(keys: Sequence[Key]) -> str:
    """The line for Meta.indexes; empty where a key is no column of the model's own."""
    if any(not key.column for key in keys):
        return ""
    names = ", ".join(f'"{"-" if key.descending else ""}{key.name}"' for key in keys)
    return f"models.Index(fields=[{names}])"


def _walk_plan(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _walk_plan(inner)


def _list_indexes(model: type[models.Model], rows: models.QuerySet[Any] | None) -> Iterator[Listed]:
    meta = model._meta
    columns = {field.name: field.column for field in meta.concrete_fields}
    yield Listed("the primary key", tuple((field.column, False) for field in meta.pk_fields), unique=True)
    for field in meta.concrete_fields:
        if field.db_index or field.unique:
            yield Listed(
                f"the index of {field.name}", ((field.column, False),), unique=field.unique and not field.null
            )
    for index in meta.indexes:
        whole = index.condition is None or (rows is not None and _meets(rows, index.condition))
        if index.fields and whole and type(index) in _ordered_kinds():
            told = tuple((columns[name], sign == "DESC") for name, sign in index.fields_orders)
            yield Listed(index.name, told, unique=False)
    for constraint in meta.total_unique_constraints:
        told = tuple((columns[name], False) for name in constraint.fields)
        yield Listed(
            constraint.name, told, unique=not any(meta.get_field(name).null for name in constraint.fields)
        )


def _meets(rows: models.QuerySet[Any], condition: models.Q) -> bool:
    """Whether the condition, word for word, is among those that all the rows meet."""
    wanted, held = rows.model._base_manager.filter(condition).query.where, rows.query.where
    plain = all(one.connector == "AND" and not one.negated for one in (wanted, held))
    return plain and all(one in held.children for one in wanted.children)


def _ordered_kinds() -> tuple[type, ...]:
    """The kinds of index that hold an order; GIN, BRIN and hash do not."""
    found: list[type] = [models.Index]
    try:
        from django.contrib.postgres.indexes import BTreeIndex
    except ImportError:  # no psycopg here
        return tuple(found)
    return (*found, BTreeIndex)


def _serves(columns: Sequence[tuple[str, bool]], wanted: Sequence[tuple[str, bool]], *, unique: bool) -> bool:
    """Whether an index gives the order, read forward or backward."""
    if not columns or (len(columns) < len(wanted) and not unique):
        return False
    pairs = [*zip(columns, wanted, strict=False)]
    same_columns = all(have[0] == want[0] for have, want in pairs)
    turned = {have[1] != want[1] for have, want in pairs}
    return same_columns and len(turned) == 1
