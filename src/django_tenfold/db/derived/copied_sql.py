"""What keeps a copied field on PostgreSQL, as SQL; derived_triggers tells why it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from django_tenfold.db.derived.fields import name_objects
from django_tenfold.db.trigger_sets import qualify

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from django_tenfold.db.derived.fields import CopiedField

BUCKETS = 256
"""Locks of one field: a bulk load takes at most so many of the server's table of locks."""
REFUSAL = """\
  if current_setting('transaction_isolation') = 'repeatable read' then
    raise exception '{field} cannot be kept at REPEATABLE READ, which does not see what others have committed since'
      using errcode = 'feature_not_supported', hint = 'Write at READ COMMITTED or at SERIALIZABLE.';
  end if;"""


class CopySql:
    """The names of a copy, quoted, and the statements that are made of them."""

    def __init__(self, copied: CopiedField, connection: BaseDatabaseWrapper) -> None:
        quote = connection.ops.quote_name
        self.field = copied
        self.name = name_objects(copied)
        self.table = qualify(copied.target._meta.db_table, connection)
        self.primary = quote(copied.target._meta.pk.column)
        self.kept = quote(copied.target._meta.get_field(copied.field).column)
        self.link = quote(copied.link.column)
        self.parent = qualify(copied.link.related_model._meta.db_table, connection)
        self.key = quote(copied.link.target_field.column)
        self.source = quote(copied.origin.column)
        self.locks = crc32(self.name.encode()) - 2**31

    def fill(self) -> str:
        """What the parent holds as far as this statement sees, which is nearly always right."""
        return f"""\
begin
  select {self.source} into new.{self.kept} from {self.parent} where {self.key} = new.{self.link};
  return new;
end;
"""

    def read_again(self) -> str:
        """What the parent holds once nobody changes it any more."""
        rows = f"select {self.link} as link from changed_to where {self.link} is not null"
        moved = f"""\
select told.{self.link} as link from changed_to as told
      left join changed_from as was on was.{self.primary} = told.{self.primary}
      where told.{self.link} is not null and (was.{self.primary} is null
        or was.{self.link} is distinct from told.{self.link}
        or was.{self.kept} is distinct from told.{self.kept})"""
        return f"""\
begin
  if tg_op = 'INSERT' then
    {self._lock("_shared", rows)}
  else
    {self._lock("_shared", moved)}
  end if;
  if not found then
    return null;
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    -- fails where the parent is another than this transaction sees
    perform from {self.parent} where {self.key} in (select {self.link} from changed_to) for share;
  end if;
  update {self.table} as kept set {self.kept} = told.{self.source}
    from changed_to as row, {self.parent} as told
    where kept.{self.primary} = row.{self.primary} and told.{self.key} = kept.{self.link}
    and kept.{self.kept} is distinct from told.{self.source};
  return null;
end;
"""

    def _lock(self, kind: str, links: str) -> str:
        """In one order; FOUND tells whether there was anything to lock."""
        return f"""\
perform pg_advisory_xact_lock{kind}({self.locks}, bucket) from (
      select distinct hashtext(link::text) & {BUCKETS - 1} as bucket from ({links}) as links order by 1
    ) as buckets;"""

    def tell_rows(self) -> str:
        mend = f"""\
update {self.table} as kept set {self.kept} = told.{self.source} from changed_to as told
    where kept.{self.link} = told.{self.key} and kept.{self.kept} is distinct from told.{self.source};"""
        renamed = f"""\
select told.{self.key} as link from changed_to as told
      left join changed_from as was on was.{self.key} = told.{self.key}
      where was.{self.key} is null or was.{self.source} is distinct from told.{self.source}"""
        return f"""\
begin
  if tg_op = 'INSERT' then
    -- rows may stand before their parent: Django's foreign keys are checked at the end of the transaction
    {mend}
    return null;
  end if;
  {self._lock("", renamed)}
  if not found then
    return null;
  end if;
{REFUSAL.format(field=self.field)}
  {mend}
  return null;
end;
"""

    def truth(self) -> str:
        """(key, kept, told) of every row that is wrong."""
        return f"""\
select kept.{self.primary}, kept.{self.kept}, told.{self.source} from {self.table} as kept
  left join {self.parent} as told on told.{self.key} = kept.{self.link}
  where kept.{self.kept} is distinct from told.{self.source}"""

    def mend(self) -> str:
        """For the primary keys of the array %s; the row's own triggers read the parent again, under the lock."""
        told = f"(select {self.source} from {self.parent} as told where told.{self.key} = kept.{self.link})"
        return f"""\
update {self.table} as kept set {self.kept} = {told}
  where kept.{self.primary} = any(%s) and kept.{self.kept} is distinct from {told}"""
