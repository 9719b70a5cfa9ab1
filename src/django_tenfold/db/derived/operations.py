"""Migration operations that put derived fields in place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import Operation
from django.db.models import Q

from django_tenfold.db.derived.fields import AggregatedField, CopiedField
from django_tenfold.db.derived.upkeep import install_field, remove_field

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

    from django_tenfold.db.derived.fields import DerivedField, Take


class InstallDerivedField(Operation):
    """Puts the triggers in place and fills the column; the arguments are those of the declaration.

    The migration needs `atomic = False`: the triggers are committed before the rows are filled in batches, so that no
    writer waits for the filling.
    """

    reduces_to_sql = False
    reversible = True
    atomic = False
    derived: DerivedField

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing of Django's own state changes."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.in_atomic_block:
            raise RuntimeError(
                f"{type(self).__name__}({self.derived}) would hold every writer while it fills the column: set"
                " atomic = False in its migration."
            )
        derived = replace(self.derived, registry=to_state.apps)
        if self.allow_migrate_model(schema_editor.connection.alias, derived.target):
            install_field(derived, using=schema_editor.connection.alias)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        # `to_state` is what stands afterwards, and may know the column no more.
        derived = replace(self.derived, registry=from_state.apps)
        if self.allow_migrate_model(schema_editor.connection.alias, derived.target):
            remove_field(derived, using=schema_editor.connection.alias)

    def describe(self) -> str:
        return f"Keep {self.derived} in the database"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__qualname__, [], dict(self.derived.describe())


class InstallCopiedField(InstallDerivedField):
    """For a `CopiedField`."""

    # Each argument by its name: the writer of squashed migrations leaves out what a signature does not name.
    def __init__(self, *, model: str, field: str, source: str) -> None:
        self.derived = CopiedField(model, field, source=source)


class InstallAggregatedField(InstallDerivedField):
    """For an `AggregatedField`."""

    def __init__(
        self,
        *,
        model: str,
        field: str,
        rows: str,
        by: str,
        take: Take,
        of: str = "",
        newest: str = "",
        where: Q | None = None,
    ) -> None:
        self.derived = AggregatedField(
            model, field, rows=rows, by=by, take=take, of=of, newest=newest, where=where or Q()
        )
