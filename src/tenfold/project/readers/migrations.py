"""Reads the migrations: their operations from source, their graph from the probe where it answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.project.migrations import Migration, Migrations, OperationFact
from tenfold.project.model import Known, Location
from tenfold.project.readers.app_labels import find_user_model, read_app_labels
from tenfold.project.source import Invoke, Items, Name, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Fact
    from tenfold.project.probed import Probed
    from tenfold.project.readers.app_labels import AppLabels
    from tenfold.project.settings import Settings
    from tenfold.project.source import Module, Source, Value

BASE = "django.db.migrations.Migration"
# What an operation's positional arguments are called (django.db.migrations.operations).
POSITIONS = {
    "CreateModel": ("name", "fields", "options", "bases", "managers"),
    "DeleteModel": ("name",),
    "RenameModel": ("old_name", "new_name"),
    "AlterModelTable": ("name", "table"),
    "AlterModelOptions": ("name", "options"),
    "AlterUniqueTogether": ("name", "unique_together"),
    "AlterIndexTogether": ("name", "index_together"),
    "AlterOrderWithRespectTo": ("name", "order_with_respect_to"),
    "AlterModelManagers": ("name", "managers"),
    "AddField": ("model_name", "name", "field", "preserve_default"),
    "AlterField": ("model_name", "name", "field", "preserve_default"),
    "RemoveField": ("model_name", "name"),
    "RenameField": ("model_name", "old_name", "new_name"),
    "AddIndex": ("model_name", "index"),
    "AddIndexConcurrently": ("model_name", "index"),
    "RemoveIndex": ("model_name", "name"),
    "RemoveIndexConcurrently": ("model_name", "name"),
    "AddConstraint": ("model_name", "constraint"),
    "RemoveConstraint": ("model_name", "name"),
    "RunPython": ("code", "reverse_code", "atomic", "hints", "elidable"),
    "RunSQL": ("sql", "reverse_sql", "state_operations", "hints", "elidable"),
    "SeparateDatabaseAndState": ("database_operations", "state_operations"),
}


def read_migrations(source: Source, settings: Settings, probed: Fact[Probed]) -> Migrations:
    """The project's own migrations, by path. Exact when the probe loaded them all."""
    static = tuple(sorted(_read_static(source, settings), key=lambda m: m.path))
    if not isinstance(probed, Known) or "migrations" not in probed.value.raw:
        return Migrations(static)
    records: Any = probed.value.raw["migrations"]
    by_path = {migration.path: migration for migration in static}
    exact = tuple(_make_exact(record, by_path.get(record["path"])) for record in records)
    return Migrations(tuple(sorted(exact, key=lambda m: m.path)), exact=True)


def _make_exact(record: dict[str, Any], static: Migration | None) -> Migration:
    """The probe's graph; the operations' arguments and lines are those of the source."""
    migration = Migration(
        app=record["app"],
        name=record["name"],
        path=record["path"],
        dependencies=tuple((pair[0], pair[1]) for pair in record["dependencies"] if len(pair) == 2),
        operations=tuple(OperationFact(name, Location(record["path"]), ()) for name in record["operations"]),
        initial=record["initial"],
        squashes=len(record["replaces"]),
        atomic=record["atomic"],
    )
    if static is None or len(static.operations) < len(migration.operations):
        return migration
    return replace(migration, operations=static.operations)


def _read_static(source: Source, settings: Settings) -> Iterator[Migration]:
    apps = read_app_labels(source, settings)
    moved = _moved_packages(settings)
    for module, scope in source.subclasses(BASE):
        if module.scopes[scope].qualname == "Migration":
            app = _find_app(module, apps, moved)
            yield _read_migration(source, module, scope, app=app, user=find_user_model(settings))


def _moved_packages(settings: Settings) -> dict[str, str]:
    """Package of migrations -> label of its app, from MIGRATION_MODULES."""
    found: dict[str, str] = {}
    for possible in settings.possible("MIGRATION_MODULES", development=True):
        if isinstance(possible.value, dict):
            found.update(
                (package, label)
                for label, package in possible.value.items()
                if isinstance(package, str) and isinstance(label, str)
            )
    return found


def _find_app(module: Module, apps: AppLabels, moved: dict[str, str]) -> str:
    package = module.name.rpartition(".")[0]
    return moved.get(package) or apps.label(package)


def _read_migration(source: Source, module: Module, scope: int, *, app: str, user: str) -> Migration:
    attributes = {name: assigned.value for name, assigned in module.attributes(scope).items()}
    dependencies = tuple(_read_dependencies(attributes.get("dependencies"), user.partition(".")[0], module))
    initial = attributes.get("initial")
    return Migration(
        app=app,
        name=module.name.rpartition(".")[2],
        path=module.path,
        dependencies=dependencies,
        operations=tuple(_read_operations(attributes.get("operations"), source, module)),
        initial=bool(initial) if initial is not None else all(app != other for other, _ in dependencies),
        squashes=len(list(_elements(attributes.get("replaces"), module))),
        atomic=attributes.get("atomic") is not False,
    )


def _elements(value: Value, module: Module, *, depth: int = 5) -> Iterator[Value]:
    """The elements of a list, through sums, spreads and variables of the same module."""
    if depth < 0:
        return
    if isinstance(value, Items):
        for item in value.values:
            spread = isinstance(item, Operation) and item.operator == "*"
            yield from _elements(item, module, depth=depth - 1) if spread else (item,)
    elif isinstance(value, Operation):
        for item in value.values:
            yield from _elements(item, module, depth=depth - 1)
    elif isinstance(value, Name):
        assigned = module.attributes(0).get(value.dotted)
        if assigned is not None:
            yield from _elements(assigned.value, module, depth=depth - 1)


def _read_dependencies(value: Value, user: str, module: Module) -> Iterator[tuple[str, str]]:
    """(app, name) pairs; `user` is the label of the app that `settings.AUTH_USER_MODEL` stands in."""
    for item in _elements(value, module):
        if isinstance(item, Items) and len(item.values) == 2:
            app, name = item.values
            if isinstance(app, str) and isinstance(name, str):
                yield app, name
        elif isinstance(item, Invoke) and item.callee.endswith("swappable_dependency") and item.args:
            target = item.args[0]
            if isinstance(target, Name):
                last = target.dotted.rpartition(".")[2]
                yield user if last == "AUTH_USER_MODEL" else last, "__first__"
            elif isinstance(target, str):
                yield target.partition(".")[0], "__first__"


def _read_operations(value: Value, source: Source, module: Module) -> Iterator[OperationFact]:
    """Operations in order, positional arguments under their names."""
    for item in _elements(value, module):
        if not isinstance(item, Invoke):
            continue
        name = source.resolve(module, item.callee).rpartition(".")[2]
        names = POSITIONS.get(name, ())
        given = [
            (names[position] if position < len(names) else str(position), argument)
            for position, argument in enumerate(item.args)
        ]
        given += [(key or "**", argument) for key, argument in item.keywords]
        yield OperationFact(name, Location(module.path, item.line), tuple(given))
