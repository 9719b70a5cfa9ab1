"""Migration operations of the block."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import Operation
from django.db.models import Q

from django_tenfold.db.counters.declaring import Counter
from django_tenfold.db.counters.upkeep import install_counter, remove_counter

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class InstallCounter(Operation):
    """Puts a counter's triggers in place and counts what is there; its arguments are those of `Counter`.

    `column` is taken and makes no difference: the roll-ups write it, by the declaration.

    The migration needs `atomic = False`: the triggers are committed before the rows are counted, so that no writer
    waits for the counting.
    """

    reduces_to_sql = False
    reversible = True
    atomic = False

    def __init__(
        self, name: str, model: str, by: str = "", add: str = "", where: Q | None = None, *, column: str = ""
    ) -> None:
        self.counter = Counter(name, model, by=by, add=add, where=where or Q(), column=column)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing of Django's own state changes."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.in_atomic_block:
            raise RuntimeError(
                f"InstallCounter({self.counter.name!r}) would hold every writer of {self.counter.model} while it"
                " counts: set atomic = False in its migration."
            )
        counter = replace(self.counter, registry=to_state.apps)
        if self.allow_migrate_model(schema_editor.connection.alias, counter.source):
            install_counter(counter, using=schema_editor.connection.alias)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        # `to_state` is what stands afterwards, and may know the model no more.
        counter = replace(self.counter, registry=from_state.apps)
        if self.allow_migrate_model(schema_editor.connection.alias, counter.source):
            remove_counter(counter, using=schema_editor.connection.alias)

    def describe(self) -> str:
        return f"Keep the counter {self.counter.name} of {self.counter.model}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__qualname__, [], dict(self.counter.describe())
