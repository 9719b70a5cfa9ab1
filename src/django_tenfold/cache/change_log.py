"""What PostgreSQL notes of every change to watched tables, whoever makes it: psql, COPY, cascades, other services.

Statement triggers write the tags of what changed to a table, in the transaction of the change. Who purges deletes
them there, takes them back in the cache, and commits: what has been committed is seen by then, however long it
took, and what could not be purged is there still. https://www.postgresql.org/docs/current/sql-createtrigger.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connections, models, router, transaction

from django_tenfold.cache.purging import take_back
from django_tenfold.cache.tags.tagged import ANY
from django_tenfold.cache.writes import list_models

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "tenfold_cache_change"
NAME = "tenfold_cache_log"
"""Of the function, and the start of the triggers' names."""
MOST_KEYS = 100
"""Rows of one statement that are noted one by one; of more, all are taken to have changed."""
MOST_TAGS = 5_000
"""That are taken back at once."""
_KEYS_AS_TEXT = (models.IntegerField, models.CharField, models.TextField, models.UUIDField)
"""Keys that the database writes as tags do; of other kinds all rows are taken to have changed."""

_EVENTS = {
    "insert": "REFERENCING NEW TABLE AS changed_rows",
    "update": "REFERENCING OLD TABLE AS changed_rows",
    "delete": "REFERENCING OLD TABLE AS changed_rows",
    "truncate": "",
}
_CREATE_TABLE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tag text NOT NULL, at timestamptz NOT NULL DEFAULT now()
)
"""
_CREATE_FUNCTION = """
CREATE OR REPLACE FUNCTION {schema}.{name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP <> 'TRUNCATE' AND TG_ARGV[1] <> '' THEN
        EXECUTE format('SELECT array_agg(k) FROM (SELECT %I::text AS k FROM changed_rows LIMIT {most} + 1) AS few',
                       TG_ARGV[1]) INTO keys;
        IF keys IS NULL THEN
            RETURN NULL;
        END IF;
    ELSIF TG_OP <> 'INSERT' THEN
        keys := ARRAY['*'];
    END IF;
    IF cardinality(keys) > {most} THEN
        keys := ARRAY['*'];
    END IF;
    INSERT INTO {schema}.{table} (tag)
        SELECT TG_ARGV[0] UNION ALL SELECT TG_ARGV[0] || ':' || k FROM unnest(keys) AS k;
    RETURN NULL;
END $$
"""
_TAKE = f"""
WITH gone AS (
    DELETE FROM {TABLE} WHERE id IN (SELECT id FROM {TABLE} ORDER BY id LIMIT {MOST_TAGS} FOR UPDATE SKIP LOCKED)
    RETURNING tag, at
)
SELECT tag, extract(epoch FROM clock_timestamp() - min(at)) FROM gone GROUP BY tag
"""


def list_logged(alias: str) -> list[tuple[Any, str]]:
    """Watched models whose tables are in that database, and the column of their keys; "" where text differs."""
    found = []
    for model in list_models():
        if router.db_for_write(model) == alias:
            key = model._meta.pk
            plain = isinstance(_follow(key), _KEYS_AS_TEXT)
            found.append((model, key.column if plain else ""))
    return found


def _follow(field: Any) -> Any:
    """The field that a key which is a relation refers to."""
    while getattr(field, "remote_field", None):
        field = field.target_field
    return field


def install(alias: str) -> list[str]:
    """The table, the function and the triggers, anew; the names of the tables that are logged."""
    logged = list_logged(alias)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(_CREATE_TABLE)
        schema = _find_schema(cursor)
        cursor.execute(
            _CREATE_FUNCTION.replace("{schema}", schema)
            .replace("{name}", NAME)
            .replace("{table}", TABLE)
            .replace("{most}", str(MOST_KEYS))
        )
        for model, key in logged:
            for statement in _write_triggers(cursor.db, model, key, schema=schema):
                cursor.execute(statement)
    return [model._meta.db_table for model, _ in logged]


def _write_triggers(connection: Any, model: Any, key: str, *, schema: str) -> Iterator[str]:
    table, label = connection.ops.quote_name(model._meta.db_table), model._meta.label_lower
    given = not model._meta.pk.db_returning  # keys that the database gives nobody looked for before
    for event, rows in _EVENTS.items():
        of = key if event != "insert" or given else ""
        yield f"DROP TRIGGER IF EXISTS {NAME}_{event} ON {table}"
        yield (
            f"CREATE TRIGGER {NAME}_{event} AFTER {event.upper()} ON {table} {rows if of else ''}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{NAME}('{label}', '{of}')"
        )


def _find_schema(cursor: Any) -> str:
    """That of the log: triggers find it whatever the search_path of who changes something."""
    cursor.execute(
        "SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE c.oid = '{TABLE}'::regclass"
    )
    return str(cursor.fetchone()[0])


def remove(alias: str) -> None:
    """Triggers, function and table."""
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(f"DROP FUNCTION IF EXISTS {NAME}() CASCADE")
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def find_unlogged(alias: str) -> list[str]:
    """Watched tables without all of their triggers."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname LIKE %s AND t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid) GROUP BY 1",
            [NAME.replace("_", r"\_") + "%"],
        )
        there = dict(cursor.fetchall())
    tables = [model._meta.db_table for model, _ in list_logged(alias)]
    return [table for table in tables if there.get(table) != len(_EVENTS)]


def purge_logged(alias: str) -> tuple[int, float]:
    """Takes back what was logged: how many tags, and the seconds since the oldest of these changes.

    Raises StoreGoneError and DatabaseError; nothing is lost then.
    """
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(_TAKE)
        found = dict(cursor.fetchall())
        if not found:
            return 0, 0.0
        take_back(tuple(found))
    return len(found), float(max(found.values()))


assert ANY == "*"  # as the function above writes it
