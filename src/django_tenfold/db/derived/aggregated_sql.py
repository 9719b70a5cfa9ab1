"""What keeps an aggregated field on PostgreSQL, as SQL; derived_triggers tells why it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import DurationField

from django_tenfold.db.derived.copied_sql import REFUSAL
from django_tenfold.db.derived.fields import ADDED, name_objects
from django_tenfold.db.row_conditions import compile_condition
from django_tenfold.db.trigger_sets import qualify, refuse_truncation

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from django_tenfold.db.derived.fields import AggregatedField

EMPTY = {"count": "0", "exists": "false"}


class AggregateSql:
    """The names of an aggregate, quoted, and the statements that are made of them."""

    def __init__(self, aggregated: AggregatedField, connection: BaseDatabaseWrapper) -> None:
        quote = connection.ops.quote_name
        taken = aggregated.taken._meta

        def column(name: str) -> str:
            return quote(taken.get_field(name).column) if name else ""

        self.field = aggregated
        self.name = name_objects(aggregated)
        self.table = qualify(aggregated.target._meta.db_table, connection)
        self.primary = quote(aggregated.target._meta.pk.column)
        self.kept = quote(aggregated.target._meta.get_field(aggregated.field).column)
        self.key = quote(aggregated.link.target_field.column)
        self.key_type = aggregated.link.db_type(connection)
        self.rows = quote(taken.db_table)
        self.source = f"{qualify(taken.db_table, connection)} as {self.rows}"
        self.row_key = quote(taken.pk.column)
        self.link = f"{self.rows}.{quote(aggregated.link.column)}"
        self.of, self.newest = (
            f"{self.rows}.{name}" if name else ""
            for name in (column(aggregated.of), column(aggregated.newest))
        )
        condition = compile_condition(aggregated.chosen_rows(), connection, of=str(aggregated))
        self.meets = f" and {condition}" if condition else ""
        # PostgreSQL compares and adds an interval to intervals alone.
        timed = aggregated.take == "sum" and isinstance(taken.get_field(aggregated.of), DurationField)
        self.amount, self.zero = ("interval", "interval '0'") if timed else ("numeric", "0")
        self.empty = self.zero if aggregated.take == "sum" else EMPTY.get(aggregated.take, "null")

    @property
    def aggregate(self) -> str:
        """Over rows of one parent."""
        return {
            "count": "count(*)",
            "sum": f"coalesce(sum({self.of}), {self.zero})",
            "exists": "true",
        }.get(self.field.take, f"{self.field.take}({self.of})")

    @property
    def newest_first(self) -> str:
        return f"{self.newest} desc nulls last, {self.rows}.{self.row_key} desc"

    def value(self, key: str) -> str:
        """What the column of the parent with that key must be."""
        rows = f"from {self.source} where {self.link} = {key}{self.meets}"
        if self.field.take == "exists":
            return f"exists(select {rows})"
        if self.field.take == "latest":
            return f"(select {self.of} {rows} order by {self.newest_first} limit 1)"
        return f"(select {self.aggregate} {rows})"

    def guard(self) -> str:
        """A parent begins with what its rows make; afterwards nobody but the triggers writes the column."""
        return f"""\
begin
  if tg_op = 'INSERT' then
    new.{self.kept} := {self.value(f"new.{self.key}")};
  else
    new.{self.kept} := old.{self.kept};
  end if;
  return new;
end;
"""

    def follow_rows(self) -> str:
        return f"""\
declare
  keys {self.key_type}[];
  added {self.amount};
begin
  if tg_op = 'TRUNCATE' then
{refuse_truncation(str(self.field), self.table)}
    update {self.table} set {self.kept} = {self.empty} where {self.kept} is distinct from {self.empty};
    return null;
  elsif tg_op = 'INSERT' then
    {self._collect("select link from (" + self._counted("changed_to") + ") as added")}
  elsif tg_op = 'DELETE' then
    {self._collect("select link from (" + self._counted("changed_from") + ") as gone")}
  else
    {self._collect(self._differences())}
  end if;
  if keys is null then
    return null;
  end if;
{self._add_to_one() if self.field.take in ADDED else ""}\
  -- before anything is computed, and by all in the same order
  perform from {self.table} where {self.key} = any(keys) order by {self.key} for no key update;
{self._add() if self.field.take in ADDED else self._compute()}
  return null;
