"""Reads the fields of model classes from source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.project.model import Location
from tenfold.project.models import ModelField
from tenfold.project.readers.app_labels import find_user_model
from tenfold.project.readers.plain_values import is_literal, plain
from tenfold.project.source import Invoke, Name

if TYPE_CHECKING:
    from tenfold.project.readers.app_labels import AppLabels
    from tenfold.project.settings import Settings
    from tenfold.project.source import Assignment, Module, Source, Value

FIELD = "django.db.models.Field"
# Fields that are no subclass of Field, or whose name does not say that they are one.
OTHER_FIELDS = frozenset(
    {
        "django.contrib.contenttypes.fields.GenericForeignKey",
        "taggit.managers.TaggableManager",
        "modelcluster.contrib.taggit.ClusterTaggableManager",
    }
)
# Packages whose `...Field` classes are form, serializer or filter fields.
NOT_FIELDS = (
    "django.forms",
    "rest_framework",
    "django_filters",
    "graphene",
    "wtforms",
    "import_export",
    "marshmallow",
)
RELATED = (
    "ForeignKey",
    "OneToOneField",
    "ManyToManyField",
    "ParentalKey",
    "ParentalManyToManyField",
    "TreeForeignKey",
)
USER_CALLS = ("get_user_model", "settings.AUTH_USER_MODEL")


@dataclass(frozen=True)
class FieldReader:
    """Fields of one project's model classes."""

    source: Source
    settings: Settings
    apps: AppLabels

    def read_fields(self, chain: list[tuple[Module, int]]) -> tuple[ModelField, ...]:
        """Fields of a class and its bases (nearest first), those of the bases first; `name = None` in a
        nearer class takes a field away."""
        fields: dict[str, ModelField] = {}
        for module, scope in reversed(chain):
            for name, assigned in module.attributes(scope).items():
                field = self.read_field(module, name, assigned)
                if field is not None:
                    fields[name] = field
                elif assigned.value is None:
                    fields.pop(name, None)
        return tuple(fields.values())

    def read_field(self, module: Module, name: str, assigned: Assignment) -> ModelField | None:
        """The field that an assignment makes, None when it makes none."""
        call = assigned.value
        if not isinstance(call, Invoke):
            return None
        kind = self.field_class(module, call.callee)
        if not kind:
            return None
        options = [
            (key, plain(value, lambda dotted: self.source.resolve(module, dotted)))
            for key, value in call.keywords
            if key and key not in ("to", "through")
        ]
        return ModelField(
            name=name,
            kind=kind,
            where=Location(module.path, assigned.line),
            to=self.find_target(module, call, kind),
            options=tuple((key, value) for key, value in options if is_literal(value)),
        )

    def field_class(self, module: Module, callee: str) -> str:
        """The field's class as Django names it ("django.db.models.CharField"), "" for no field."""
        absolute = self.source.resolve(module, callee)
        last = absolute.rpartition(".")[2]
        if absolute.startswith("django.db.models."):
            is_field = last.endswith(("Field", "ForeignKey"))
            return f"django.db.models.{last}" if is_field else ""
        if absolute in OTHER_FIELDS:
            return absolute
        if self.source.find(absolute) is not None:
            return absolute if self.is_field_class(absolute) else ""
        looks = last.endswith(("Field", "ForeignKey", "GenericRelation")) or last in RELATED
        return absolute if looks and not absolute.startswith(NOT_FIELDS) else ""

    def is_field_class(self, absolute: str) -> bool:
        """Whether a class of the project descends from a model field."""
        return any(
            base == FIELD
            or base in OTHER_FIELDS
            or (base.endswith(("Field", "ForeignKey")) and not base.startswith(NOT_FIELDS))
            for base in self.source.ancestors(absolute)
        )

    def find_target(self, module: Module, call: Invoke, kind: str) -> str:
        """The label of the related model, "" for none."""
        last = kind.rpartition(".")[2]
        related = last in RELATED or any(
            base.rpartition(".")[2] in RELATED for base in self.source.ancestors(kind)
        )
        if not related and last != "GenericRelation":
            return ""
        target = call.keyword("to")
        if target is None and call.args:
            target = call.args[0]
        return self.name_target(module, target)

    def name_target(self, module: Module, target: Value) -> str:
        if isinstance(target, str):
            # "self" stands for the class that holds it, which differs per subclass: kept as written.
            return target if "." in target or target == "self" else f"{self.apps.label(module.name)}.{target}"
        dotted = (
            target.dotted if isinstance(target, Name) else target.callee if isinstance(target, Invoke) else ""
        )
        if dotted.endswith(USER_CALLS):
            return find_user_model(self.settings)
        absolute = self.source.resolve(module, dotted) if dotted else ""
        found = self.source.find(absolute)
        if found is not None:
            return f"{self.apps.label(found[0].name)}.{found[0].scopes[found[1]].name}"
        value = self.constant(absolute)
        if value:
            return self.name_target(module, value)
        before, _, last = absolute.rpartition(".")
        return f"{self.apps.label(before)}.{last}" if before else ""

    def constant(self, absolute: str) -> str:
        """The text of a module-level constant of the project, "" when it is none."""
        before, _, last = absolute.rpartition(".")
        module = self.source.by_name.get(before)
        assigned = module.attributes(0).get(last) if module else None
        return assigned.value if assigned and isinstance(assigned.value, str) else ""
