"""Puts derived fields in place, and proves or mends what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections

from django_tenfold.db.batches import change_in_batches
from django_tenfold.db.counters.declaring import is_kept
from django_tenfold.db.derived.fields import AggregatedField
from django_tenfold.db.derived.triggers import REPAIRING, make_triggers, sql_of
from django_tenfold.db.trigger_sets import find_faults, run_ddl

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from django_tenfold.db.batches import Report
    from django_tenfold.db.derived.fields import DerivedField

SHOWN = 20


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row whose column is not what it is derived from."""

    key: str
    held: object
    derived: object


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many rows are wrong, and some of them."""

    field: str
    wrong: int
    shown: tuple[WrongRow, ...]


def install_field(derived: DerivedField, *, using: str, progress: Report = None) -> int:
    """Put the triggers in place, then fill what is there; the number of rows that were filled.

    Writers are held for an instant only: rows are filled afterwards, a batch at a time. Nothing happens but on
    PostgreSQL. Raises OperationalError when a table stays locked, ValueError for a field that cannot be kept.
    """
    if not is_kept(using):
        return 0
    connection = connections[using]
    run_ddl(make_triggers(derived, connection).create_statements(connection), using=using)
    return repair_field(derived, using=using, progress=progress)


def remove_field(derived: DerivedField, *, using: str) -> None:
    """Take the triggers away; the column stays as it is."""
    if is_kept(using):
        connection = connections[using]
        run_ddl(make_triggers(derived, connection).drop_statements(connection), using=using)


def find_field_faults(derived: DerivedField, *, using: str) -> tuple[str, ...]:
    """What of its triggers is missing, off or made from another declaration."""
    return find_faults(make_triggers(derived, connections[using]), using=using)


def verify_field(derived: DerivedField, *, using: str, shown: int = SHOWN) -> Verdict:
    """The rows that are wrong, in one statement and so of one moment. Reads both tables."""
    if not is_kept(using):
        return Verdict(str(derived), 0, ())
    connection = connections[using]
    truth = sql_of(derived, connection).truth()
    with connection.cursor() as cursor:
        cursor.execute(
            f"select *, count(*) over () from ({truth}) as found (key, held, told) limit {int(shown)}"
        )
        rows = cursor.fetchall()
    wrong = rows[0][3] if rows else 0
    return Verdict(str(derived), wrong, tuple(WrongRow(str(key), held, told) for key, held, told, _ in rows))


def repair_field(derived: DerivedField, *, using: str, progress: Report = None) -> int:
    """Write what must be into every row that is wrong; how many there were.

    A batch is a short transaction under the locks that the triggers take, so writers go on meanwhile. Raises
    TransactionManagementError inside a transaction.
    """
    if not is_kept(using):
        return 0
    mend = sql_of(derived, connections[using]).mend()

    def repair(batch: QuerySet[Any]) -> int:
        rows = batch.order_by("pk")
        if isinstance(derived, AggregatedField):
            rows = rows.select_for_update(no_key=True)
        with connections[using].cursor() as cursor:
            cursor.execute("select set_config(%s, 'on', true)", [REPAIRING])
            cursor.execute(mend, [[*rows.values_list("pk", flat=True)]])
            return int(cursor.rowcount)

    return change_in_batches(derived.target._base_manager.using(using).all(), repair, progress=progress).rows
