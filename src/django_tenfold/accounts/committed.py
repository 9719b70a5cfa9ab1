"""What a transaction that is still open may have read or written: nothing of it is kept for others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

_CLEAN = """
SELECT pg_current_xact_id_if_assigned() IS NULL AND current_setting('transaction_isolation') = 'read committed'
"""


def reads_committed(alias: str) -> bool:
    """Whether what this thread reads now is what everybody would read.

    Within a transaction only if it has written nothing and sees each commit as it comes; asking costs a
    statement there. Databases other than PostgreSQL do not tell.
    """
    connection = connections[alias]
    if not connection.in_atomic_block:
        return True
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(_CLEAN)
        return bool(cursor.fetchone()[0])


def publish_on_commit(alias: str, key: str, publish: Callable[[], None]) -> None:
    """`publish` once the transaction is committed, at once where there is none; until then `has_written`."""
    transaction.on_commit(partial(_publish, key, publish), using=alias, robust=True)


def has_written(alias: str, key: str) -> bool:
    """Whether this thread's open transaction wrote `key`. A rollback, to a savepoint too, takes it back."""
    waiting = connections[alias].run_on_commit
    return bool(waiting) and any(_is_of(one[1], key) for one in waiting)


def _is_of(hook: Any, key: str) -> bool:
    return isinstance(hook, partial) and hook.func is _publish and hook.args[0] == key


def _publish(key: str, publish: Callable[[], None]) -> None:
    publish()
