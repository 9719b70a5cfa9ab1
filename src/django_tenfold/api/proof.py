"""What has to be true of serializers, fields and models so that rows give what instances would have given."""

from __future__ import annotations

import inspect
from functools import partialmethod
from typing import Any

from django.db import models
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
_SERIALIZER = (
    "__init__",
    "__new__",
    "many_init",
    "to_representation",
    "data",
    "fields",
    "get_fields",
    "get_field_names",
    "get_extra_kwargs",
    "_readable_fields",
    "get_attribute",
    "__iter__",
)
_MODEL = ("__init__", "from_db", "__getattribute__", "serializable_value")


def find_owner(kind: type, name: str) -> Any:
    """The class of the method resolution order that defines `name`."""
    return next((one for one in kind.__mro__ if name in vars(one)), None)


def refuse_serializer(kind: type) -> None:
    """RefusedError when the serializer does anything of its own to what is shown."""
    for name in _SERIALIZER:
        owner = find_owner(kind, name)
        if owner is not None and owner.__module__.split(".")[0] not in ("rest_framework", "builtins"):
            raise RefusedError(f"{owner.__name__}.{name} is its own")


def refuse_model(model: Any) -> None:
    """RefusedError when instances of the model may hold something else than their rows."""
    if model._meta.label in options().trusted_models:
        return
    for name in _MODEL:
        owner = find_owner(model, name)
        # What a base class of another block adds (SavesChanges remembers what it read) changes no value.
        if owner not in (models.Model, object) and not owner.__module__.startswith("django_tenfold."):
            raise RefusedError(
                f"{owner.__name__}.{name} is its own; if it changes nothing that is read, name {model._meta.label!r}"
                ' in TENFOLD_API["trusted_models"]'
            )
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
