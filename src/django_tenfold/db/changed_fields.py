"""`save()` that writes only what changed, and refuses to overwrite what somebody else changed meanwhile.

A plain `save()` writes every column: two requests that change different fields of one row undo each other, indexes
of untouched columns are written again, and triggers on columns fire for nothing.

    class Review(SavesChanges):
        title = models.CharField(max_length=200)
        version = models.PositiveIntegerField(default=0)
        version_field = "version"        # optional: optimistic locking

    review.title = "Fine"
    review.save()          # UPDATE ... SET title = 'Fine', version = 4 WHERE id = 1 AND version = 3

Nothing changed: no query, and no signals. A row that was written since it was read: StaleRowError, and nothing
is overwritten. `save(update_fields=...)` still writes what it is told to. `update()` and `bulk_update()` know
nothing of versions: add `version=F("version") + 1` there.
"""

from __future__ import annotations

import weakref
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import DatabaseError, models, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from django.db.models import Field

MUTABLE = (bytearray, dict, list, set)
"""Values that change without being assigned (JSON, arrays): a copy is compared."""
WHOLE = "*"
"""Among the names of fields that are not sure: the row itself."""


class StaleRowError(DatabaseError):
    """The row was changed or deleted by somebody else since this instance was read; nothing was written."""


class SavesChanges(models.Model):
    """Abstract base of models whose `save()` writes what changed since the instance was read."""

    version_field: ClassVar[str] = ""
    """Name of an integer field that counts the writes of a row, "" for no optimistic locking."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str, field_names: Collection[str], values: Collection[Any], **new: Any
    ) -> SavesChanges:
        instance: SavesChanges = super().from_db(
            db, field_names, values, **new
        )  # fetch_mode since Django 6.1
        instance._loaded = instance._copy_values()
        return instance

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, **rest: Any
    ) -> None:
        super().refresh_from_db(using=using, fields=fields, **rest)
        self._loaded = self._copy_values()

    def find_changes(self) -> tuple[str, ...]:
        """Names of the fields whose values differ from what was read or last saved.

        What was saved in a transaction that is still open, or was rolled back, is among them.
        """
        before, unsure = self.__dict__.get("_loaded", {}), self.__dict__.get("_unsure", ())
        return tuple(
            one.name
            for one in self._columns()
            if _differs(one, self.__dict__, before) or (one.name in unsure and _is_written_again(one, self))
        )

    def save(self, *arguments: Any, **named: Any) -> None:
        """As Django's; of a row that was read only the changed columns are written."""
        if arguments or not self._is_known() or named.get("force_insert") or self._moves(named.get("using")):
            super().save(*arguments, **named)
            self._remember([one.name for one in self._columns()], whole=True)
        else:
            self._save_changes(**named)

    def _save_changes(self, *, update_fields: Iterable[str] | None = None, **named: Any) -> None:
        names = self.find_changes() if update_fields is None else tuple(update_fields)
        if not names:
            return
        if update_fields is None:
            names += tuple(one.name for one in self._columns() if getattr(one, "auto_now", False))
        if not self.version_field:
            super().save(update_fields={*names}, **named)
            self._remember(names)
            return
        before = getattr(self, self.version_field)
        setattr(self, self.version_field, self._loaded[self._version_column] + 1)
        try:
            super().save(update_fields={*names, self.version_field}, **named)
        except BaseException:
            setattr(self, self.version_field, before)
            raise
        self._remember(names)

    def _remember(self, names: Iterable[str], *, whole: bool = False) -> None:
        """These fields are as the database has them; for sure once the transaction is committed."""
        values = self._copy_values()
        held = {self._meta.get_field(name).attname for name in (*names, self.version_field) if name}
        keys = {one.attname for one in self._meta.pk_fields}
        known = self.__dict__.get("_loaded", {})
        self._loaded = known | {name: value for name, value in values.items() if name in held | keys}
        # A rollback is told to nobody: what may be undone by one is written again by the next save. A row that was
        # inserted may be gone as a whole: until the commit, it is saved as Django does.
        fields = {*names, WHOLE} if whole else {*names}
        sure = _be_sure_of(weakref.ref(self), frozenset(fields))
        self._unsure = {*self.__dict__.get("_unsure", ()), *fields}
        transaction.on_commit(sure, using=self._state.db)  # at once outside of a transaction

    def _do_update(self, base_qs: Any, *rest: Any) -> Any:
        # The arguments after the queryset differ between versions of Django; what it returns is falsy for no row.
        held = self._is_known() and self.version_field
        if not held or self._meta.get_field(self.version_field).model is not base_qs.model:
            return super()._do_update(base_qs, *rest)
        version = self._loaded[self._version_column]
        updated = super()._do_update(base_qs.filter(**{self.version_field: version}), *rest)
        if not updated:
            raise StaleRowError(
                f"{self._meta.label} {self.pk} was changed or deleted since it was read (version {version}):"
                " read it again, apply the change to what it is now, and save."
            )
        return updated

    @property
    def _version_column(self) -> str:
        return str(self._meta.get_field(self.version_field).attname)

    def _is_known(self) -> bool:
        """Whether it is a row that was read or saved, under the key that it still has."""
        loaded = self.__dict__.get("_loaded")
        if loaded is None or self._state.adding or WHOLE in self.__dict__.get("_unsure", ()):
            return False
        keys = [one.attname for one in self._meta.pk_fields]
        return all(key in loaded and loaded[key] == self.__dict__.get(key) for key in keys)

    def _moves(self, using: str | None) -> bool:
        return using is not None and using != self._state.db

    def _columns(self) -> Iterator[Field]:
        return (one for one in self._meta.concrete_fields if not one.generated and not one.primary_key)

    def _copy_values(self) -> dict[str, Any]:
        """Values of the loaded columns, by attribute; deferred ones are not among them."""
        own = self.__dict__
        return {
            one.attname: _copied(own[one.attname])
            for one in self._meta.concrete_fields
            if one.attname in own and not one.generated
        }


def _be_sure_of(reference: weakref.ref[SavesChanges], names: frozenset[str]) -> Callable[[], None]:
    def committed() -> None:
        instance = reference()
        if instance is not None:
            instance._unsure = instance.__dict__.get("_unsure", set()) - names

    return committed


def _is_written_again(field: Field, instance: SavesChanges) -> bool:
    """Not what every save sets anew, nor an expression, which is carried out once: before Django 6.0 it stays."""
    expression = hasattr(instance.__dict__.get(field.attname), "resolve_expression")
    return not expression and not getattr(field, "auto_now", False)


def _copied(value: Any) -> Any:
    if isinstance(value, models.fields.files.FieldFile):
        return value.name
    return deepcopy(value) if isinstance(value, MUTABLE) else value


def _differs(field: Field, now: dict[str, Any], before: dict[str, Any]) -> bool:
    if field.attname not in now:
        return False  # deferred, and not assigned since
    if field.attname not in before:
        return True
    value, known = now[field.attname], before[field.attname]
    if isinstance(value, models.fields.files.FieldFile):
        return value.name != known or not value._committed
    if hasattr(value, "resolve_expression"):
        # F("n") + 1 equals another F("n") + 1, but each is to be carried out once.
        return value is not known
    return bool(value != known)
