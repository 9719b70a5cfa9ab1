"""Columns that the database derives from other tables and keeps right under every kind of write.

    from django_tenfold.db.derived.fields import AggregatedField, CopiedField

    product_name = CopiedField("shop.Review", "product_name", source="product__name")
    stars = AggregatedField("shop.Product", "stars", rows="shop.Review", by="product", take="sum", of="rating")

The column is an ordinary field of the model: it is filtered, ordered by and indexed without a join. Triggers write it
in the transaction of whoever changes what it is derived from (bulk_create, update(), raw SQL, COPY, cascades and
TRUNCATE too), and what `save()` writes there is put right. `InstallCopiedField` and `InstallAggregatedField`
(django_tenfold.db.derived.operations) put the triggers in place in a migration.

What derives from columns of the same row belongs to Django's GeneratedField. A number that many writers change at
once belongs to a Counter: a column of the parent's row makes the writers of one parent wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as entry
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Q

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.models import Field, Model, QuerySet

TAKES = ("count", "sum", "min", "max", "latest", "exists")
ADDED = ("count", "sum")
"""Kept by adding what a statement changed; the others are computed again from the parent's rows."""
EXACT = ("IntegerField", "DecimalField", "DurationField")
"""What can be added and taken away again without a rest; a float cannot."""
Take: TypeAlias = Literal["count", "sum", "min", "max", "latest", "exists"]
LONGEST = 36
"""Characters of a label within a name: PostgreSQL cuts names at 63, and `tenfold_keep_<label>_rows_truncate` is one."""


@dataclass(frozen=True)
class CopiedField:
    """`field` of `model` ("app.Model") holds what `source` ("foreign_key__field") leads to; NULL without a parent."""

    model: str
    field: str
    source: str
    registry: Any = entry(default=apps, compare=False, repr=False)
    """Where models are looked up: a migration has those of its own time."""

    def __str__(self) -> str:
        return f"{self.model}.{self.field}"

    @property
    def target(self) -> type[Model]:
        return _model(self.registry, self.model)

    @property
    def link(self) -> Any:
        """The foreign key."""
        return self.target._meta.get_field(self.source.partition("__")[0])

    @property
    def origin(self) -> Any:
        """The field that is copied."""
        return self.link.related_model._meta.get_field(self.source.partition("__")[2])

    def find_problems(self) -> Iterator[str]:
        """Why it cannot be kept, a sentence each."""
        try:
            kept, link = self.target._meta.get_field(self.field), self.link
            if not isinstance(link, ForeignKey):
                yield f"{link.name} is no foreign key: name the source as 'foreign_key__field'."
                return
            origin = self.origin
        except (LookupError, FieldDoesNotExist) as problem:
            yield f"{problem}. Name an installed model, its field, and a source as 'foreign_key__field'."
            return
        yield from _refuse_tables(self.target, kept, link)
        yield from _refuse_tables(link.related_model, origin)
        if link.null and not kept.null:
            yield f"{link.name} may be NULL and then {self.field} is: give {self.field} null=True."
        if origin.null and not kept.null:
            yield f"{self.source} may be NULL: give {self.field} null=True."
        if kept.get_internal_type() != origin.get_internal_type() and not origin.is_relation:
            yield (
                f"{self.field} is a {kept.get_internal_type()}, {self.source} a {origin.get_internal_type()}:"
                " a copy has the type of its source."
            )
        if (kept.max_length or 0) < (origin.max_length or 0):
            yield f"{self.field} holds {kept.max_length} characters, {self.source} {origin.max_length}."

    def describe(self) -> Mapping[str, object]:
        """Its arguments, for a migration."""
        return {"model": self.model, "field": self.field, "source": self.source}


