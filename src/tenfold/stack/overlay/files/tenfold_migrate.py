"""Makes the databases that are not there yet, then migrates each alias: `python -m tenfold_migrate default logs`.

One lock for all that migrate: a second process waits for the first and then finds nothing to do.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

LOCK = 7_246_305_001
"""An advisory lock's number, PostgreSQL's only way to name one."""


def make_database(alias: str) -> None:
    """Creates the alias's database when the server lacks it."""
    from django.db import connections

    wrapper = connections[alias]
    if wrapper.vendor != "postgresql":
        return
    name = wrapper.settings_dict["NAME"]
    with wrapper._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {wrapper.ops.quote_name(name)}")


def lock(alias: str) -> Any:
    """A connection of its own that holds the lock until the process ends; None without PostgreSQL."""
    from django.db import connections

    wrapper = connections[alias].copy(alias)
    if wrapper.vendor != "postgresql":
        return None
    wrapper.ensure_connection()
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        while not cursor.fetchone()[0]:
            time.sleep(0.5)
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
    return wrapper


def is_new(alias: str) -> bool:
    """Whether no migration ever ran there."""
    from django.db import connections

    return "django_migrations" not in connections[alias].introspection.table_names()


def remember_rows(aliases: list[str]) -> None:
    """What migrations themselves put into new databases: more than that is a person's (see tenfold_data)."""
    from django.db import connections

    found: dict[str, dict[str, int]] = {}
    for alias in aliases:
        connection = connections[alias]
        rows = found.setdefault(alias, {})
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
                rows[table] = cursor.fetchone()[0]
    stack = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = os.path.join(stack, "data", "postgres", "tenfold-baseline.json")
    if os.path.isdir(os.path.dirname(path)):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(found, file)


def main(aliases: list[str]) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    for alias in aliases:
        make_database(alias)
    held = lock(aliases[0])
    new = [alias for alias in aliases if is_new(alias)]
    for alias in aliases:
        call_command("migrate", interactive=False, database=alias)
    if new:
        remember_rows(new)
    if held is not None:
        held.close()


if __name__ == "__main__":
    main(sys.argv[1:] or ["default"])
