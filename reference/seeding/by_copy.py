"""Fills PostgreSQL by COPY, in one transaction: all of it is there in the end, or nothing has changed.

https://www.postgresql.org/docs/current/populate.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.management.color import no_style
from django.db import connection, transaction

from reviews.models import Reviewer
from seeding.counting import count_rows
from seeding.indexes import take_off
from seeding.pieces import cut
from seeding.progress import Progress
from seeding.room import refuse_full, remove_members

if TYPE_CHECKING:
    from collections.abc import Callable

    from seeding.tables import Table

SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "10s",
    # Of which the sort of an index has its part; the server's own value is for a server under load.
    "maintenance_work_mem": "512MB",
    "max_parallel_maintenance_workers": "2",
    "work_mem": "256MB",
}
"""For this transaction alone."""


def fill(tables: list[Table], *, add: bool, fresh: bool, say: Callable[[str], object]) -> None:
    """Raises FullError, or whatever the database raises: then nothing has changed.

    Without `add` all tables but that of the people are truncated first, so that COPY may store rows as frozen:
    VACUUM never has to visit them.
    """
    names = [table.name for table in tables] + [Reviewer._meta.db_table]
    own = names[1:]
    with transaction.atomic(), connection.cursor() as cursor:
        for name, value in SETTINGS.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        # Checked at once: what waits for the commit forbids to change its table meanwhile.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
        if not (add or fresh):
            refuse_full()
        taken = take_off(cursor, names)
        # Triggers would note each row, for counters and for the search: both are made anew from all rows.
        for name in own:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        if not add:
            cursor.execute(f"TRUNCATE {', '.join(own)}")
        if fresh:
            _timed(say, "members of an earlier seeding removed", remove_members)
        for table in tables:
            _copy(cursor, table, frozen=not add and table.name in own, say=say)
        _timed(say, "counters", count_rows)
        for one in taken:
            _timed(say, one.name, lambda statement=one.statement: cursor.execute(statement))
        for name in own:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        for statement in connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables]):
            cursor.execute(statement)
        _timed(say, "statistics", lambda: cursor.execute(f"ANALYZE {', '.join(names)}"))


def _copy(cursor: Any, table: Table, *, frozen: bool, say: Callable[[str], object]) -> None:
    progress = Progress(table.name, table.rows, say)
    columns = ", ".join(f'"{column}"' for column in table.columns)
    how = " WITH (FREEZE)" if frozen else ""
    with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN{how}") as copy:
        for piece in cut(table.lines()):
            copy.write("".join(piece).encode())
            progress.add(len(piece))
    progress.end()


def _timed(say: Callable[[str], object], what: str, work: Callable[[], object]) -> None:
    begun = time.monotonic()
    work()
    say(f"  {what}: {time.monotonic() - begun:.1f} s")
