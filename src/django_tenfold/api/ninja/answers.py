"""What an operation of django-ninja says of its answer, and whether rows can give the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args, get_origin

from ninja import Schema
from ninja.constants import NOT_SET
from ninja.pagination import CursorPagination, LimitOffsetPagination, PageNumberPagination
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder

from django_tenfold.api import proof
from django_tenfold.api.compiling.shape import Many, One, RefusedError
from django_tenfold.api.ninja.compile import Flags, refuse_schema
from django_tenfold.api.ninja.pagination import KeysetPagination

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.api.compiling.shape import Entry

SLICES = (LimitOffsetPagination, PageNumberPagination)
"""They take a slice and give it on."""
NAMED = (CursorPagination, KeysetPagination)
"""They look at objects: for the columns that they order by."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation says of its answer."""

    schema: Any
    page: Any
    """The schema around the list, None without pagination."""
    status: int
    flags: Flags


def read_answer(operation: Any, paginator: Any) -> Answer:
    if len(operation.response_models) != 1:
        raise RefusedError("the operation has several answers: which one it is, its view says")
    ((status, model),) = operation.response_models.items()
    if model is None or model is NOT_SET or not isinstance(status, int):
        raise RefusedError("the operation says no schema of its answer")
    told, page = model.model_fields["response"].annotation, None
    if paginator is not None:
        _refuse_paginator(paginator)
        page = told
        refuse_schema(page)
        told = page.model_fields[paginator.items_attribute].annotation
    if get_origin(told) is not list or not _is_schema(get_args(told)[0]):
        raise RefusedError("its answer is no list of a schema")
    flags = Flags(
        operation.by_alias, operation.exclude_none, operation.exclude_unset, operation.exclude_defaults
    )
    return Answer(get_args(told)[0], page, status, flags)


def _is_schema(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Schema)


def _refuse_paginator(paginator: Any) -> None:
    for name in ("paginate_queryset", "apaginate_queryset", "_items_count", "_get_position"):
        owner = proof.find_owner(type(paginator), name)
        if owner is not None and owner.__module__ not in ("ninja.pagination", KeysetPagination.__module__):
            raise RefusedError(f"{owner.__name__}.{name} is its own: it may look at the objects")
    if not isinstance(paginator, (*SLICES, *NAMED)):
        raise RefusedError(f"{type(paginator).__name__} may look at the objects")


def refuse_renderer(renderer: Any) -> None:
    """A renderer of the project's own may write values in its own way."""
    kind = type(renderer)
    owner = proof.find_owner(kind, "render")
    if owner is not JSONRenderer or kind.encoder_class is not NinjaJSONEncoder or kind.json_dumps_params:
        raise RefusedError(f"{kind.__name__} renders in its own way")


def drop_none(objects: Iterable[dict[str, Any]], entries: tuple[Entry, ...]) -> None:
    """Takes the names without a value out of objects and those nested in them, in place; not out of JSON."""
    below = [
        (one.name, one.shape.entries if isinstance(one, Many) else one.entries)
        for one in entries
        if isinstance(one, One) or (isinstance(one, Many) and not one.flat)
    ]
    for made in objects:
        for name in [name for name, value in made.items() if value is None]:
            del made[name]
        for name, inner in below:
            held = made.get(name)
            if held is not None:
                drop_none(held if isinstance(held, list) else (held,), inner)
