"""A schema of django-ninja compiled to a shape, or every reason why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args, get_origin

from django.core.signals import setting_changed
from ninja import Schema

from django_tenfold.api import proof
from django_tenfold.api.compiling.paths import find_column, find_to_many, find_to_one
from django_tenfold.api.compiling.shape import Call, Many, One, RefusedError, Shape, Value
from django_tenfold.api.ninja.values import (
    Annotation,
    UnprovedError,
    read_annotation,
    write_annotated,
    write_value,
)
from django_tenfold.api.rows.bind import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.compiling.shape import Entry

CONFIG = {
    "from_attributes",
    "title",
    "json_schema_extra",
    "populate_by_name",
    "validate_by_name",
    "alias_generator",
}
"""What a schema may configure without an effect on what it shows."""
_OWN = (
    "__init__",
    "__new__",
    "__getattr__",
    "__getattribute__",
    "__iter__",
    "model_post_init",
    "model_validate",
    "model_dump",
    "__get_pydantic_core_schema__",
)
_DECORATORS = (
    "validators",
    "field_validators",
    "root_validators",
    "field_serializers",
    "model_serializers",
    "computed_fields",
)


@dataclass(frozen=True, slots=True)
class Flags:
    """What an operation says of all schemas of its answer."""

    by_alias: bool = False
    exclude_none: bool = False
    exclude_unset: bool = False
    exclude_defaults: bool = False


@dataclass(frozen=True, slots=True)
class Compiled:
    """`plan` is None when there are reasons against it."""

    plan: Plan | None
    reasons: tuple[str, ...]
    annotated: frozenset[str] = frozenset()
    """What the queryset has to bring as annotations."""


def explain(schema: Any, model: Any, **flags: bool) -> tuple[str, ...]:
    """Why django-ninja itself reads for this schema; empty when it is compiled. Flags are those of an operation."""
    return compile_schema(schema, model, Flags(**flags)).reasons


@lru_cache(maxsize=1_000)
def compile_schema(schema: Any, model: Any, flags: Flags) -> Compiled:
    """Made at the first read."""
    compiler = _Compiler(flags)
    try:
        if flags.exclude_defaults:
            raise RefusedError("exclude_defaults leaves out what is a value")
        proof.refuse_model(model)
        entries = compiler.compile(schema, _Below(model))
    except RefusedError as reason:
        compiler.reasons.append(str(reason))
    if compiler.reasons:
        return Compiled(None, tuple(compiler.reasons))
    return Compiled(Plan(Shape(model, entries)), (), frozenset(compiler.annotated))


def _forget(*, setting: str, **_: object) -> None:
    if setting in ("TENFOLD_API", "USE_TZ"):
        compile_schema.cache_clear()


setting_changed.connect(_forget)


@dataclass(frozen=True, slots=True)
class _Below:
    """An object of the row: its model, how look-ups of its columns begin, what is NULL where it is missing."""

    model: Any
    prefix: str = ""
    guard: str = ""


class _Compiler:
    """Of one schema with its nested ones."""

    def __init__(self, flags: Flags) -> None:
        self.flags = flags
        self.reasons: list[str] = []
        self.annotated: set[str] = set()

    def compile(self, schema: Any, below: _Below) -> tuple[Entry, ...]:
        refuse_schema(schema)
        made = []
        for name, field in schema.model_fields.items():
            if field.exclude:
                continue
            try:
                made.append(self._compile_field(name, field, below))
            except RefusedError as reason:
                self.reasons.append(f"{schema.__name__}.{name}: {reason}")
        return tuple(made)

    def _compile_field(self, name: str, field: Any, below: _Below) -> Entry:
        if getattr(field, "exclude_if", None) is not None or field.discriminator is not None:
            raise RefusedError("whether it is shown depends on its value")
        shown = field.serialization_alias or name if self.flags.by_alias else name
        asked = name if field.validation_alias is None else field.validation_alias
        if not isinstance(asked, str):
            raise RefusedError("its alias is a choice or a path of pydantic")
        told = read_annotation(field.annotation, field.metadata)
        *steps, last = asked.split(".")
        for step in steps:
            below = self._step(below, step, field)
        if get_origin(told.kind) is list:
            return self._compile_list(shown, last, told, below)
        if isinstance(told.kind, type) and issubclass(told.kind, Schema):
            return self._compile_one(shown, last, told, below, field)
        return self._compile_value(shown, last, told, below)

    def _step(self, below: _Below, name: str, field: Any) -> _Below:
        found = self._find_one(below, name)
        if not found.nullable:
            return _Below(found.model, f"{below.prefix}{found.name}__", below.guard)
        self._refuse_missing(field)
        return _Below(found.model, f"{below.prefix}{found.name}__", below.prefix + found.guard)

    def _refuse_missing(self, field: Any) -> None:
        """An attribute that is missing is the field's default, and not set."""
        if field.default is not None or field.default_factory is not None:
            raise RefusedError("an object on the way may be missing, and its default is not None")

    def _refuse_unset(self) -> None:
        if self.flags.exclude_unset:
            raise RefusedError("an object on the way may be missing, and exclude_unset leaves it out")

    def _find_one(self, below: _Below, name: str) -> Any:
        if not proof.has_attribute(below.model, name, proof.TO_ONE):
            raise RefusedError(
                f"{below.model.__name__}.{name} is no foreign key or one-to-one field of Django"
            )
        found = find_to_one(below.model, name)
        real = below.model._meta.get_field(found.name)
        if getattr(getattr(real, "remote_field", None), "parent_link", False):
            raise RefusedError(f"{below.model.__name__}.{name} links to a parent model")
        if not found.reverse and not getattr(real, "db_constraint", True):
            raise RefusedError(f"{below.model.__name__}.{name} may point to a row that is gone")
        proof.refuse_target(found.model)
        return found

    def _compile_value(self, shown: str, last: str, told: Annotation, below: _Below) -> Entry:
        path = below.prefix + last
        if not below.prefix and proof.is_unknown(below.model, last):
            self.annotated.add(last)
            return _strict(shown, last, write_annotated(told), optional=told.optional)
        if last != "pk" and not proof.has_attribute(below.model, last, (*proof.COLUMNS, *proof.FILES)):
            raise RefusedError(
                f"{below.model.__name__}.{last} is no plain column (a property, a method, an object)"
            )
        column = find_column(below.model, last)
        convert = write_value(told, column)
        path = below.prefix + column.attname
        if not told.optional and (column.null or below.guard):
            if below.guard:
                self._refuse_unset()
            return _strict(shown, path, convert, optional=False)
        skip = below.guard if self.flags.exclude_unset else ""
        return Value(shown, path, None if convert is None else lambda _: convert, skip_without=skip)

    def _compile_one(self, shown: str, last: str, told: Annotation, below: _Below, field: Any) -> One:
        found = self._find_one(below, last)
        if found.reverse:
            self._refuse_missing(field)
        if found.reverse or below.guard:
            self._refuse_unset()
        if (found.nullable or below.guard) and not told.optional:
            raise RefusedError("it may be missing, and its schema does not say so")
        guard = below.prefix + found.guard if found.nullable or below.guard else ""
        inner = _Below(found.model, f"{below.prefix}{found.name}__")
        return One(shown, guard, self.compile(told.kind, inner))

    def _compile_list(self, shown: str, last: str, told: Annotation, below: _Below) -> Many:
        if below.guard:
            raise RefusedError("the object that has the list may be missing")
        if not proof.has_attribute(below.model, last, proof.TO_MANY):
            raise RefusedError(f"{below.model.__name__}.{last} is no list of related objects of Django's own")
        found = find_to_many(below.model, last)
        proof.refuse_model(found.model)
        (item,) = get_args(told.kind) or (None,)
        if isinstance(item, type) and issubclass(item, Schema):
            entries = self.compile(item, _Below(found.model))
        elif getattr(item, "__qualname__", "").startswith("create_m2m_link_type."):
            entries = (_write_key(item, found.model._meta.pk),)
        else:
            raise RefusedError("its items are no schemas")
        shape = Shape(found.model, entries, flat=not issubclass(item, Schema))
        return Many(shown, below.prefix + found.key, found.back, below.prefix + last, shape, flat=shape.flat)


