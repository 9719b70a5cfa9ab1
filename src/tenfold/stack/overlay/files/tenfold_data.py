"""Carries the rows of the project's own SQLite files into PostgreSQL, and its uploads into the media folder.

    python -m tenfold_data

The SQLite file is only read: a copy of it is brought to the current migrations and read from. All rows go
over in one transaction, table by table as they are (no signal, no `save()`); PostgreSQL checks the foreign
keys at its end. It refuses a database that holds more than what migrations put there.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from types import SimpleNamespace
from typing import Any, Iterator

from tenfold_settings import overlay  # type: ignore[import-not-found]

FOLDER = os.path.dirname(os.path.abspath(__file__))
STACK = os.path.dirname(FOLDER)
BATCH = 1000
"""Rows of one INSERT, less where a table has so many columns that PostgreSQL's 65,535 parameters end first."""
PARAMETERS = 60_000
DERIVED = {"wagtailsearch.indexentry", "wagtailsearch.sqliteftsindexentry"}
"""Search indexes, which each database keeps in its own form: `update_index` makes them anew."""


class Refused(SystemExit):
    """Why nothing was carried over."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def ask_original() -> dict[str, Any]:
    """The project's settings without the stack's databases: where its own rows and uploads are."""
    environment = {k: v for k, v in os.environ.items() if k not in overlay["database_variables"]}
    # A child that started on the overlay would see the stack's settings again.
    environment["PYTHONPATH"] = os.pathsep.join(overlay["paths"])
    request = {key: overlay[key] for key in ("root", "paths", "settings", "configuration")}
    words = [sys.executable, os.path.join(FOLDER, "inspect_project.py"), json.dumps(request)]
    ran = subprocess.run(words, env=environment, stdout=subprocess.PIPE, check=True)
    answer = json.loads(ran.stdout.decode())
    if answer["failure"]:
        text = "{type}: {message} ({file}:{line})".format(**answer["failure"])
        raise Refused(f"The project's own database settings cannot be read: {text}")
    facts: dict[str, Any] = answer["facts"]
    return facts


def find_files(facts: dict[str, Any]) -> dict[str, str]:
    """Alias -> its SQLite file."""
    found = {}
    for alias, entry in facts["DATABASES"].items():
        if "sqlite" in str(entry.get("ENGINE")) or "spatialite" in str(entry.get("ENGINE")):
            path = os.path.abspath(str(entry["NAME"]))
            if os.path.isfile(path) and os.path.getsize(path):
                found[alias] = path
    if not found:
        named = ", ".join(str(entry.get("NAME")) for entry in facts["DATABASES"].values())
        raise Refused(f"There is no SQLite file with rows to carry over (looked at: {named}).")
    return found


def copy_file(path: str) -> str:
    """A copy below the stack's folder; meanwhile nobody writes to the original."""
    folder = os.path.join(STACK, "data", "sqlite")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, mode=0o700)
    copied = os.path.join(folder, os.path.basename(path))
    reading = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        for ending in ("", "-wal"):
            if os.path.exists(path + ending):
                shutil.copyfile(path + ending, copied + ending)
    finally:
        reading.close()
    return copied


def open_copy(alias: str, path: str) -> str:
    """A connection of Django's to the copy, brought to the migrations that PostgreSQL has; its alias."""
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    source = f"tenfold_{alias}"
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": path}
    connections.databases[source] = {
        **connections.databases[alias],
        **entry,
        "OPTIONS": {},
        "CONN_MAX_AGE": 0,
    }
    executor = MigrationExecutor(connections[source])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"{os.path.basename(path)} lacks migrations: its copy gets them first.")
        call_command("migrate", interactive=False, database=source, verbosity=0)
    return source


def carried_models(source: str, target: str) -> Iterator[Any]:
    """Models whose table both sides have, with all its columns."""
    from django.apps import apps
    from django.db import connections, router

    there = set(connections[source].introspection.table_names())
    here = set(connections[target].introspection.table_names())
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        own = meta.managed and not meta.proxy and not meta.swapped
        if not own or not router.allow_migrate_model(target, model) or meta.db_table not in here:
            continue
        with connections[source].cursor() as cursor:
            described = (
                connections[source].introspection.get_table_description(cursor, meta.db_table)
                if meta.db_table in there
                else ()
            )
        columns = {column.name for column in described}
        if meta.label_lower in DERIVED or not {field.column for field in fields_of(model)} <= columns:
            say(f"{meta.db_table}: left as it is")
            continue
        yield model


