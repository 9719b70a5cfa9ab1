"""What this thread's transactions allow: nothing of an uncommitted write, or of an old snapshot, is kept for others."""

from __future__ import annotations

from django.db import connections

from django_tenfold.cache.purging import is_in_transaction, is_purging

_CLEAN = """
SELECT pg_current_xact_id_if_assigned() IS NULL AND current_setting('transaction_isolation') = 'read committed'
"""


def writes_here() -> bool:
    """Whether an open transaction of this thread wrote something watched: then it reads the database."""
    return any(is_in_transaction(one) and is_purging(one) for one in connections.all(initialized_only=True))


def may_keep() -> bool:
    """Whether what was just read is what everybody would read now.

    Within a transaction only if that has written nothing and sees each commit as it comes; on PostgreSQL
    asking costs a statement there, other databases do not tell.
    """
    for connection in connections.all(initialized_only=True):
        if not is_in_transaction(connection):
            continue
        if connection.vendor != "postgresql" or connection.needs_rollback:
            return False
        with connection.cursor() as cursor:
            cursor.execute(_CLEAN)
            if not cursor.fetchone()[0]:
                return False
    return True
