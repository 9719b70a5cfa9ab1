"""The triggers that write the change log on PostgreSQL: what the ORM, QuerySet.update() and psql change alike.

They stand on the session table and on whatever a request's user consists of: the tables of AUTH_USER_MODEL and
its parents, its groups and permissions, and the models that the options `user_also` and `user_with` name. They
are statement triggers: an UPDATE of a million users writes one line, "all of them". `migrate` installs them; a
system check and every process look whether they are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, router, transaction

from django_tenfold.accounts.change_log import SESSION, USER
from django_tenfold.accounts.models import Change, Session
from django_tenfold.accounts.remembered_relations import list_relations
from django_tenfold.accounts.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PREFIX = "tenfold_accounts_log"
MOST_KEYS = 1_000
"""Keys that one statement logs one by one; of more, all are taken to have changed."""


_ROWS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
    "truncate": "",
}


@dataclass(frozen=True, slots=True)
class Watched:
    """A table whose changes are logged."""

    table: str
    kind: str
    column: str
    """That holds the key; "" where a change concerns all keys."""
    events: tuple[str, ...] = ("insert", "update", "delete", "truncate")

    @property
    def function(self) -> str:
        """Sessions have one of their own: what extends a session only is no change."""
        return f"{PREFIX}_session" if self.kind == SESSION else PREFIX

    def triggers(self) -> Iterator[str]:
        for event in self.events:
            yield f"{PREFIX}_{event}"


def list_watched(alias: str) -> tuple[Watched, ...]:
    """Every table with triggers in one database, for the user model that the project has."""
    user, found = get_user_model(), {}
    if router.db_for_write(Session) == alias:
        found[Session._meta.db_table] = Watched(Session._meta.db_table, SESSION, "session_key", _LATER)
    if router.db_for_write(user) == alias:
        found |= {one.table: one for one in _list_of_users(user)}
    return tuple(found.values())


def _list_of_users(user: Any) -> Iterator[Watched]:
    for model in (user, *user._meta.get_parent_list()):
        if not model._meta.proxy:
            yield Watched(model._meta.db_table, USER, model._meta.pk.column, _LATER)
    for field in user._meta.many_to_many:
        if field.name in ("groups", "user_permissions"):
            yield Watched(field.m2m_db_table(), USER, field.m2m_column_name())
    yield from _list_shared(user)
    yield from _list_named()
    yield from _list_remembered_with(user)


_LATER = ("update", "delete", "truncate")
"""A row that is new is in no memory."""


def _list_shared(user: Any) -> Iterator[Watched]:
    """What many users' permissions consist of."""
    if not hasattr(user, "user_permissions"):
        return
    permission, group = apps.get_model("auth.Permission"), apps.get_model("auth.Group")
    for table in (permission._meta.db_table, group.permissions.through._meta.db_table):
        yield Watched(table, USER, "")
    yield Watched(group._meta.db_table, USER, "", _LATER)


def _list_named() -> Iterator[Watched]:
    """Of the option `user_also`: "shop.Profile.user" is the field of a model that leads to the user."""
    for named in options().user_also:
        model, _, field = named.rpartition(".")
        found = apps.get_model(model)
        yield Watched(found._meta.db_table, USER, found._meta.get_field(field).column)


def _list_remembered_with(user: Any) -> Iterator[Watched]:
    """Of the option `user_with`."""
    for relation in list_relations(user):
        yield Watched(relation.related_model._meta.db_table, USER, relation.field.column)


_FUNCTION = """
CREATE OR REPLACE FUNCTION {schema}.{name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $${body}$$
"""
_BODIES = {
    PREFIX: """
DECLARE
    keys text[];
    part text[];
    source text;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO {table} (txid, kind, key) VALUES (pg_current_xact_id()::text::bigint, TG_ARGV[0], '');
        RETURN NULL;
    END IF;
    FOREACH source IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY['new_rows'] WHEN 'DELETE' THEN ARRAY['old_rows']
                            ELSE ARRAY['old_rows', 'new_rows'] END LOOP
        EXECUTE format('SELECT array_agg(k) FROM (SELECT %s::text AS k FROM %I LIMIT {most} + 1) AS few',
                       CASE TG_ARGV[1] WHEN '' THEN quote_literal('') ELSE format('%I', TG_ARGV[1]) END, source)
            INTO part;
        keys := CASE WHEN cardinality(part) > {most} THEN ARRAY[''] ELSE keys || part END;
        EXIT WHEN keys = ARRAY[''];
    END LOOP;
    INSERT INTO {table} (txid, kind, key)
        SELECT DISTINCT pg_current_xact_id()::text::bigint, TG_ARGV[0], k FROM unnest(keys) AS k
        WHERE k IS NOT NULL;
    RETURN NULL;
END """,
    f"{PREFIX}_session": """
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO {table} (txid, kind, key) VALUES (pg_current_xact_id()::text::bigint, 'session', '');
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO {table} (txid, kind, key)
            SELECT pg_current_xact_id()::text::bigint, 'session', session_key FROM old_rows
            WHERE expire_date > now();
    ELSE
        INSERT INTO {table} (txid, kind, key, version)
            SELECT pg_current_xact_id()::text::bigint, 'session', o.session_key,
                   CASE WHEN n.version > o.version AND n.expire_date >= o.expire_date THEN n.version END
            FROM old_rows o LEFT JOIN new_rows n USING (session_key)
            WHERE n.session_key IS NULL OR n.expire_date < o.expire_date
               OR n.version <> o.version OR n.session_data IS DISTINCT FROM o.session_data;
    END IF;
    RETURN NULL;
END """,
}
_FOUND = """
SELECT c.relname, t.tgname, encode(t.tgargs, 'escape') FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
WHERE t.tgname LIKE %s AND t.tgenabled IN ('O', 'A') AND pg_catalog.pg_table_is_visible(c.oid)
"""


