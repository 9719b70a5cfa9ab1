"""Reads the models: as Django built them where the probe answered, else from source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.model import Known, Location, Unknown
from tenfold.project.models import Model, ModelField, Models
from tenfold.project.readers.app_labels import is_test_module, read_app_labels
from tenfold.project.readers.migrations import read_migrations
from tenfold.project.readers.model_fields import FieldReader
from tenfold.project.readers.plain_values import is_literal, plain
from tenfold.project.readers.probe_answer import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.model import Fact
    from tenfold.project.probed import Probed
    from tenfold.project.readers.app_labels import AppLabels
    from tenfold.project.settings import Settings
    from tenfold.project.source import Module, Source

ROOT = "django.db.models.Model"


def read_models(source: Source, settings: Settings, probed: Fact[Probed]) -> Models:
    """The project's own models, abstract ones included, by path and line. Migrations' frozen models and
    models that only tests define are none."""
    if isinstance(probed, Known) and "models" in probed.value.raw:
        records: Any = probed.value.raw["models"]
        return Models(tuple(sorted(map(_make_exact, records), key=lambda m: m.where)), exact=True)
    return Models(tuple(sorted(_read_static(source, settings), key=lambda m: m.where)))


def _make_exact(record: dict[str, Any]) -> Model:
    fields = [
        ModelField(
            name=field["name"],
            kind=field["kind"],
            where=Location(field["path"] or record["path"], field["line"]),
            to=field["to"],
            options=_literal_options((key, decode(value)) for key, value in field["options"].items()),
        )
        for field in record["fields"]
    ]
    return Model(
        label=record["label"],
        dotted=record["dotted"],
        where=Location(record["path"], record["line"]),
        abstract=record["abstract"],
        fields=tuple(fields),
        meta=tuple((key, decode(value)) for key, value in record["meta"].items()),
        bases=tuple(record["bases"]),
    )


def _literal_options(options: Iterator[tuple[str, object]] | Any) -> tuple[tuple[str, object], ...]:
    return tuple((key, value) for key, value in options if is_literal(value))


def _read_static(source: Source, settings: Settings) -> Iterator[Model]:
    apps = read_app_labels(source, settings)
    reader = FieldReader(source, settings, apps)
    found = dict.fromkeys([*_by_bases(source), *_by_migrations(source, settings, apps)])
    for module, scope in ((source.by_path[path], scope) for path, scope in found):
        if not _is_model_class(module, scope, apps):
            continue
        absolute = module.qualname(scope)
        chain = [(module, scope), *_project_bases(source, absolute)]
        own_meta = _read_meta(source, module, scope)
        meta = _merge_meta(source, chain)
        label = str(meta.pop("app_label", "") or apps.label(module.name))
        yield Model(
            label=f"{label}.{module.scopes[scope].name}",
            dotted=absolute,
            where=Location(module.path, module.scopes[scope].line),
            abstract=own_meta.get("abstract") is True,
            fields=reader.read_fields(chain),
            meta=tuple(meta.items()),
            bases=source.ancestors(absolute),
        )


def _by_bases(source: Source) -> Iterator[tuple[str, int]]:
    """Classes (path, scope index) that descend from Django's Model."""
    return ((module.path, scope) for module, scope in source.subclasses(ROOT))


def _by_migrations(source: Source, settings: Settings, apps: AppLabels) -> Iterator[tuple[str, int]]:
    """Classes of models modules that the app's migrations create, whatever base they have: one from a
    package that is not installed here, or one that only running tells."""
    created = {
        (migration.app, name.lower())
        for migration in read_migrations(source, settings, Unknown("not asked")).all
        for operation in migration.operations
        if operation.name == "CreateModel" and isinstance(name := dict(operation.arguments).get("name"), str)
    }
    for module in source if created else ():
        if "models" not in module.name.split("."):
            continue
        label = apps.label(module.name)
        for index, scope in enumerate(module.scopes):
            if scope.kind == "class" and scope.bases and (label, scope.name.lower()) in created:
                yield module.path, index


def _is_model_class(module: Module, scope: int, apps: AppLabels) -> bool:
    """At the top of a module (or of a class), outside migrations and tests."""
    while scope > 0:
        record = module.scopes[scope]
        if record.kind != "class":
            return False
        scope = record.parent
    return "migrations" not in module.name.split(".") and not is_test_module(module, apps)


def _project_bases(source: Source, absolute: str) -> Iterator[tuple[Module, int]]:
    for base in source.ancestors(absolute):
        found = source.find(base)
        if found is not None:
            yield found


def _read_meta(source: Source, module: Module, scope: int) -> dict[str, object]:
    """What the class's own Meta sets."""
    for index, record in enumerate(module.scopes):
        if record.parent == scope and record.kind == "class" and record.name == "Meta":
            return {
                name: plain(assigned.value, lambda dotted: source.resolve(module, dotted))
                for name, assigned in module.attributes(index).items()
            }
    return {}


def _inherits_meta(module: Module, scope: int) -> bool:
    """Whether its Meta is absent, or names a base to inherit from."""
    for record in module.scopes:
        if record.parent == scope and record.kind == "class" and record.name == "Meta":
            return bool(record.bases)
    return True


def _merge_meta(source: Source, chain: list[tuple[Module, int]]) -> dict[str, object]:
    """Meta along the bases, as far as each inherits its base's: an abstract base gives all of it but
    `abstract`, a concrete one only `ordering` and `get_latest_by`."""
    merged: dict[str, object] = {}
    inherits = True
    for position, (module, scope) in enumerate(chain):
        if not inherits:
            break
        meta = _read_meta(source, module, scope)
        if position and meta.get("abstract") is not True:
            meta = {key: value for key, value in meta.items() if key in ("ordering", "get_latest_by")}
        if position:
            meta.pop("abstract", None)
        merged = {**meta, **merged}
        inherits = _inherits_meta(module, scope)
    merged.pop("abstract", None)
    return merged
