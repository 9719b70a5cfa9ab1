"""Counters that the database keeps: a count or a sum for each key, right under every kind of write.

    from django_tenfold.db.counters import Counter

    reviews_of_product = Counter("reviews_of_product", "shop.Review", by="product", where=Q(published=True))
    stars_of_product = Counter("stars_of_product", "shop.Review", by="product", add="rating")

    reviews_of_product.read(product.pk)                                  # one number
    Product.objects.annotate(reviews=reviews_of_product.of("pk"))        # for every row of a list

Triggers of PostgreSQL count what each statement changed (bulk_create, update(), raw SQL, COPY, cascades and
TRUNCATE too) and append it to a table of differences. No row is shared by writers, so they never wait for each
other; `review_count = F("review_count") + 1` makes every writer of one product wait for the one before it. A read
adds the differences since the last roll-up; `manage.py counters roll-up`, run each minute or so, keeps them few.

`InstallCounter` (django_tenfold.db.operations) puts the triggers in place in a migration. Elsewhere than on
PostgreSQL nothing is kept and a read counts the rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections, router
from django.db.models import BigIntegerField, CharField, Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce

from django_tenfold.db.models import CounterDelta, CounterValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Expression, Model, QuerySet

TOTAL = ""
"""The key of a counter without `by`."""
LONGEST_KEY = 255
"""Characters."""
KEY = CharField(max_length=LONGEST_KEY)
LONGEST = 40
"""Characters of a name. PostgreSQL cuts names of objects at 63, and `tenfold_count_<name>_truncate` is one."""
NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST - 1}}}")
READ = f"""\
select coalesce((select value from {CounterValue._meta.db_table} where counter = %(counter)s and key = {{key}}), 0)
  + coalesce((select sum(delta) from {CounterDelta._meta.db_table}
    where counter = %(counter)s and key = {{key}}), 0)"""


@dataclass(frozen=True)
class Counter:
    """A number for each value of the column `by` (for the whole table without one).

    Counts the rows of `model` ("app.Model") that meet `where`, or adds up their integer column `add`. `where` speaks
    of the row's own columns alone. Rows whose `by` is NULL are not counted. `name` is unique in the database.
    `column` ("app.Parent.field") follows the counter: each roll-up writes the number to the row that `by` refers to.
    """

    name: str
    model: str
    by: str = ""
    add: str = ""
    where: Q = field(default_factory=Q)
    column: str = ""
    registry: Any = field(default=apps, compare=False, repr=False)
    """Where models are looked up: a migration has those of its own time."""

    def read(self, key: object = TOTAL, *, using: str | None = None) -> int:
        """The number for one key, as of now; 0 for a key that has none. Reads where the router reads the rows."""
        using = using or router.db_for_read(self.source)
        if not is_kept(using):
            return self._count_rows(using, key)
        place, told = self._write_key(key, using)
        with connections[using].cursor() as cursor:
            # One statement, so that a roll-up in between is seen as a whole or not at all.
            cursor.execute(READ.format(key=place), {"counter": self.name, "key": told})
            return int(cursor.fetchone()[0])

    async def aread(self, key: object = TOTAL, *, using: str | None = None) -> int:
        """`read` for coroutines."""
        return await sync_to_async(self.read)(key, using=using)

    def of(self, key: str, *, using: str | None = None) -> Expression:
        """An expression for `annotate()`: the number for the row's own column `key`."""
        if not is_kept(using or router.db_for_read(self.source)):
            counted = self.rows().filter(**{self.by: OuterRef(key)})
            return _or_zero(self.numbers(rows=counted).values("number"))
        mine = {"counter": self.name, "key": Cast(OuterRef(key), KEY)}
        value = CounterValue.objects.filter(**mine).values("value")
        added = CounterDelta.objects.filter(**mine).order_by().values("counter").annotate(sum=Sum("delta"))
        return _or_zero(value) + _or_zero(added.values("sum"))

    def numbers(self, *, rows: QuerySet[Any] | None = None) -> QuerySet[Any]:
        """(key, number) counted from the rows themselves: what the counter must be."""
        rows = self.rows() if rows is None else rows
        number = Coalesce(Sum(self.add), 0) if self.add else Count("*")
        key = Cast(F(self.by), KEY) if self.by else Value(TOTAL, KEY)
        return rows.order_by().annotate(counted_key=key).values("counted_key").annotate(number=number)

    def rows(self) -> QuerySet[Any]:
        """The rows that are counted."""
        found = self.source._base_manager.filter(self.where)
        return found.exclude(**{self.by: None}) if self.by else found

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(
                f"{self.name!r} cannot name a counter: up to {LONGEST} small letters, digits and _, a letter first."
            )
        if self.column and not self.by:
            raise ValueError(
                f"Counter {self.name!r}: a column follows numbers by key; say by which, with by=."
            )

    @property
    def followed(self) -> tuple[type[Model], Any]:
        """The model and the field of `column`."""
        label, _, name = self.column.rpartition(".")
        model: type[Model] = self.registry.get_model(label)
        return model, model._meta.get_field(name)

    @property
    def followed_key(self) -> Any:
        """The field of `column`'s model that the keys are values of: what the foreign key `by` refers to."""
        model, link = self.followed[0], self.source._meta.get_field(self.by)
        target = link.target_field if link.is_relation else model._meta.pk
        return target if target.model._meta.db_table == model._meta.db_table else model._meta.pk

    @property
    def source(self) -> type[Model]:
        model: type[Model] = self.registry.get_model(self.model)
        return model

    def _write_key(self, key: object, using: str) -> tuple[str, object]:
        """SQL and its parameter, for the key as the triggers write it: PostgreSQL's text of the column's value."""
        if not self.by or key is None:
            return "%(key)s", str(key)
        held = self.source._meta.get_field(self.by)
        while held.is_relation:
            held = held.target_field
        told = held.get_prep_value(key)
        if isinstance(held, CharField) or (isinstance(told, int) and not isinstance(told, bool)):
            return "%(key)s", str(told)
        return f"(%(key)s::{held.cast_db_type(connections[using])})::text", told

    def _count_rows(self, using: str, key: object) -> int:
        rows = self.rows().using(using)
        if self.by:
            rows = rows.filter(**{self.by: key})
        return int(rows.aggregate(n=Sum(self.add))["n"] or 0) if self.add else int(rows.count())

    def describe(self) -> Mapping[str, object]:
        """Its arguments, for a migration: what triggers are made from."""
        given = {"name": self.name, "model": self.model, "by": self.by, "add": self.add, "where": self.where}
        return {name: value for name, value in given.items() if value}


def _or_zero(found: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(found), Value(0), output_field=BigIntegerField())


def is_kept(using: str) -> bool:
    """Whether that database keeps counters: PostgreSQL alone has triggers that see whole statements."""
    return bool(connections[using].vendor == "postgresql")
