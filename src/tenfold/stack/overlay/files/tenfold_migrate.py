"""Makes the databases that are not there yet, then migrates each alias: `python -m tenfold_migrate default logs`.

One lock for all that migrate: a second process waits for the first and then finds nothing to do.
"""

from __future__ import annotations

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


def main(aliases: list[str]) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    for alias in aliases:
        make_database(alias)
    held = lock(aliases[0])
    for alias in aliases:
        call_command("migrate", interactive=False, database=alias)
    if held is not None:
        held.close()


if __name__ == "__main__":
    main(sys.argv[1:] or ["default"])
