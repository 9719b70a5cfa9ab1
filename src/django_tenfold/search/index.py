"""What is searched: one declaration for each index.

    class ReviewIndex(SearchIndex):
        model = "shop.Review"
        text = {"title": "A", "body": "B", "product__name": "C"}
        facets = ("language", "rating", "product")
        language = "english"
        where = Q(published=True)

`shape_of(ReviewIndex)` resolves the names once, and says what is wrong with them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import Q
from django.db.models.constants import LOOKUP_SEP
from django.utils.module_loading import import_string

from django_tenfold.search.conditions import UnseenError, describe_condition, list_lookups
from django_tenfold.search.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.db.models import Field, Model

WEIGHTS = ("A", "B", "C", "D")
"""From what counts most to what counts least. https://www.postgresql.org/docs/current/textsearch-controls.html"""
NAME = re.compile(r"[a-z][a-z0-9_]{0,23}")
"""With the prefix and a number it stays below the 63 bytes of a name in PostgreSQL."""
LANGUAGE = re.compile(r"[a-z_]{1,40}")
FACETS_OF = (
    "BooleanField CharField DateField DateTimeField DecimalField IntegerField SlugField UUIDField FloatField"
    " BigIntegerField SmallIntegerField PositiveIntegerField PositiveSmallIntegerField PositiveBigIntegerField"
    " AutoField BigAutoField SmallAutoField TimeField"
).split()
"""Kinds of fields whose values can be compared, grouped and written as JSON."""


LAYOUT = 3
"""Of the tables: one more makes every index be built anew."""


HALF = 16
"""Characters of a fingerprint."""


class SearchIndex:
    """The base of declarations; nothing is instantiated."""

    name: ClassVar[str] = ""
    """In names of tables and in `search_index`; from the class if empty: ReviewIndex -> review."""
    model: ClassVar[str | type[Model]]
    text: ClassVar[Mapping[str, str]] = {}
    """Field, or path over foreign keys, to its weight."""
    facets: ClassVar[Sequence[str]] = ()
    """Fields, or paths, that are counted and filtered by."""
    language: ClassVar[str] = "simple"
    """A text search configuration of PostgreSQL. "simple" takes words as they are."""
    where: ClassVar[Q] = Q()
    """Rows that are searched; a row that leaves them leaves the index. Of columns of the model, and of rows that it
    refers to."""


@dataclass(frozen=True, slots=True)
class TextField:
    path: str
    weight: str


@dataclass(frozen=True, slots=True)
class FacetField:
    path: str
    field: Any
    """Django's field of the values: that of the other side for a foreign key."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A table whose rows the documents take values from."""

    path: str
    """From the index's model: "product", "product__brand"; "" for itself."""
    model: Any
    columns: tuple[str, ...]
    """That documents are made from."""
    loose: bool
    """The key that leads to it has no constraint in the database: its row may come after what refers to it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A declaration with its names resolved."""

    name: str
    model: Any
    text: tuple[TextField, ...]
    facets: tuple[FacetField, ...]
    language: str
    where: Q
    hops: tuple[Hop, ...]
    fingerprint: str
    """Of all of it. The first half is of the columns alone: where that is equal, each means the same."""

    @property
    def layout(self) -> str:
        return self.fingerprint[:HALF]

    @property
    def key_field(self) -> Any:
        """The primary key; of a key that is a foreign key, what it points at."""
        field = self.model._meta.pk
        return field.target_field if field.is_relation else field


def shape_of(index: type[SearchIndex]) -> Shape:
    """Raises ImproperlyConfigured with what cannot be declared so."""
    given: Any = index  # a class is hashable, whatever mypy makes of its attributes
    return _resolve_shape(given)


@cache
def _resolve_shape(index: Any) -> Shape:
    name = index.name or _name_from(index.__name__)
    model = _find_model(index)
    _refuse_words(index, name)
    text = tuple(TextField(path, weight) for path, weight in index.text.items())
    columns: dict[str, dict[str, Any]] = {"": {}}
    facets = []
    for path in index.text:
        _resolve(index, model, path, columns)
    _resolve_condition(index, model, columns)
    for path in index.facets:
        field = _resolve(index, model, path, columns)
        field = field.target_field if field.is_relation else field
        if field.get_internal_type() not in FACETS_OF:
            raise _fault(
                index,
                f"{path} is a {field.get_internal_type()}, which cannot be a facet: take a column of one value",
            )
        facets.append(FacetField(path, field))
    hops = tuple(
        Hop(path, *_follow(model, path, tuple(sorted(found)))) for path, found in sorted(columns.items())
    )
    kinds = [(one.path, one.field.get_internal_type()) for one in facets]
    layout = repr((LAYOUT, model._meta.label, [*index.text], kinds))
    told = repr((text, index.language, describe_condition(index.where)))
    return Shape(
        name,
        model,
        text,
        tuple(facets),
        index.language,
        index.where,
        hops,
        _digest(layout) + _digest(layout + told),
    )


