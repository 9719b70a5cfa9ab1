"""What has to be true of serializers, fields and models so that rows give what instances would have given."""

from __future__ import annotations

import inspect
from functools import partialmethod
from sys import modules
from types import FunctionType
from typing import Any

from django.db import models
from django.db.models.fields.composite import CompositeAttribute
from django.db.models.fields.files import FileDescriptor, ImageFileDescriptor
from django.db.models.fields.related_descriptors import (
    ForeignKeyDeferredAttribute,
    ForwardManyToOneDescriptor,
    ForwardOneToOneDescriptor,
    ManyToManyDescriptor,
    ReverseManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import pre_init

from django_tenfold.api.compiling.shape import RefusedError
from django_tenfold.api.drf.images import has_other_receivers
from django_tenfold.api.settings import options

COLUMNS = (DeferredAttribute, ForeignKeyDeferredAttribute)
FILES = (FileDescriptor, ImageFileDescriptor)
TO_ONE = (ForwardManyToOneDescriptor, ForwardOneToOneDescriptor, ReverseOneToOneDescriptor)
TO_MANY = (ReverseManyToOneDescriptor, ManyToManyDescriptor)
_READING = ("__getattribute__", "__getattr__")
"""What changes everything that is read, beside what REST framework's classes have."""
_WRITING = {
    "__class_getitem__",
    "__repr__",
    "_get_constraint_violation_error_message",
    "_read_only_defaults",
    "_writable_fields",
    "create",
    "display_value",
    "errors",
    "fail",
    "get_choices",
    "get_default",
    "get_initial",
    "get_object",
    "get_queryset",
    "get_unique_for_date_validators",
    "get_unique_together_validators",
    "get_validators",
    "get_value",
    "grouped_choices",
    "is_valid",
    "iter_options",
    "run_child_validation",
    "run_validation",
    "run_validators",
    "save",
    "set_value",
    "to_internal_value",
    "update",
    "validate",
    "validate_empty_values",
    "validate_precision",
    "validated_data",
    "validators",
}
"""What only takes part in writing, and in forms: a project may change it and shows the same."""
_MAKING = {"__init__", "__new__", "many_init"}
"""Of fields: they are made with the class, not for a request."""
_TOLD = {"binary", "coerce_to_string", "format", "localize", "pk_field", "timezone", "use_url", "uuid_format"}
"""What a field says of itself; as a property it may say something else each time."""
_MODEL = ("__init__", "__new__", "__setattr__", "from_db", "__getattribute__", "serializable_value")


def find_owner(kind: type, name: str) -> Any:
    """The class of the method resolution order that defines `name`."""
    return next((one for one in kind.__mro__ if name in vars(one)), None)


def refuse_serializer(kind: type) -> None:
    """RefusedError when the serializer does anything of its own to what is shown."""
    _refuse_changes(kind, _WRITING)


def refuse_field(kind: type) -> None:
    """RefusedError when the class of a field changes more of REST framework's than how it is written to."""
    _refuse_changes(kind, _WRITING | _MAKING)
    for name in _TOLD:
        owner = find_owner(kind, name)
        if owner is not None and hasattr(vars(owner)[name], "__get__"):
            raise RefusedError(f"{owner.__name__}.{name} is its own")


def _refuse_changes(kind: type, harmless: set[str]) -> None:
    theirs = [one for one in kind.__mro__ if getattr(modules.get(one.__module__), one.__name__, None) is one]
    theirs = [one for one in theirs if _is_frameworks(one)]  # a class of type() has its metaclass's module
    names = dict.fromkeys([*_READING, *(name for one in theirs for name in vars(one))])
    for name in names:
        owner = find_owner(kind, name)
        if owner in (None, object) or name in harmless:
            continue
        value = vars(owner)[name]
        if not hasattr(value, "__get__"):
            continue  # neither a method nor a property: the same for everyone
        function = _find_function(value)
        if not _is_frameworks(owner) or (function is not None and not _is_frameworks(function)):
            raise RefusedError(f"{owner.__name__}.{name} is its own")


def _find_function(value: Any) -> Any:
    """The function of a method or property; None for other descriptors."""
    for name in ("fget", "func", "__func__"):
        value = getattr(value, name, value)
    return value if isinstance(value, FunctionType) else None


def _is_frameworks(thing: Any) -> bool:
    return (thing.__module__ or "").split(".")[0] in ("rest_framework", "django_tenfold")


def refuse_model(model: Any) -> None:
    """RefusedError when instances of the model may hold something else than their rows."""
    if model._meta.label in options().trusted_models:
        return
    for name in _MODEL:
        owner = find_owner(model, name)
        # What a base class of another block adds (SavesChanges remembers what it read) changes no value.
        if owner not in (models.Model, object, None) and not owner.__module__.startswith("django_tenfold."):
            raise RefusedError(
                f"{owner.__name__}.{name} is its own; if it changes nothing that is read, name {model._meta.label!r}"
                ' in TENFOLD_API["trusted_models"]'
            )
    own_key = find_owner(model, "pk")
    if own_key is not models.Model and not isinstance(vars(own_key)["pk"], CompositeAttribute):
        raise RefusedError(f"{own_key.__name__}.pk is its own")
    if pre_init.has_listeners(model) or has_other_receivers(model):
        raise RefusedError(
            f"a signal is sent for each {model.__name__} that is made; if its receivers change nothing that is read,"
            f' name {model._meta.label!r} in TENFOLD_API["trusted_models"]'
        )


def refuse_target(model: Any) -> None:
    """RefusedError when Django would not find related objects of this model by a join."""
    refuse_model(model)
    if type(model._base_manager) is not models.Manager:
        raise RefusedError(f"{model.__name__} has a base manager of its own")


def has_attribute(model: Any, name: str, kinds: tuple[type, ...]) -> bool:
    """Whether the attribute is exactly one of Django's own kinds."""
    return type(inspect.getattr_static(model, name, None)) in kinds


def is_unknown(model: Any, name: str) -> bool:
    """Whether the model says nothing of the name: an annotation may bring it."""
    missing = object()
    return inspect.getattr_static(model, name, missing) is missing


def find_displayed(model: Any, name: str) -> Any:
    """The field whose choice Django's own `get_..._display` tells; None for any other name."""
    method = inspect.getattr_static(model, name, None)
    if isinstance(method, partialmethod) and method.func is models.Model._get_FIELD_display:
        return method.keywords.get("field")
    return None