def _write_key(item: Any, pk: Any) -> Value:
    """The primary keys that django-ninja shows for a relation of a ModelSchema."""
    target = pk
    while target.remote_field is not None:
        target = target.target_field
    convert = write_value(Annotation(item.__mro__[1], optional=False), target)
    return Value("value", pk.attname, None if convert is None else lambda _: convert)


def _strict(shown: str, path: str, convert: Callable[[Any], Any] | None, *, optional: bool) -> Call:
    """A value that is looked at also where it is NULL."""

    def write(value: Any) -> Any:
        if value is None:
            if not optional:
                raise UnprovedError
            return None
        return value if convert is None else convert(value)

    return Call(shown, (path,), lambda _: write)


def refuse_schema(schema: Any) -> None:
    """RefusedError when the schema does anything of its own to what is shown."""
    if not schema.__pydantic_complete__ and not schema.model_rebuild(raise_errors=False):
        raise RefusedError(f"{schema.__name__} is not complete: one of its types is not known yet")
    for name in _OWN:
        owner = proof.find_owner(schema, name)
        if owner is not None and owner.__module__.split(".")[0] not in ("ninja", "pydantic", "builtins"):
            raise RefusedError(f"{owner.__name__}.{name} is its own")
    if resolvers := schema._ninja_resolvers:
        raise RefusedError(
            f"{schema.__name__} has resolvers, which may read anything: {', '.join(resolvers)}"
        )
    if odd := {*schema.model_config} - CONFIG:
        raise RefusedError(f"{schema.__name__} configures {', '.join(sorted(odd))}")
    told = schema.__pydantic_decorators__
    if any(getattr(told, name) for name in _DECORATORS) or {*told.model_validators} != {
        "_run_root_validator"
    }:
        raise RefusedError(f"{schema.__name__} has validators, serializers or computed fields")
    if schema.__pydantic_root_model__ or schema.__pydantic_generic_metadata__["parameters"]:
        raise RefusedError(f"{schema.__name__} is no plain schema")
