"""Every statement that writes to a watched table, whoever sends it: save(), update(), bulk_create(), raw SQL.

Each database connection gets a wrapper that looks at what it sends. What Django writes for one row names the
key, so only that row's tag is closed and those of lists; any other change closes the tag of unnamed rows too.
What never passes Django is not seen: COPY, triggers, cascades of the database, other programs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models import Model

from django_tenfold.cache.purging import close_for_write, is_in_transaction
from django_tenfold.cache.settings import options
from django_tenfold.cache.tags.tagged import ANY, name_row_tag, name_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django_tenfold.cache.tags.tagged import Tagged

_APP = "django_tenfold.cache"
_READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET ", "SHOW", "EXPLAIN SELECT")
_WRITES = re.compile(
    r"\b(?:insert|update|delete|merge|truncate|replace|copy|alter|drop|load|refresh)\b", re.IGNORECASE
)
_TARGET = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) (?:"([^"]+)"|`([^`]+)`) ')
_PLACES = re.compile(r"%s(?:, %s)*")
_MOST_KEYS = 100
"""Rows of one statement whose tags are closed one by one."""
_MOST_INSERTED = 1_000
"""The same of rows that are new: to take back all others for their sake would cost more."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A model's table, and the column of its key as SQL names it."""

    model: Any
    table: str
    key: str


class WatchedTables:
    """By name of the table; from the option `models`, read when the first statement is looked at."""

    def __init__(self) -> None:
        self._found: Mapping[str, Watched] | None = None
        setting_changed.connect(self._forget)

    def __call__(self) -> Mapping[str, Watched]:
        """Raises ImproperlyConfigured where nobody watches: what is cached would outlive every change."""
        found = self._found
        if found is None:
            if not apps.is_installed(_APP):
                raise ImproperlyConfigured(
                    "Something cached shows rows of a model, and nothing watches their changes: it would be shown as"
                    f' it was for its whole lifetime. Add "{_APP}" to INSTALLED_APPS.'
                )
            found = self._found = {one.table: one for one in map(_watch, list_models())}
        return found

    def _forget(self, *, setting: str, **_: object) -> None:
        if setting == "TENFOLD_CACHE":
            self._found = None


def list_models() -> list[Any]:
    """Those of the option, with the parents that their rows are kept in. Raises LookupError."""
    found: dict[Any, None] = {}
    for label in options().models:
        model = apps.get_model(label)._meta.concrete_model
        found.update(dict.fromkeys((model, *model._meta.all_parents)))
    return [*found]


def _watch(model: Any) -> Watched:
    return Watched(model, model._meta.db_table, model._meta.pk.column)


watched_tables = WatchedTables()


def require_watched(of: Iterable[Tagged]) -> None:
    """Raises ImproperlyConfigured: what shows a model that nobody watches would never be taken back."""
    for one in of:
        if isinstance(one, str):
            continue
        model = one.__class__ if isinstance(one, Model) else one
        meta = model._meta.concrete_model._meta
        if meta.db_table not in watched_tables():
            raise ImproperlyConfigured(
                f"Something cached shows {meta.label}, whose changes are not watched: it would be shown as it was"
                f' for its whole lifetime. Add "{meta.label}" to TENFOLD_CACHE["models"].'
            )


def watch_connections() -> None:
    """From now on, also those that are open already."""
    connection_created.connect(_watch_connection, dispatch_uid="tenfold_cache")
    for connection in connections.all(initialized_only=True):
        _watch_connection(connection=connection)


def _watch_connection(*, connection: Any, **_: object) -> None:
    if look_at_statement not in connection.execute_wrappers:
        # In front: Django's `execute_wrapper` takes the last one away, whichever it is.
        connection.execute_wrappers.insert(0, look_at_statement)


def look_at_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """A wrapper for `connection.execute_wrappers`."""
    if isinstance(sql, str) and sql.startswith(_READS) and ";" not in sql:
        return execute(sql, params, many, context)
    tags = find_tags(sql if isinstance(sql, str) else str(sql), None if many else params)
    if not tags:
        return execute(sql, params, many, context)
    connection = context["connection"]
    writer = close_for_write(connection, tags)
    if is_in_transaction(connection):
        return execute(sql, params, many, context)
    try:
        return execute(sql, params, many, context)
    finally:
        writer()


def find_tags(sql: str, params: Any) -> list[str]:
    """What a statement changes. `params` None: of many rows."""
    tables = watched_tables()
    if not tables:
        return []
    target = _TARGET.match(sql)
    if target is None or ";" in sql:  # Django's own are one statement each
        return _find_anywhere(sql, tables)
    one = tables.get(target[2] or target[3])
    if one is None:
        return []
    if target[1] == "INSERT INTO" and "ON CONFLICT" not in sql and "ON DUPLICATE" not in sql:
        return [name_tag(one.model), *_name_inserted(one, sql, params)]
    keys = _find_keys(one, sql, params)
    named = [name_row_tag(one.model, key) for key in keys] or [name_row_tag(one.model, ANY)]
    return [name_tag(one.model), *named]


def _name_inserted(one: Watched, sql: str, params: Any) -> list[str]:
    """Rows whose keys are given, by a user's id or a code: what said that they are not there is wrong now.

    A key that the database gives is new, and not looked for.
    """
    names, _, _ = sql.partition(" (")[2].partition(")")
    columns = names.replace("`", '"').split(", ")
    quoted = f'"{one.key}"'
    if quoted not in columns:
        return []
    place, wide = columns.index(quoted), len(columns)
    keys: Any = ()
    if isinstance(params, list | tuple):
        if " UNNEST(" in sql and len(params) == wide:  # bulk_create() on PostgreSQL: a list for each column
            keys = params[place]
        elif (sql.count("), (") + 1) * wide == sql.count("%s") == len(params):
            keys = params[place::wide]
    if not 0 < len(keys) <= _MOST_INSERTED:
        return [name_row_tag(one.model, ANY)]
    return [name_row_tag(one.model, key) for key in keys]


def _find_keys(one: Watched, sql: str, params: Any) -> tuple[Any, ...]:
    """The rows that it names; none when it may be others."""
    if not isinstance(params, list | tuple) or sql.count(" WHERE ") != 1:
        return ()
    condition = sql.partition(" WHERE ")[2].replace("`", '"')
    named = f'"{one.table}"."{one.key}" '
    if not condition.startswith(named):
        return ()
    rest = condition[len(named) :]
    if rest == "= %s":
        return (params[-1],)
    if rest.startswith("IN (") and rest.endswith(")") and _PLACES.fullmatch(rest[4:-1]):
        count = rest.count("%s")
        return tuple(params[-count:]) if count <= _MOST_KEYS else ()
    return ()


def _find_anywhere(sql: str, tables: Mapping[str, Watched]) -> list[str]:
    """In SQL written by hand every watched table that it names may be the one that it changes."""
    if not _WRITES.search(sql):
        return []
    text = sql.lower()
    found: list[str] = []
    for name, one in tables.items():
        if name.lower() in text:
            found += [name_tag(one.model), name_row_tag(one.model, ANY)]
    return found