def list_indexes() -> Iterator[type[SearchIndex]]:
    """The declarations named in the settings. Raises ImproperlyConfigured for what is none."""
    for path in options().indexes:
        try:
            found = import_string(path)
        except ImportError as error:
            raise ImproperlyConfigured(f"TENFOLD_SEARCH['indexes'] names {path}: {error}") from error
        if not (isinstance(found, type) and issubclass(found, SearchIndex)):
            raise ImproperlyConfigured(f"TENFOLD_SEARCH['indexes'] names {path}, which is no SearchIndex.")
        yield found


def _digest(told: str) -> str:
    return hashlib.blake2b(told.encode(), digest_size=HALF // 2).hexdigest()


def _name_from(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.removesuffix("Index")).lower()


def _fault(index: type[SearchIndex], reason: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{index.__module__}.{index.__qualname__}: {reason}.")


def _find_model(index: type[SearchIndex]) -> Any:
    named: Any = getattr(index, "model", None)
    if named is None:
        raise _fault(index, 'it names no model; write model = "app.Model"')
    try:
        model = apps.get_model(named) if isinstance(named, str) else named
    except (LookupError, ValueError) as error:
        raise _fault(index, f"model {named!r} is not installed ({error})") from error
    model = model._meta.concrete_model
    if len(model._meta.pk_fields) != 1:
        raise _fault(
            index, f"{model._meta.label} has a primary key of several columns: search needs a key of one"
        )
    return model


def _refuse_words(index: type[SearchIndex], name: str) -> None:
    if not NAME.fullmatch(name):
        raise _fault(index, f"name {name!r} must be up to 24 small letters, digits and _, a letter first")
    if not LANGUAGE.fullmatch(index.language):
        raise _fault(index, f"language {index.language!r} is no name of a text search configuration")
    if not index.text:
        raise _fault(index, 'it has no text; write text = {"title": "A"}')
    if wrong := [one for one in index.text.values() if one not in WEIGHTS]:
        raise _fault(index, f"weight {wrong[0]!r} must be one of {', '.join(WEIGHTS)}")


def _resolve(index: type[SearchIndex], model: Any, path: str, columns: dict[str, dict[str, Any]]) -> Any:
    """The field at the end of a path; its column, and those of the way, are added to what is watched."""
    *way, last = path.split(LOOKUP_SEP)
    here, walked = model, ""
    for part in way:
        field = _take_field(index, here, part, path)
        if not field.is_relation:
            raise _fault(index, f"{path}: {part} is no foreign key")
        columns[walked][field.column] = field
        walked = f"{walked}{LOOKUP_SEP}{part}" if walked else part
        columns.setdefault(walked, {})
        here = field.related_model._meta.concrete_model
    field = _take_field(index, here, last, path)
    columns[walked][field.column] = field
    return field


def _resolve_condition(index: type[SearchIndex], model: Any, columns: dict[str, dict[str, Any]]) -> None:
    """What decides whether a row is searched is watched too; lookups and transforms behind a field are passed over."""
    try:
        lookups = [*list_lookups(index.where)]
    except UnseenError as error:
        raise _fault(
            index,
            f"where has {error}: what it reads changes without a change of the row. Compare columns of the model, or of"
            " rows that it refers to",
        ) from error
    for lookup in lookups:
        here, path = model, list[str]()
        for part in lookup.split(LOOKUP_SEP):
            name = here._meta.pk.name if part == "pk" else part
            if path and not _has_field(here, name):
                break
            field = _take_field(index, here, name, lookup)
            path.append(name)
            if not field.is_relation:
                break
            here = field.related_model._meta.concrete_model
        _resolve(index, model, LOOKUP_SEP.join(path), columns)


def _has_field(model: Any, name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def _take_field(index: type[SearchIndex], model: Any, name: str, path: str) -> Field[Any, Any]:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist as error:
        raise _fault(index, f"{path}: {error}") from error
    if (
        not getattr(field, "concrete", False)
        or field.many_to_many
        or (field.many_to_many is None and field.column is None)
    ):
        raise _fault(
            index,
            f"{path}: {name} has several values or no column; only columns and foreign keys are followed",
        )
    if field.model._meta.concrete_model is not model:
        parent = field.model._meta.label
        raise _fault(
            index,
            f"{path}: {name} stands in the table of {parent}; go over the link to it, or index {parent}",
        )
    return field


def _follow(model: Any, path: str, columns: tuple[str, ...]) -> tuple[Any, tuple[str, ...], bool]:
    loose = False
    for part in filter(None, path.split(LOOKUP_SEP)):
        field = model._meta.get_field(part)
        model, loose = field.related_model._meta.concrete_model, not field.db_constraint
    return model, columns, loose
