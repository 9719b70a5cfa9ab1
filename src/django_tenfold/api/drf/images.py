"""The width and height that an ImageField keeps in columns: Django reads them from the file where they are not there.

It does so as each instance is made, by a receiver of post_init
(https://docs.djangoproject.com/en/stable/ref/models/fields/#django.db.models.ImageField.height_field).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import ImageField
from django.db.models.signals import post_init

from django_tenfold.api.compiling.shape import Call, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.compiling.shape import Context
    from django_tenfold.api.compiling.values import Written


_HARMLESS = frozenset({("imagekit.specs.sourcegroups", "ModelSignalRouter.post_init_receiver")})
"""Receivers of every model of a project that change nothing that is read, by module and name.

django-imagekit keeps a hash of an instance's images beside it, to know at save() which are new
(https://github.com/matthewwithanm/django-imagekit/blob/develop/imagekit/specs/sourcegroups.py).
"""


def has_other_receivers(model: Any) -> bool:
    """Whether anything hears of each instance of the model, but Django's images and what is known to do no harm."""
    plain, asynchronous = post_init._live_receivers(model)
    return bool(asynchronous) or not all(map(_is_known, plain))


def _is_known(receiver: Any) -> bool:
    method = getattr(receiver, "__func__", None)
    if method is ImageField.update_dimension_fields:
        return True
    return (getattr(method, "__module__", ""), getattr(method, "__qualname__", "")) in _HARMLESS


def is_dimension(column: Any) -> bool:
    return bool(_list_images(column))


def compile_dimension(name: str, prefix: str, column: Any, written: Written) -> Call:
    """The column's value, or that of the file where it or its fellow has none; RefusedError for several images."""
    image, *others = _list_images(column)
    if others:
        raise RefusedError(f"{column.name} is the size of several images")
    fellows = [column.model._meta.get_field(one) for one in (image.width_field, image.height_field) if one]
    part = "width" if column.name == image.width_field else "height"

    def make(context: Context) -> Callable[..., Any]:
        convert = (written.make(context) if written.make else None) or (lambda value: value)

        def show(value: Any, file: str, *sizes: Any) -> Any:
            if file and not all(sizes):
                value = getattr(image.attr_class(None, image, file), part)
            return None if value is None else convert(value)

        return show

    return Call(name, tuple(prefix + one.attname for one in (column, image, *fellows)), make)


def _list_images(column: Any) -> list[Any]:
    names = (column.name, column.attname)
    return [
        one
        for one in column.model._meta.concrete_fields
        if isinstance(one, ImageField) and (one.width_field in names or one.height_field in names)
    ]