def fields_of(model: Any) -> list[Any]:
    """Columns of the model's own table that are written to."""
    fields = model._meta.local_concrete_fields
    return [field for field in fields if not getattr(field, "generated", False)]


def count_rows(alias: str, table: str) -> int:
    from django.db import connections

    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
        return int(cursor.fetchone()[0])


def refuse_used(target: str, models: list[Any]) -> None:
    """Nothing is overwritten that a person made: the tables hold what migrations left in them."""
    path = os.path.join(STACK, "data", "postgres", "tenfold-baseline.json")
    baseline: dict[str, int] = {}
    if os.path.isfile(path):
        with open(path, encoding="utf-8") as file:
            baseline = json.load(file).get(target, {})
    for model in models:
        table = model._meta.db_table
        rows = count_rows(target, table)
        if rows != baseline.get(table, 0):
            raise Refused(
                f"The stack's database is not empty: {table} holds {rows} rows. Nothing was carried over. "
                "To begin anew: `tenfold down`, remove .tenfold/data/postgres, `tenfold up --with-data`."
            )


def read_rows(model: Any, source: str) -> Iterator[list[SimpleNamespace]]:
    """The rows in batches, values as Python has them."""
    fields = fields_of(model)
    names = [field.attname for field in fields]
    size = max(1, min(BATCH, PARAMETERS // max(1, len(names))))
    batch: list[SimpleNamespace] = []
    rows = model._base_manager.using(source).order_by().values_list(*names)
    for row in rows.iterator(chunk_size=size):
        # SQLite keeps NUL characters in texts, PostgreSQL has no place for them.
        values = [v.replace("\0", "") if isinstance(v, str) else v for v in row]
        batch.append(SimpleNamespace(**dict(zip(names, values))))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def copy_rows(model: Any, source: str, target: str) -> int:
    """Inserts as `raw`: no default, no auto_now, nothing but the values."""
    from django.db.models.sql import InsertQuery

    fields = fields_of(model)
    carried = 0
    for batch in read_rows(model, source):
        query = InsertQuery(model)
        query.insert_values(fields, batch, raw=True)
        query.get_compiler(using=target).execute_sql()
        carried += len(batch)
    return carried


def carry(alias: str, path: str) -> None:
    from django.core.management.color import no_style
    from django.db import DatabaseError, connections, transaction

    source = open_copy(alias, copy_file(path))
    models = list(carried_models(source, alias))
    refuse_used(alias, models)
    connection = connections[alias]
    label = ""
    try:
        with transaction.atomic(using=alias):
            with connection.cursor() as cursor:
                tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
                cursor.execute(f"TRUNCATE {tables} CASCADE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for model in models:
                label = model._meta.db_table
                carried = copy_rows(model, source, alias)
                check_count(alias, label, carried)
            label = "its foreign keys"
            with connection.cursor() as cursor:
                for statement in connection.ops.sequence_reset_sql(no_style(), models):
                    cursor.execute(statement)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError as error:
        raise Refused(f"PostgreSQL refuses {label}: {error} Nothing was carried over.") from error
    connections[source].close()
    shutil.rmtree(os.path.join(STACK, "data", "sqlite"), ignore_errors=True)


def check_count(alias: str, table: str, carried: int) -> None:
    there = count_rows(alias, table)
    if there != carried:
        raise Refused(f"{table}: {carried} rows were read and {there} stand in PostgreSQL. Nothing was kept.")
    if carried:
        say(f"{table}: {carried}")


def copy_media(facts: dict[str, Any]) -> None:
    """Uploads, beside what is there already."""
    from django.conf import settings

    theirs, ours = str(facts.get("MEDIA_ROOT") or ""), str(settings.MEDIA_ROOT)
    if os.path.isdir(theirs) and ours and os.path.realpath(theirs) != os.path.realpath(ours):
        shutil.copytree(theirs, ours, dirs_exist_ok=True)
        say(f"{theirs}: copied to {ours}")


def main() -> None:
    import django

    facts = ask_original()
    files = find_files(facts)
    django.setup()
    from django.db import connections

    for alias, path in files.items():
        if alias in connections.databases and connections[alias].vendor == "postgresql":
            say(f"{path} -> PostgreSQL, alias {alias}")
            carry(alias, path)
    copy_media(facts)


if __name__ == "__main__":
    main()