def find_missing(cursor: Any, watched: Iterable[Watched]) -> list[str]:
    """What is not there, not enabled or of another release: "table (trigger)", "function()"."""
    return [*_find_old_functions(cursor), *_find_missing_triggers(cursor, watched)]


def _find_old_functions(cursor: Any) -> list[str]:
    schema, table = _name_change_table(cursor)
    cursor.execute(
        "SELECT p.proname, p.prosrc FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n"
        " ON n.oid = p.pronamespace WHERE quote_ident(n.nspname) = %s AND p.proname = ANY(%s)",
        [schema, list(_BODIES)],
    )
    there = dict(cursor.fetchall())
    return [f"{name}()" for name in _BODIES if there.get(name) != _write_body(name, table)]


def _write_body(name: str, table: str) -> str:
    return _BODIES[name].replace("{table}", table).replace("{most}", str(MOST_KEYS))


def _find_missing_triggers(cursor: Any, watched: Iterable[Watched]) -> list[str]:
    cursor.execute(_FOUND, [PREFIX.replace("_", r"\_") + "%"])
    there = {(table, trigger, args) for table, trigger, args in cursor.fetchall()}
    return [
        f"{one.table} ({trigger})"
        for one in watched
        for trigger in one.triggers()
        if (one.table, trigger, _stored_arguments(one)) not in there
    ]


def _stored_arguments(one: Watched) -> str:
    """As pg_trigger keeps them: each ended by a NUL."""
    return "" if one.kind == SESSION else f"{one.kind}\\000{one.column}\\000"


def install(connection: Any, watched: Iterable[Watched]) -> None:
    """Functions and triggers, anew, in one transaction; then everything that is remembered anywhere is dropped."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        schema, table = _name_change_table(cursor)
        for name in _BODIES:
            cursor.execute(_FUNCTION.format(schema=schema, name=name, body=_write_body(name, table)))
        for one in watched:
            for sql in _write_triggers(one, schema, connection.ops.quote_name):
                cursor.execute(sql)
        cursor.execute(
            f"INSERT INTO {table} (txid, kind, key) SELECT txid, kind, '' FROM"
            " (SELECT pg_current_xact_id()::text::bigint AS txid) AS now, unnest(%s::text[]) AS kind",
            [[SESSION, USER, "floor"]],
        )


def install_after_migrate(*, using: str, **_: object) -> None:
    """What is missing, at the end of `migrate`; tables that a later migration makes are watched after that."""
    connection = connections[using]
    if connection.vendor != "postgresql" or not router.allow_migrate_model(using, Change):
        return
    with connection.cursor() as cursor:
        watched = list_existing(cursor)
        missing = find_missing(cursor, watched) if watched else []
    if missing:
        install(connection, watched)


def list_existing(cursor: Any) -> list[Watched]:
    """Those that are there already; none before the log itself is. Views have no triggers, and are not listed."""
    tables = set(cursor.db.introspection.table_names(cursor))
    if Change._meta.db_table not in tables:
        return []
    return [one for one in list_watched(cursor.db.alias) if one.table in tables]


def remove(schema_editor: Any) -> None:
    """Before the tables of the block go: a trigger that cannot write its log fails the change itself."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        schema, _ = _name_change_table(cursor)
        for name in _BODIES:
            cursor.execute(f"DROP FUNCTION IF EXISTS {schema}.{name}() CASCADE")


def _name_change_table(cursor: Any) -> tuple[str, str]:
    """Its schema, and it with its schema: triggers find it whatever the search_path of who changes something."""
    cursor.execute(
        "SELECT quote_ident(n.nspname), quote_ident(c.relname) FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = %s::regclass",
        [cursor.db.ops.quote_name(Change._meta.db_table)],
    )
    schema, table = cursor.fetchone()
    return schema, f"{schema}.{table}"


def _write_triggers(watched: Watched, schema: str, quote: Any) -> Iterator[str]:
    arguments = "" if watched.kind == SESSION else f"'{watched.kind}', '{watched.column}'"
    for event, name in zip(watched.events, watched.triggers(), strict=True):
        yield f"DROP TRIGGER IF EXISTS {name} ON {quote(watched.table)}"
        yield (
            f"CREATE TRIGGER {name} AFTER {event.upper()} ON {quote(watched.table)} {_ROWS[event]}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{watched.function}({arguments})"
        )
