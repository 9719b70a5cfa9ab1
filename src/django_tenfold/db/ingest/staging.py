"""A block in which a row is broken: every cell as text in a staging table, the broken rows found by the database.

Each kind of fault is one statement over the block: cells that are no value of their type, NULLs, lengths, choices,
parents that are not there, checks of the table, keys that are there already. What none of them sees (triggers,
exclusion constraints, conditional ones) is found by halving.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction

from django_tenfold.db.ingest.batch import ends_a_copy
from django_tenfold.db.ingest.cell_tests import OWN_TEST, write_own_test
from django_tenfold.db.ingest.cells import NO_NULL
from django_tenfold.db.ingest.columns import plain_field
from django_tenfold.db.ingest.errors import make_reject
from django_tenfold.db.ingest.job import Step
from django_tenfold.db.ingest.slots import STAGE, copy_into, insert_statement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from django_tenfold.db.ingest.batch import Batch
    from django_tenfold.db.ingest.errors import Reject
    from django_tenfold.db.ingest.job import Job
    from django_tenfold.db.ingest.slots import Slot

ABOUT_ROWS = ("21", "22", "23", "44", "P0")
"""Classes of SQLSTATE that a row can be guilty of: cardinality, data, integrity, check options, raised by a trigger.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""
CHECKS, ORPHANS, DOUBLES = "checks", "orphans", "doubles"
FAULTS = frozenset({CHECKS, ORPHANS, DOUBLES})
POLICY_CHECK = "ExecWithCheckOptions"
"""The server's function that refuses a row by row level security; its SQLSTATE is that of a missing privilege too.
https://github.com/postgres/postgres/blob/REL_18_0/src/backend/executor/execMain.c"""
TOLD_SINCE = 160_000
"""pg_input_is_valid() and pg_input_error_info(): PostgreSQL 16."""
FIND_CHECKS = """\
select c.conname, pg_get_expr(c.conbin, c.conrelid),
  array(select a.attname from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any(c.conkey))
from pg_constraint c where c.conrelid = %s::regclass and c.contype = 'c'"""
FIND_UNIQUES = """\
select array(select a.attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any(keys))
from pg_index i, lateral (select i.indkey[0 : i.indnkeyatts - 1] as keys) k
where i.indrelid = %s::regclass and i.indisunique and i.indpred is null and i.indexprs is null"""


def is_about_rows(problem: Exception) -> bool:
    """Whether leaving rows out can mend it."""
    state = getattr(problem.__cause__, "sqlstate", None) or ""
    told = getattr(problem.__cause__, "diag", None)
    return state[:2] in ABOUT_ROWS or getattr(told, "source_function", None) == POLICY_CHECK


def load_with_care(
    job: Job, slots: Sequence[Slot], batch: Batch, *, straight: bool, suspects: set[str]
) -> Step:
    """Inside the transaction of its block. Raises DatabaseError for what is not about rows.

    `suspects` are the kinds of faults that are looked for before it is tried whether the rows can be inserted at once:
    all at first, then those that the block before had. With `straight` a COPY may write into the table.
    """
    if not batch.bodies:
        return Step(0)
    with job.connection.cursor() as cursor:
        return _Careful(job, slots, batch, cursor).load(suspects, straight=straight)