end;
"""

    def _collect(self, links: str) -> str:
        return f"select array_agg(distinct link) into keys from ({links}) as changed;"

    def _counted(self, rows: str) -> str:
        """Rows of a transition table that count, with all that the value is made of."""
        parts = [f"{self.link} as link", f"{self.rows}.{self.row_key} as id"]
        parts += [
            f"{name} as {alias}" for name, alias in ((self.of, "held"), (self.newest, "ranked")) if name
        ]
        return (
            f"select {', '.join(parts)} from {rows} as {self.rows} where {self.link} is not null{self.meets}"
        )

    def _differences(self) -> str:
        """Parents of rows that count otherwise than before; of none when only other columns changed."""
        before, after = self._counted("changed_from"), self._counted("changed_to")
        return (
            f"select link from (({before} except {after}) union all ({after} except {before})) as differing"
        )

    def _amounts(self) -> tuple[str, str, str]:
        """(link, amount) of what INSERT, DELETE and UPDATE add."""

        def amounts(rows: str, sign: str) -> str:
            return (
                f"select {self.link} as link, {sign}{self.aggregate} as amount from {rows} as {self.rows}"
                f" where {self.link} is not null{self.meets} group by 1"
            )

        plus, minus = amounts("changed_to", ""), amounts("changed_from", "-")
        both = f"select link, sum(amount) as amount from ({plus} union all {minus}) as sides group by 1"
        return plus, minus, both

    def _add_to_one(self) -> str:
        """Most statements change rows of one parent: nothing is to be put in order, and its row is found by its key."""

        def add(amounts: str) -> str:
            return f"select sum(amount) into added from ({amounts}) as amounts;"

        plus, minus, both = self._amounts()
        return f"""\
  if cardinality(keys) = 1 then
    if tg_op = 'INSERT' then
      {add(plus)}
    elsif tg_op = 'DELETE' then
      {add(minus)}
    else
      {add(both)}
    end if;
    if added <> {self.zero} then
      update {self.table} set {self.kept} = {self.kept} + added where {self.key} = keys[1];
    end if;
    return null;
  end if;
"""

    def _add(self) -> str:
        plus, minus, both = self._amounts()
        return f"""\
  if tg_op = 'INSERT' then
    {self._set(plus)}
  elsif tg_op = 'DELETE' then
    {self._set(minus)}
  else
    {self._set(both)}
  end if;"""

    def _set(self, amounts: str) -> str:
        return (
            f"update {self.table} as kept set {self.kept} = kept.{self.kept} + amount from ({amounts}) as added"
            f" where kept.{self.key} = link and amount <> {self.zero};"
        )

    def _compute(self) -> str:
        again = f"""\
{REFUSAL.format(field=self.field)}
  {self.compute("any(keys)", self.key)}"""
        if (shortcut := self._raise_by_insert()) is None:
            return again
        return f"""\
  if tg_op = 'INSERT' then
    {shortcut}
    return null;
  end if;
{again}"""

    def _raise_by_insert(self) -> str | None:
        """New rows alone can only widen these: the rows that are there need no reading."""
        if self.field.take == "exists":
            return f"update {self.table} set {self.kept} = true where {self.key} = any(keys) and not {self.kept};"
        if self.field.take == "latest":
            return None
        beats = ">" if self.field.take == "max" else "<"
        counted = self._counted("changed_to")
        found = f"select link, {self.field.take}(held) as value from ({counted}) as raised group by 1"
        return (
            f"update {self.table} as kept set {self.kept} = value from ({found}) as added where kept.{self.key} = link"
            f" and (value {beats} kept.{self.kept} or kept.{self.kept} is null and value is not null);"
        )

    def compute(self, keys: str, by: str) -> str:
        """Write what must be into the parents whose column `by` is in `keys` and that hold something else."""
        return f"""\
update {self.table} as kept set {self.kept} = told.value
    from (select kept_parent.{self.key} as link, {self.value(f"kept_parent.{self.key}")} as value
      from {self.table} as kept_parent where kept_parent.{by} = {keys}) as told
    where kept.{self.key} = told.link and kept.{self.kept} is distinct from told.value;"""

    def truth(self) -> str:
        """(key, kept, told) of every parent that is wrong."""
        if self.field.take == "latest":
            found = (
                f"select distinct on ({self.link}) {self.link} as link, {self.of} as value from {self.source}"
                f" where {self.link} is not null{self.meets} order by {self.link}, {self.newest_first}"
            )
        else:
            found = (
                f"select {self.link} as link, {self.aggregate} as value from {self.source}"
                f" where {self.link} is not null{self.meets} group by 1"
            )
        told = f"coalesce(told.value, {self.empty})"
        return f"""\
select kept.{self.primary}, kept.{self.kept}, {told} from {self.table} as kept
  left join ({found}) as told on told.link = kept.{self.key}
  where kept.{self.kept} is distinct from {told}"""

    def mend(self) -> str:
        """For the primary keys of the array %s, whose rows are locked already."""
        return self.compute("any(%s)", self.primary).replace("%", "%%").replace("any(%%s)", "any(%s)")
