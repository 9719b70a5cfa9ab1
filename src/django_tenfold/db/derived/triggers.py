"""The triggers of derived fields on PostgreSQL, as functions and triggers of a TriggerSet.

Why they are right at READ COMMITTED, where each statement of a function sees what was committed before it began:

- A copy. Who writes a row takes a shared advisory lock and then compares the copy with the parent; who changes the
  parent's column takes the same lock alone, after its own change and before it looks for rows to mend. Either the
  writer of the row ends first and its row is found, or it compares after the change was committed. The lock is no row
  lock: two transactions that add a row and then write the parent would each wait for the other's FOR SHARE. There are
  256 locks a field, so that a bulk load cannot fill the table of locks.
- An aggregate. Who changes rows locks the rows' parents first, in the order of their keys, and computes in a statement
  that begins afterwards, so it sees what every earlier holder of the lock committed.
- REPEATABLE READ sees neither: where that could lose a change the statement is refused. SERIALIZABLE is right
  where every writer of the tables has it. https://www.postgresql.org/docs/current/transaction-iso.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_tenfold.db.derived.aggregated_sql import AggregateSql
from django_tenfold.db.derived.copied_sql import CopySql
from django_tenfold.db.derived.fields import CopiedField
from django_tenfold.db.trigger_sets import Trigger, TriggerSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from django_tenfold.db.derived.fields import AggregatedField, DerivedField

REPAIRING = "tenfold_db.repairing"
"""Set to 'on' by a repair for its transaction: it may write what others may not."""
STATEMENTS = (
    ("insert", "referencing new table as changed_to for each statement"),
    ("update", "referencing old table as changed_from new table as changed_to for each statement"),
    ("delete", "referencing old table as changed_from for each statement"),
    ("truncate", "for each statement"),
)


def make_triggers(derived: DerivedField, connection: BaseDatabaseWrapper) -> TriggerSet:
    """What keeps the field. Raises ValueError for one that cannot be kept."""
    if problems := [*derived.find_problems()]:
        raise ValueError(f"{derived}: {' '.join(problems)}")
    if isinstance(derived, CopiedField):
        return _keep_copy(derived, connection)
    return _keep_aggregate(derived, AggregateSql(derived, connection))


def _keep_copy(copied: CopiedField, connection: BaseDatabaseWrapper) -> TriggerSet:
    sql = CopySql(copied, connection)
    own, source = f"{sql.name}_own", f"{sql.name}_source"
    # By its name the last of the triggers of a statement: who changes a parent locks its row and then takes this
    # lock, and so must who changes rows, whose aggregates lock the parent's row.
    again = sql.name.replace("tenfold_keep_", "tenfold_read_")
    table, parent = copied.target._meta.db_table, copied.link.related_model._meta.db_table
    changed = (
        f"for each row when (old.{sql.link} is distinct from new.{sql.link}"
        f" or old.{sql.kept} is distinct from new.{sql.kept})"
    )
    return TriggerSet(
        functions=((own, sql.fill()), (again, sql.read_again()), (source, sql.tell_rows())),
        triggers=(
            Trigger(f"{own}_insert", table, "before insert", "for each row", own),
            Trigger(f"{own}_update", table, "before update", changed, own),
            *_after(again, table, STATEMENTS[:2]),
            *_after(source, parent, STATEMENTS[:2]),
        ),
    )


def _keep_aggregate(aggregated: AggregatedField, sql: AggregateSql) -> TriggerSet:
    own, rows = f"{sql.name}_own", f"{sql.name}_rows"
    table, taken = aggregated.target._meta.db_table, aggregated.taken._meta.db_table
    foreign = (
        f"for each row when (new.{sql.kept} is distinct from old.{sql.kept} and pg_trigger_depth() = 0"
        f" and current_setting('{REPAIRING}', true) is distinct from 'on')"
    )
    return TriggerSet(
        functions=((own, sql.guard()), (rows, sql.follow_rows())),
        triggers=(
            Trigger(f"{own}_insert", table, "before insert", "for each row", own),
            Trigger(f"{own}_update", table, "before update", foreign, own),
            *_after(rows, taken, STATEMENTS),
        ),
    )


def _after(function: str, table: str, events: tuple[tuple[str, str], ...]) -> Iterator[Trigger]:
    for event, level in events:
        yield Trigger(f"{function}_{event}", table, f"after {event}", level, function)


def sql_of(derived: DerivedField, connection: BaseDatabaseWrapper) -> CopySql | AggregateSql:
    """The statements of the field: `truth()` and `mend()`."""
    if isinstance(derived, CopiedField):
        return CopySql(derived, connection)
    return AggregateSql(derived, connection)
