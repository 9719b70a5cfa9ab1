"""Would this index help this query? Asked of PostgreSQL's planner, before the index is built.

    from django_tenfold.db.index_weights import weigh_index

    weight = weigh_index(Review.objects.filter(product=7).order_by("-written")[:20], ["product", "-written"])
    weight.used, weight.cost_before, weight.cost_after, weight.size_bytes   # True, 25_730.1, 11.6, 31_000_000
    print(weight.operation)                                                  # what to write into a migration

With the extension hypopg the index is only imagined: nothing is built or locked
(https://hypopg.readthedocs.io). Without it `build=True` builds the index in a transaction that is rolled back, of a
table of up to `most_rows` rows: its writers wait meanwhile. `method` tells which of the two gave the answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, connections, transaction
from django.db.migrations.writer import OperationWriter
from django.db.models import Index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import Model, QuerySet

MOST_ROWS = 1_000_000
"""Of a table whose index is really built: some seconds in which writers wait."""
LOCK_TIMEOUT = "1s"
BUILD_TIMEOUT = "30s"


class CannotWeighError(RuntimeError):
    """There is no answer; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class IndexWeight:
    """What the planner makes of an index. Costs are the planner's own unit: they compare plans, and are no times."""

    method: Literal["hypopg", "built"]
    """Whether the index was imagined by hypopg, or built and rolled back."""
    used: bool
    cost_before: float
    cost_after: float
    size_bytes: int
    """Estimated by hypopg, measured of an index that was built."""
    ddl: str
    operation: str
    """For a migration with `atomic = False`."""

    @property
    def times(self) -> float:
        """How many times less the query costs with the index."""
        return self.cost_before / self.cost_after if self.cost_after else 1.0


def weigh_index(
    rows: QuerySet[Any],
    index: Index | Sequence[str],
    *,
    build: bool = False,
    most_rows: int = MOST_ROWS,
) -> IndexWeight:
    """What the index, or one on these fields ("-field" descends), does for the query of `rows`.

    The query is planned, never run. Raises CannotWeighError without PostgreSQL, without hypopg unless `build` is
    true, for a kind of index that hypopg does not know, and for a table that is too long or too busy to build on.
    """
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        raise CannotWeighError(f"{rows.db} is {connection.vendor}: only PostgreSQL's planner is asked here.")
    index = _named(index, rows.model)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        ddl = str(index.create_sql(rows.model, editor))
        real = str(index.create_sql(rows.model, editor, concurrently=True))
    query = _Query(rows)
    schema = _find_hypopg(connection)
    if schema is not None:
        before, after, used, size = _imagine(query, ddl, connection, schema=schema)
    elif build:
        before, after, used, size = _build(query, ddl, connection, name=index.name, most_rows=most_rows)
    else:
        raise CannotWeighError(
            f"{rows.db} has no extension hypopg: install it (Debian: postgresql-NN-hypopg) and run CREATE EXTENSION"
            " hypopg, or pass build=True (--build) to build the index in a transaction that is rolled back; writers"
            " of the table wait meanwhile."
        )
    method: Literal["hypopg", "built"] = "built" if schema is None else "hypopg"
    return IndexWeight(method, used, before, after, size, real, _write_operation(rows.model, index))


class _Query:
    """The SELECT of a queryset, to be explained."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.table = rows.model._meta.db_table
        try:
            self.sql, self.values = rows.query.get_compiler(rows.db).as_sql()
        except EmptyResultSet:
            raise CannotWeighError(
                "The query can find no row, so it is never sent; no index helps it."
            ) from None

    def explain(self, cursor: Any) -> dict[str, Any]:
        cursor.execute(f"explain (format json) {self.sql}", self.values)
        found = cursor.fetchone()[0]
        plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        return plan


def _named(index: Index | Sequence[str], model: type[Model]) -> Index:
    index = index.clone() if isinstance(index, Index) else Index(fields=[*index])
    if not index.name:
        index.set_name_with_model(model)
    return index


def _find_hypopg(connection: Any) -> str | None:
    """The schema of the extension's functions, quoted; None where it is not installed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select quote_ident(extnamespace::regnamespace::text) from pg_extension where extname = 'hypopg'"
        )
        found = cursor.fetchone()
    return str(found[0]) if found else None


def _imagine(query: _Query, ddl: str, connection: Any, *, schema: str) -> tuple[float, float, bool, int]:
    """Within one transaction, so that a pooler keeps the one backend that knows of the index."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        before = query.explain(cursor)
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute(f"select indexrelid, indexname from {schema}.hypopg_create_index(%s)", [ddl])
                identity, name = cursor.fetchone()
        except DatabaseError as problem:
            raise CannotWeighError(
                f"hypopg cannot imagine it: {str(problem).splitlines()[0]}. Build it on a copy of the database, and"
                " compare EXPLAIN there."
            ) from problem
        try:
            with transaction.atomic(using=connection.alias):
                after = query.explain(cursor)
                cursor.execute(f"select {schema}.hypopg_relation_size(%s)", [identity])
                size = int(cursor.fetchone()[0])
        finally:
            # What hypopg imagines outlives the transaction: later plans of this connection would know of it.
            cursor.execute(f"select {schema}.hypopg_drop_index(%s)", [identity])
    return before["Total Cost"], after["Total Cost"], name in _list_indexes(after), size


def _build(
    query: _Query, ddl: str, connection: Any, *, name: str, most_rows: int
) -> tuple[float, float, bool, int]:
    table = connection.ops.quote_name(query.table)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"select count(*) from (select from {table} limit %s) as rows", [most_rows + 1])
        if cursor.fetchone()[0] > most_rows:
            raise CannotWeighError(
                f"{query.table} has more than {most_rows:,} rows, and its writers would wait for the whole build:"
                " install hypopg, ask a copy of the database, or raise most_rows (--most-rows)."
            )
        before = query.explain(cursor)
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
                cursor.execute(f"set local statement_timeout = '{BUILD_TIMEOUT}'")
                cursor.execute(ddl)
                after = query.explain(cursor)
                cursor.execute("select pg_relation_size(%s::regclass)", [connection.ops.quote_name(name)])
                size = int(cursor.fetchone()[0])
                transaction.set_rollback(True, using=connection.alias)
        except DatabaseError as problem:
            raise CannotWeighError(
                f"The index could not be built to ask for it: {str(problem).splitlines()[0]}. Ask when the table is"
                " less busy, or install hypopg."
            ) from problem
    return before["Total Cost"], after["Total Cost"], name in _list_indexes(after), size


def _list_indexes(plan: dict[str, Any]) -> Iterator[str]:
    """Names of the indexes that a plan reads."""
    if name := plan.get("Index Name"):
        yield str(name)
    for inner in plan.get("Plans", ()):
        yield from _list_indexes(inner)


def _write_operation(model: type[Model], index: Index) -> str:
    # imports psycopg, which a project on another database has not
    from django.contrib.postgres.operations import AddIndexConcurrently

    operation = AddIndexConcurrently(model._meta.model_name, index)
    written = str(OperationWriter(operation, indentation=0).serialize()[0])
    return written.rstrip(",").removeprefix(f"{AddIndexConcurrently.__module__}.")
