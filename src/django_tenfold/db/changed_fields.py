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
from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import DatabaseError, connections, models, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from django.db.models import Field

SETTING = frozenset(
    one.pre_save
    for one in (models.Field, models.DateField, models.DateTimeField, models.TimeField, models.FileField)
)
"""What Django's own fields do before a save; a field that does otherwise sets its value by itself."""
JSON = (dict, list)
SAVE_TABLE = ("raw", "cls", "force_insert", "force_update", "using", "update_fields")
"""Arguments of Django's method, which is called by place and by name."""
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
        names = None if fields is None else [*fields]
        super().refresh_from_db(using=using, fields=names, **rest)
        # A deferred field is read by this too, when it is first asked for: what was assigned to others stays a change.
        read = {
            one for one in self._meta.concrete_fields if names is None or {one.name, one.attname} & {*names}
        }
        values, attributes = self._copy_values(), {one.attname for one in read}
        known = {} if names is None else self.__dict__.get("_loaded", {})
        self._loaded = known | {name: value for name, value in values.items() if name in attributes}
        if self._state.db is not None and not connections[self._state.db].in_atomic_block:
            self._unsure = self.__dict__.get("_unsure", set()) - {one.name for one in read} - {WHOLE}

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
        elsewhere = named.get("force_insert") or self._moves(named.get("using"))
        if not arguments and not elsewhere and self._is_known():
            self._save_changes(**named)
            return
        held = not arguments and not elsewhere and self._has_a_row()
        fields = {*(named.get("update_fields") or ())}
        if fields and held and self.version_field:
            named["update_fields"] = {*fields, self.version_field}
        elif not fields and named.get("update_fields") is not None:
            return
        with self._guard(held=held):
            super().save(*arguments, **named)
        self._remember(fields or [one.name for one in self._columns()], whole=not fields)

    def _save_changes(self, *, update_fields: Iterable[str] | None = None, **named: Any) -> None:
        names = set(update_fields or ())
        if update_fields is None:
            # An object that got its key after it was assigned: Django looks when it saves, which is too late here.
            self._prepare_related_fields_for_save(operation_name="save")
            if names := {*self.find_changes()}:
                names |= {one.name for one in self._columns() if _sets_itself(one)}
        if not names:
            return
        written = {*names, self.version_field} if self.version_field else names
        with self._guard(held=True), self._during(_found=names if update_fields is None else None):
            super().save(update_fields=written, **named)
        self._remember(names)

    def _save_table(self, *places: Any, **named: Any) -> Any:
        found, given = self.__dict__.get("_found"), dict(zip(SAVE_TABLE, places, strict=False)) | named
        if given.get("update_fields") and found is not None:
            found.update(self.find_changes())  # receivers of pre_save may have changed more
            given["update_fields"] = {*given["update_fields"], *found}
        return super()._save_table(**given)

    @contextmanager
    def _guard(self, *, held: bool) -> Iterator[None]:
        """Within, an UPDATE asks for the version that was read, and counts it on."""
        if not held or not self.version_field:
            yield
            return
        column, own = self._version_column, self.__dict__
        known = own.get("_loaded", {})
        if column not in known and (self._is_known() or column not in own):
            raise ValueError(
                f"{self._meta.label} {self.pk}: {self.version_field} was not read (only() or defer()), and without it"
                " nobody can tell whether the row was changed since: read it along."
            )
        before = own.get(column)
        version = known.get(column, before)
        setattr(self, column, version + 1)
        try:
            with self._during(_guarded=version):
                yield
        except BaseException:
            setattr(self, column, before)
            raise

    @contextmanager
    def _during(self, **marks: Any) -> Iterator[None]:
        """Within one save the instance knows these; a receiver may save it again meanwhile."""
        outer = {name: self.__dict__.get(name) for name in marks}
        self.__dict__.update(marks)
        try:
            yield
        finally:
            self.__dict__.update(outer)

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
        version = self.__dict__.get("_guarded")
        if version is None or not self._is_of_version(base_qs.model):
            return super()._do_update(base_qs, *rest)
        updated = super()._do_update(base_qs.filter(**{self.version_field: version}), *rest)
        if updated and "_loaded" in self.__dict__:
            # At once: receivers of post_save may save again.
            self._loaded = {**self._loaded, self._version_column: version + 1}
        elif not updated and (self._is_known() or base_qs.filter(pk=self.pk).exists()):
            raise StaleRowError(
                f"{self._meta.label} {self.pk} was changed or deleted since it was read (version {version}):"
                " read it again, apply the change to what it is now, and save."
            )
        return updated  # nothing, of a row that a rollback took: Django inserts it

    def _is_of_version(self, model: type[models.Model]) -> bool:
        return bool(self._meta.get_field(self.version_field).model is model)

    @property
    def _version_column(self) -> str:
        return str(self._meta.get_field(self.version_field).attname)

    def _is_known(self) -> bool:
        """Whether it is a row that was read or saved, under the key that it still has."""
        loaded = self.__dict__.get("_loaded")
        if loaded is None or self._state.adding or WHOLE in self.__dict__.get("_unsure", ()):
            return False
        return self._has_its_key(loaded)

    def _has_a_row(self) -> bool:
        """Whether there may be a row of which nobody knows for sure what it holds: one of `bulk_create`, or of a
        transaction that is open or was rolled back."""
        return not self._state.adding and self._has_its_key(self.__dict__.get("_loaded") or self.__dict__)

    def _has_its_key(self, loaded: dict[str, Any]) -> bool:
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
    return not expression and not _sets_itself(field)


def _sets_itself(field: Field) -> bool:
    return bool(getattr(field, "auto_now", False)) or type(field).pre_save not in SETTING


def _copied(value: Any) -> Any:
    if isinstance(value, models.fields.files.FieldFile):
        return value.name
    return deepcopy(value) if _is_mutable(value) else value


def _is_mutable(value: Any) -> bool:
    """Whether it changes without being assigned (JSON, arrays): Python gives such values no hash."""
    return type(value).__hash__ is None


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
    if isinstance(field, models.JSONField) or isinstance(value, JSON):
        # Python's 1 equals its True and its 1.0, and in JSON they are three.
        return bool(value != known or repr(value) != repr(known))
    return not _is_equal(value, known)


def _is_equal(value: Any, known: Any) -> bool:
    """Also of values that compare part by part, as the arrays of vector columns do."""
    if getattr(value, "shape", None) != getattr(known, "shape", None):
        return False
    found = value == known
    return bool(found.all() if hasattr(found, "all") else found)
