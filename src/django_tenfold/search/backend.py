"""What an engine must do to be searched: the seam for PostgreSQL, SQLite, and engines outside of the database.

An engine keeps the documents of a generation in a place of its own, refuses versions older than what it has, and
answers `Asked` with `Found`. Elasticsearch and OpenSearch stand in the folder `engine`.
`tests/django_tenfold/search/contract.py` says what every engine must hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from django_tenfold.search.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.search.documents import Batch
    from django_tenfold.search.index import Shape

VALUES_OF_A_FACET = 50
"""That are counted, the most frequent ones."""


@dataclass(frozen=True, slots=True)
class Filter:
    facet: int
    """Its place in the shape."""
    lookup: str
    """"in", "gte" or "lte"."""
    values: tuple[Any, ...]
    """Of the field's own type; None among those of "in" for no value."""


@dataclass(frozen=True, slots=True)
class Asked:
    words: str
    """In the way of web searches: words, "a phrase", -without, or. "" for every row, the highest key first."""
    filters: tuple[Filter, ...]
    facets: tuple[int, ...]
    """Places in the shape of those to count."""
    limit: int
    after: tuple[float, Any] | None
    """Rank and key of the last hit of the page before."""
    cap: int
    """Rows to rank and count at most."""
    source: str = ""
    """`Found.source` of the page before."""


@dataclass(frozen=True, slots=True)
class Row:
    key: Any
    rank: float
    texts: tuple[str, ...]
    """With the marks of `marks`."""


@dataclass(frozen=True, slots=True)
class Found:
    rows: tuple[Row, ...]
    """Up to `limit` and one more, if there is one."""
    total: int
    """cap + 1 if there are more than cap."""
    facets: dict[int, tuple[tuple[Any, int], ...]]
    source: str = ""
    """Whose ranks these are, if there are several."""


class SearchBackend(Protocol):
    """One engine, behind one database alias."""

    def create(self, shape: Shape, number: int) -> None:
        """The empty place of a generation."""

    def write(self, shape: Shape, number: int, batch: Batch, *, live: bool) -> None:
        """Put and remove documents, none over a newer version; `live`: it is finished, and searched."""

    def finish(self, shape: Shape, number: int) -> None:
        """All is filled in: make it fast. May be called again."""

    def drop(self, shape: Shape, number: int) -> None:
        """Remove its place, if there is one."""

    def find(self, shape: Shape, number: int, asked: Asked) -> Found:
        """No words are an error: what cannot be understood finds nothing."""

    def read_digests(self, shape: Shape, number: int, after: Any, upto: Any) -> dict[Any, str]:
        """Digest by key of the documents with after < key <= upto; None: no bound."""

    def find_known(self, shape: Shape, number: int, words: Iterable[str]) -> set[str]:
        """Which of these words some document has."""

    def find_near(self, shape: Shape, number: int, word: str) -> list[tuple[str, int]]:
        """Words alike, with the number of documents that have them; the caller judges how alike."""


def backend_for(using: str) -> SearchBackend:
    """The engine of the settings, else the database's own. Raises ImproperlyConfigured for a database without one."""
    chosen = options()
    if not chosen.engine_urls:
        return _database_backend(using)
    from django_tenfold.search.engine.connecting import connect_engine

    return connect_engine(chosen, _database_backend(using))


def _database_backend(using: str) -> SearchBackend:
    vendor = connections[using].vendor
    if vendor == "postgresql":
        from django_tenfold.search.postgres import PostgresBackend

        return PostgresBackend(using)
    if vendor == "sqlite":
        from django_tenfold.search.sqlite import SqliteBackend

        return SqliteBackend(using)
    raise ImproperlyConfigured(
        f"Database {using!r} is {vendor}: the search block works on PostgreSQL, and on SQLite with FTS5."
    )