@dataclass(frozen=True)
class AggregatedField:
    """`field` of `model` holds what `take` makes of the `rows` ("app.Model") whose foreign key `by` leads to the row.

    "count", "exists"; "sum", "min" and "max" of the column `of`; "latest": `of` in the row that is highest by the
    column `newest`, and by primary key among equals. Only rows that meet `where` are taken; it speaks of their own
    columns alone. Without rows: 0 for count and sum, False for exists, NULL for the others. An average is a sum and
    a count, divided in a GeneratedField.
    """

    model: str
    field: str
    rows: str
    by: str
    take: Take
    of: str = ""
    newest: str = ""
    where: Q = entry(default_factory=Q)
    registry: Any = entry(default=apps, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.model}.{self.field}"

    @property
    def target(self) -> type[Model]:
        return _model(self.registry, self.model)

    @property
    def taken(self) -> type[Model]:
        return _model(self.registry, self.rows)

    @property
    def link(self) -> Any:
        """The foreign key."""
        return self.taken._meta.get_field(self.by)

    def chosen_rows(self) -> QuerySet[Any]:
        """The rows that are taken, of all parents."""
        return self.taken._base_manager.filter(self.where)

    def find_problems(self) -> Iterator[str]:
        """Why it cannot be kept, a sentence each."""
        if self.take not in TAKES:
            yield f"take={self.take!r} is none of {', '.join(TAKES)}."
            return
        try:
            kept, link = self.target._meta.get_field(self.field), self.link
            named = {name: self.taken._meta.get_field(name) for name in (self.of, self.newest) if name}
        except (LookupError, FieldDoesNotExist) as problem:
            yield f"{problem}. Name installed models and their fields."
            return
        if not isinstance(link, ForeignKey) or link.related_model is not self.target:
            yield f"{self.rows}.{self.by} is no foreign key to {self.model}."
        yield from _refuse_tables(self.target, kept)
        yield from _refuse_tables(self.taken, link, *named.values())
        yield from self._refuse_columns(kept, named)

    def _refuse_columns(self, kept: Field[Any, Any], named: Mapping[str, Field[Any, Any]]) -> Iterator[str]:
        if (self.take in ("count", "exists")) == bool(self.of):
            yield f"take={self.take!r} {'takes no column: leave `of` out' if self.of else 'needs a column: of='}."
        if (self.take == "latest") != bool(self.newest):
            yield "`newest` names the column that the latest row is highest by, for take='latest' alone."
        if self.take == "sum" and self.of and not _is_exact(named[self.of]):
            yield f"{self.of} is a {named[self.of].get_internal_type()}, and sums of those do not add up exactly."
        if self.take in ("min", "max", "latest") and not kept.null:
            yield f"{self.field} is NULL where there are no rows: give it null=True."
        if self.take == "exists" and kept.get_internal_type() != "BooleanField":
            yield f"{self.field} holds whether there are rows: make it a BooleanField."

    def describe(self) -> Mapping[str, object]:
        """Its arguments, for a migration."""
        names = ("model", "field", "rows", "by", "take", "of", "newest", "where")
        return {name: value for name in names if (value := getattr(self, name))}


DerivedField: TypeAlias = CopiedField | AggregatedField


def name_objects(derived: DerivedField) -> str:
    """What the names of its functions and triggers begin with."""
    label = f"{derived.target._meta.db_table}_{derived.target._meta.get_field(derived.field).column}".lower()
    if len(label) > LONGEST:
        label = f"{label[: LONGEST - 9]}_{sha256(label.encode()).hexdigest()[:8]}"
    return f"tenfold_keep_{label}"


def _model(registry: Any, label: str) -> type[Model]:
    found: type[Model] = registry.get_model(label)
    return found


def _refuse_tables(model: type[Model], *columns: Any) -> Iterator[str]:
    """Triggers belong to one table, and repairs go by its one key."""
    meta = model._meta
    if meta.pk is None or meta.pk.column is None:
        yield f"{meta.label} has a primary key of several columns."
    for column in columns:
        if column.model._meta.db_table != meta.db_table:
            yield f"{column.name} of {meta.label} is inherited and stands in the table of {column.model._meta.label}."


def _is_exact(column: Field[Any, Any]) -> bool:
    return any(base.__name__ in EXACT for base in type(column).__mro__)
