"""Documents as they are read from the model's rows: texts and facet values, and a digest of both."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from django_tenfold.search.marks import END, START

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from django_tenfold.search.index import Shape

CHARACTERS = 200_000
"""Of all texts of a document; a tsvector may have 1 MB. https://www.postgresql.org/docs/current/textsearch-limitations.html"""
UNWANTED = str.maketrans("", "", f"\0{START}{END}")
"""PostgreSQL has no NUL in texts; the marks of highlights must come from the database alone."""


@dataclass(frozen=True, slots=True)
class Document:
    key: Any
    digest: str
    texts: tuple[str, ...]
    facets: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written to a generation at once. `version` was drawn before the rows were read: see `updating`."""

    version: int
    documents: tuple[Document, ...]
    gone: tuple[Any, ...]
    """Keys that have no document any more."""


def read_documents(shape: Shape, keys: Iterable[Any], *, using: str) -> tuple[Document, ...]:
    """Those of the rows with these keys that are there and belong to the index."""
    return tuple(_documents(shape, _rows(shape, using).filter(pk__in=list(keys))))


def list_keys_after(shape: Shape, key: Any, size: int, *, using: str) -> list[Any]:
    """The next `size` keys of rows that belong to the index, in their order; from the first on if `key` is None."""
    rows = _rows(shape, using).order_by("pk")
    return list((rows if key is None else rows.filter(pk__gt=key)).values_list("pk", flat=True)[:size])


def read_after(shape: Shape, key: Any, size: int, *, using: str) -> tuple[Document, ...]:
    """The next `size` documents in the order of their keys; from the first on if `key` is None."""
    rows = _rows(shape, using).order_by("pk")
    return tuple(_documents(shape, (rows if key is None else rows.filter(pk__gt=key))[:size]))


def read_between(shape: Shape, key: Any, upto: Any, *, using: str) -> tuple[Document, ...]:
    """Those of keys above `key`, if it is not None, and up to `upto`."""
    rows = _rows(shape, using).filter(pk__lte=upto)
    return tuple(_documents(shape, rows if key is None else rows.filter(pk__gt=key)))


def clean_text(text: str) -> str:
    """Half of a surrogate pair becomes "?": no database takes it. Letters are composed with their accents: some
    keyboards send two characters for one, and the words would differ."""
    return normalize("NFC", text.translate(UNWANTED).encode(errors="replace").decode())


def _rows(shape: Shape, using: str) -> QuerySet[Any]:
    return shape.model._base_manager.using(using).filter(shape.where).order_by()


def _documents(shape: Shape, rows: QuerySet[Any]) -> Iterator[Document]:
    paths = [*dict.fromkeys([*(one.path for one in shape.text), *(one.path for one in shape.facets)])]
    at = {path: number for number, path in enumerate(paths, start=1)}
    length = CHARACTERS // len(shape.text)
    for row in rows.values_list("pk", *paths):
        texts = tuple(_prepare(row[at[one.path]], length) for one in shape.text)
        facets = tuple(row[at[one.path]] for one in shape.facets)
        yield Document(row[0], _digest(texts, facets), texts, facets)


def _prepare(value: Any, length: int) -> str:
    return "" if value is None else clean_text(str(value)[:length])


def _digest(texts: tuple[str, ...], facets: tuple[Any, ...]) -> str:
    told = json.dumps([texts, [None if one is None else str(one) for one in facets]])
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
