"""SerializerMethodField: compiled when its method says what it reads.

    @reads("first_name", "country.name")
    def get_title(self, author):
        return f"{author.first_name}, {author.country.name}"

The method then gets an object that has these attributes and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from rest_framework import fields

from django_tenfold.api import drf_proof
from django_tenfold.api.compile_paths import find_column
from django_tenfold.api.compile_shape import Call, RefusedError
from django_tenfold.api.drf_follow import step_to_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.api.compile_shape import Context
    from django_tenfold.api.drf_follow import Below

Method = TypeVar("Method", bound="Callable[..., Any]")
_READS = "tenfold_reads"


def reads(*sources: str) -> Callable[[Method], Method]:
    """Says which columns the method of a SerializerMethodField reads, "country.name" for a related object's."""

    def mark(method: Method) -> Method:
        setattr(method, _READS, sources)
        return method

    return mark


class Seen:
    """What a method may read of a row."""

    def __init__(self, method: str) -> None:
        self._method = method

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self._method} reads {name!r}, which its @reads(...) does not name")


def compile_method(field: Any, below: Below) -> Call:
    if drf_proof.find_owner(type(field), "to_representation") is not fields.SerializerMethodField:
        raise RefusedError("its to_representation is its own")
    serializer, name = type(field.parent), field.method_name
    sources = getattr(getattr(serializer, name), _READS, None)
    if sources is None:
        raise RefusedError(f"{name} may read anything: say what, with @reads(...)")
    paths = tuple(_find_path(below, source) for source in sources)
    words = [source.split(".") for source in sources]

    def make(context: Context) -> Callable[..., Any]:
        method = getattr(serializer(context=context.extra), name)
        return lambda *values: method(_fill(name, words, values))

    return Call(field.field_name, paths, make)


def _find_path(below: Below, source: str) -> str:
    *steps, last = source.split(".")
    model, path = below.model, below.prefix
    for step in steps:
        found = step_to_one(model, step)
        if found.nullable:
            raise RefusedError(f"@reads({source!r}): {step} may be missing")
        model, path = found.model, f"{path}{found.name}__"
    if last != "pk" and not drf_proof.has_attribute(model, last, drf_proof.COLUMNS):
        raise RefusedError(f"@reads({source!r}): {last} is no plain column")
    return path + find_column(model, last).attname


def _fill(method: str, words: list[list[str]], values: tuple[Any, ...]) -> Seen:
    seen = Seen(method)
    for (*steps, last), value in zip(words, values, strict=True):
        place = seen
        for step in steps:
            place = vars(place).setdefault(step, Seen(method))
        vars(place)[last] = value
    return seen