class _Careful:
    """One block while it is gone through."""

    def __init__(self, job: Job, slots: Sequence[Slot], batch: Batch, cursor: Any) -> None:
        self.job, self.slots, self.batch, self.cursor = job, slots, batch, cursor
        self.connection = job.connection
        self.kept = [one for one in slots if one.field is not None]
        self.rejects: list[Reject] = []
        self.gone: set[int] = set()
        self.table = job.connection.ops.quote_name(job.model._meta.db_table)
        self.typed = ", ".join(f"{one.value} as {one.column}" for one in self.kept)
        self.told = job.connection.pg_version >= TOLD_SINCE

    def load(self, suspects: set[str], *, straight: bool) -> Step:
        self._stage()
        self._reject_bad_cells()
        if self.job.choices:
            self._reject_other_choices()
        if any(one.natural is not None for one in self.kept):
            suspects.add(ORPHANS)  # one that is not found would be NULL
        looked = {*suspects}
        self._look_for(looked, suspects)
        counts = self._insert_at_once(straight=straight)
        if counts is None:
            self._look_for(FAULTS - looked, suspects)
            counts = self._insert()
        self.cursor.execute(f"drop table {STAGE}")
        return Step(*counts, rejects=self.rejects)

    def _look_for(self, kinds: Collection[str], suspects: set[str]) -> None:
        """Doubles last: of two rows with one key the first is kept, which must not be rejected after that."""
        todo = [
            (kind, look)
            for kind, look in (
                (CHECKS, self._reject_by_checks),
                (ORPHANS, self._reject_all_orphans),
                (DOUBLES, self._reject_doubles),
            )
            if kind in kinds
        ]
        for kind, look in todo:
            before = len(self.rejects)
            look()
            if len(self.rejects) > before:
                suspects.add(kind)
            else:
                suspects.discard(kind)

    def _stage(self) -> None:
        cells = ", ".join(f"{one.cell} text" for one in self.slots)
        self.cursor.execute(f"create temp table {STAGE} (tenfold_line bigint, {cells}) on commit drop")
        columns = ["tenfold_line", *(one.cell for one in self.slots)]
        mark = self.job.delimiter
        copy_into(
            self.cursor, self.slots, [self.batch.number(mark)], table=STAGE, columns=columns, delimiter=mark
        )

    def _reject_bad_cells(self) -> None:
        found = [*self._cell_faults()]
        if not found:
            return
        if not self.told:
            self.cursor.execute(OWN_TEST)
        which = "case " + " ".join(f"when {fault} then {n}" for n, (_, fault, _) in enumerate(found)) + " end"
        why = "case " + " ".join(f"when {fault} then {reason}" for _, fault, reason in found) + " end"
        faults = " or ".join(fault for _, fault, _ in found)
        self.cursor.execute(f"delete from {STAGE} s where {faults} returning s.tenfold_line, {which}, {why}")
        for line, number, reason in self.cursor.fetchall():
            self._reject(line, reason, found[number][0])
        if not self.told:
            self.cursor.execute("drop function pg_temp.tenfold_is_valid")

    def _cell_faults(self) -> Iterator[tuple[Slot, str, str]]:
        """(column, condition, SQL of the reason)."""
        for one in self.kept:
            cell = f"s.{one.cell}"
            if not one.field.null:
                yield one, f"{cell} is null", f"'{NO_NULL}'"
            longest = getattr(plain_field(one.natural or one.field), "max_length", None)
            if one.is_text:
                if longest and one.type.startswith("varchar"):
                    reason = f"'has ' || char_length({cell}) || ' characters of {longest} at most'"
                    yield one, f"char_length({cell}) > {longest}", reason
            elif self.told:
                reason = f"(pg_input_error_info({cell}, '{one.type}')).message"
                yield one, f"not pg_input_is_valid({cell}, '{one.type}')", reason
            else:
                reason = f"'is no {one.type}: ' || left({cell}, 100)"
                yield one, write_own_test(cell, one.type), reason

    def _reject_all_orphans(self) -> None:
        while self._reject_orphans():
            continue

    def _reject_orphans(self) -> bool:
        """Whether rows went that others may have as their parents."""
        gone = False
        for one in self.kept:
            if not one.given or not one.field.is_relation or not (one.natural or one.field.db_constraint):
                continue
            parent = one.field.related_model._meta
            lost = one.lost if one.natural is not None else self._without_parent(one)
            self.cursor.execute(f"delete from {STAGE} s where {lost} returning s.tenfold_line, s.{one.cell}")
            for line, value in self.cursor.fetchall():
                self._reject(line, f"names the {parent.verbose_name} {value}, and there is none", one)
                gone = gone or parent.db_table == self.job.model._meta.db_table
        return gone

    def _without_parent(self, one: Slot) -> str:
        """The condition that a row's parent is neither in its table nor, where that is this one, in the block."""
        quote, key = self.connection.ops.quote_name, one.field.target_field
        table = one.field.related_model._meta.db_table
        lost = (
            f"s.{one.cell} is not null"
            f" and not exists (select from {quote(table)} p where p.{quote(key.column)} = {one.value})"
        )
        for other in self.kept:
            if other.field == key and other.given and table == self.job.model._meta.db_table:
                lost += (
                    f" and not exists (select from {STAGE} q"
                    f" where q.{other.cell}::{other.type} = {one.value})"
                )
        return lost

    def _reject_other_choices(self) -> None:
        for one in self.kept:
            choices = [value for value, _ in one.field.flatchoices]
            if not choices or one.natural is not None:
                continue
            self.cursor.execute(
                f"delete from {STAGE} s where s.{one.cell} is not null and s.{one.cell} <> '' and {one.value}"
                f" <> all(%s::{one.type}[]) returning s.tenfold_line, s.{one.cell}",
                [choices],
            )
            for line, value in self.cursor.fetchall():
                self._reject(line, f"is {value!r}, and no choice", one)

    def _reject_by_checks(self) -> None:
        self.cursor.execute(FIND_CHECKS, [self.table])
        there = {one.field.column: one for one in self.kept}
        for name, rule, columns in self.cursor.fetchall():
            if not {*columns} <= there.keys():
                continue
            self.cursor.execute(
                f"delete from {STAGE} d using (select s.tenfold_line, {self.typed} from {STAGE} s) t"
                f" where t.tenfold_line = d.tenfold_line and not ({rule}) returning d.tenfold_line"
            )
            only = there[columns[0]] if len(columns) == 1 else None
            for (line,) in self.cursor.fetchall():
                self._reject(line, f"breaks the rule {name}: {rule}", only)

    def _reject_doubles(self) -> None:
        if self.job.on_conflict != "error":
            return
        before = len(self.rejects)
        self.cursor.execute(FIND_UNIQUES, [self.table])
        there = {one.field.column: one for one in self.kept}
        for (columns,) in self.cursor.fetchall():
            keys = [there.get(column) for column in columns]
            if None not in keys:
                self._reject_doubles_of([one for one in keys if one is not None])
        if len(self.rejects) > before:
            self._reject_all_orphans()  # of those that went

    def _reject_doubles_of(self, keys: list[Slot]) -> None:
        same = " and ".join(f"x.{one.column} = {one.value}" for one in keys)
        named = ", ".join(one.name for one in keys)
        only = keys[0] if len(keys) == 1 else None
        self.cursor.execute(
            f"delete from {STAGE} s where exists (select from {self.table} x where {same}) returning s.tenfold_line"
        )
        for (line,) in self.cursor.fetchall():
            self._reject(line, f"is there already: a row with the same {named}", only)
        whole = " and ".join(f"({one.value}) is not null" for one in keys)
        part = ", ".join(one.value for one in keys)
        self.cursor.execute(
            f"delete from {STAGE} d using (select s.tenfold_line, min(s.tenfold_line) over (partition by {part})"
            f" as first from {STAGE} s where {whole}) t where t.tenfold_line = d.tenfold_line"
            " and t.first < d.tenfold_line returning d.tenfold_line, t.first"
        )
        for line, first in self.cursor.fetchall():
            self._reject(line, f"has the same {named} as line {first}", only)

    def _insert_at_once(self, *, straight: bool) -> tuple[int, int, int] | None:
        """None when something in the rows breaks it. COPY takes less of the server than INSERT .. SELECT."""
        data = self.batch.join(self.gone) if straight else b""
        try:
            with transaction.atomic(using=self.job.using):
                if not straight or ends_a_copy(data):
                    statement = insert_statement(self.job, self.slots)
                    return statement.run(self.cursor, len(self.batch.lines) - len(self.gone))
                columns = [one.column for one in self.slots]
                mark = self.job.delimiter
                loaded = copy_into(
                    self.cursor, self.slots, [data], table=self.table, columns=columns, delimiter=mark
                )
                return loaded, 0, 0
        except DatabaseError as problem:
            if not is_about_rows(problem):
                raise
            return None

    def _insert(self) -> tuple[int, int, int]:
        """Halves, as long as something in them breaks the statement."""
        statement = insert_statement(self.job, self.slots)
        lines = [line for line in self.batch.lines if line not in self.gone]
        todo, counts = [lines] if lines else [], (0, 0, 0)
        while todo:
            part = todo.pop()
            try:
                with transaction.atomic(using=self.job.using):
                    found = statement.run(self.cursor, len(part), (part[0], part[-1]))
            except DatabaseError as problem:
                if not is_about_rows(problem):
                    raise
                if len(part) == 1:
                    self._reject(part[0], _tell(problem), None)
                else:
                    middle = len(part) // 2
                    todo += [part[middle:], part[:middle]]
            else:
                counts = (counts[0] + found[0], counts[1] + found[1], counts[2] + found[2])
        return counts

    def _reject(self, line: int, reason: str, slot: Slot | None) -> None:
        column = slot.name if slot is not None else ""
        raw = self.batch.raws[bisect_left(self.batch.lines, line)]
        self.gone.add(line)
        self.rejects.append(make_reject(line, reason, raw, column=column))


def _tell(problem: DatabaseError) -> str:
    """What the server says of it."""
    told = getattr(problem.__cause__, "diag", None)
    parts = [getattr(told, "message_primary", None), getattr(told, "message_detail", None)]
    return ". ".join(part.rstrip(".") for part in parts if part) or str(problem).strip()
