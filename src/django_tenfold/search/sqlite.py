"""The engine of SQLite: FTS5 beside a table of documents. For development, tests and small sites.

https://www.sqlite.org/fts5.html
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections

from django_tenfold.search.backend import VALUES_OF_A_FACET, Found, Row
from django_tenfold.search.columns import (
    adapt_facets,
    adapt_key,
    define_facets,
    facets_of,
    key_type,
    table_of,
    texts_of,
    write_conditions,
)
from django_tenfold.search.marks import END, START
from django_tenfold.search.websearch import split_words, to_fts5

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.search.backend import Asked
    from django_tenfold.search.documents import Batch, Document
    from django_tenfold.search.index import Shape

WEIGHTS = {"A": 1.0, "B": 0.4, "C": 0.2, "D": 0.1}
"""As PostgreSQL's ts_rank has them."""
TOKENS = 32
"""Of a highlight."""


@dataclass(frozen=True, slots=True)
class SqliteBackend:
    using: str

    def create(self, shape: Shape, number: int) -> None:
        table, connection = table_of(shape, number), connections[self.using]
        columns = [
            "id integer primary key autoincrement",
            f"key {key_type(shape, connection)} not null unique",
            "version bigint not null",
            "digest text",
            *define_facets(shape, connection),
        ]
        stemming = "porter " if shape.language == "english" else ""
        self._run(f"create table if not exists {table} ({', '.join(columns)})")
        self._run(
            f"create virtual table if not exists {table}_texts using fts5({', '.join(texts_of(shape))},"
            f" tokenize = '{stemming}unicode61 remove_diacritics 2')"
        )
        self._run(
            f"create table if not exists {table}_words (word text primary key, documents integer not null)"
        )

    def write(self, shape: Shape, number: int, batch: Batch, *, live: bool) -> None:
        for document in batch.documents:
            self._put(shape, table_of(shape, number), document, batch.version)
        for key in batch.gone:
            self._remove(shape, table_of(shape, number), key, batch.version)

    def finish(self, shape: Shape, number: int) -> None:
        table = table_of(shape, number)
        for name in facets_of(shape):
            self._run(f"create index if not exists {table}_{name} on {table} ({name}, key)")

    def drop(self, shape: Shape, number: int) -> None:
        for suffix in ("", "_texts", "_words"):
            self._run(f"drop table if exists {table_of(shape, number)}{suffix}")

    def find(self, shape: Shape, number: int, asked: Asked) -> Found:
        table, match = table_of(shape, number), to_fts5(asked.words)
        if asked.words and not match:
            return Found((), 0, dict.fromkeys(asked.facets, ()))
        hits = self._find_hits(shape, table, asked, match)
        total, counted = len(hits), hits[: asked.cap]
        hits.sort(key=lambda hit: (hit[1], hit[2]), reverse=True)
        if asked.after:
            last = (asked.after[0], adapt_key(shape, asked.after[1], connections[self.using]))
            hits = [hit for hit in hits if (hit[1], hit[2]) < last]
        page = hits[: asked.limit + 1]
        texts = self._read_texts(shape, table, [hit[0] for hit in page], match)
        return Found(
            tuple(Row(shape.key_field.to_python(key), rank, texts[at]) for at, rank, key, *_ in page),
            total,
            {
                at: _count_values(shape, at, [hit[3 + place] for hit in counted])
                for place, at in enumerate(asked.facets)
            },
        )

    def read_digests(self, shape: Shape, number: int, after: Any, upto: Any) -> dict[Any, str]:
        bounds = [(sign, value) for sign, value in ((">", after), ("<=", upto)) if value is not None]
        sql = f"select key, digest from {table_of(shape, number)} where digest is not null"
        sql += "".join(f" and key {sign} %s" for sign, _ in bounds)
        connection, read = connections[self.using], shape.key_field.to_python
        values = [adapt_key(shape, value, connection) for _, value in bounds]
        return {read(key): digest for key, digest in self._read(sql, values)}

    def find_known(self, shape: Shape, number: int, words: Iterable[str]) -> set[str]:
        wanted = [*words]
        places = ", ".join(["%s"] * len(wanted))
        sql = f"select word from {table_of(shape, number)}_words where word in ({places})"
        return {word for (word,) in self._read(sql, wanted)}

    def find_near(self, shape: Shape, number: int, word: str) -> list[tuple[str, int]]:
        sql = f"select word, documents from {table_of(shape, number)}_words where substr(word, 1, 1) = %s"
        sql += " and length(word) between %s and %s order by 2 desc limit 2000"
        return self._read(sql, [word[:1], len(word) - 2, len(word) + 2])

    def _find_hits(self, shape: Shape, table: str, asked: Asked, match: str) -> list[Any]:
        """(id, rank, key, facets...) of up to cap + 1 rows."""
        conditions, given = write_conditions(shape, asked.filters, connections[self.using])
        facets = "".join(f", d.f{at}" for at in asked.facets)
        if not match:
            sql = f"select d.id, 0.0, d.key{facets} from {table} d where d.digest is not null{conditions}"
            return self._read(f"{sql} order by d.key desc limit {asked.cap + 1}", given)
        weights = ", ".join(str(WEIGHTS[one.weight]) for one in shape.text)
        # bm25 is negative, the best lowest.
        sql = (
            f"select d.id, -bm25({table}_texts, {weights}), d.key{facets} from {table}_texts"
            f" join {table} d on d.id = {table}_texts.rowid where {table}_texts match %s{conditions}"
        )
        return self._read(f"{sql} limit {asked.cap + 1}", [match, *given])

    def _read_texts(self, shape: Shape, table: str, ids: list[int], match: str) -> dict[int, tuple[str, ...]]:
        if not ids:
            return {}
        places = ", ".join(["%s"] * len(ids))
        if not match:
            sql = f"select rowid, {', '.join(texts_of(shape))} from {table}_texts where rowid in ({places})"
            return {at: tuple(texts) for at, *texts in self._read(sql, ids)}
        snippets = ", ".join(
            f"snippet({table}_texts, {at}, '{START}', '{END}', ' … ', {TOKENS})"
            for at in range(len(shape.text))
        )
        sql = f"select rowid, {snippets} from {table}_texts where {table}_texts match %s and rowid in ({places})"
        return {at: tuple(texts) for at, *texts in self._read(sql, [match, *ids])}

    def _put(self, shape: Shape, table: str, document: Document, version: int) -> None:
        connection = connections[self.using]
        names = ["key", "version", "digest", *facets_of(shape)]
        key = adapt_key(shape, document.key, connection)
        at = self._upsert(
            table, names, [key, version, document.digest, *adapt_facets(shape, document, connection)]
        )
        if at is None:
            return
        self._run(f"delete from {table}_texts where rowid = %s", [at])
        columns = ["rowid", *texts_of(shape)]
        places = ", ".join(["%s"] * len(columns))
        self._run(
            f"insert into {table}_texts ({', '.join(columns)}) values ({places})", [at, *document.texts]
        )
        words = {word for text in document.texts for word in split_words(text) if 3 <= len(word) <= 40}
        with connection.cursor() as cursor:
            cursor.executemany(
                f"insert into {table}_words values (%s, 1) on conflict (word) do update set documents = documents + 1",
                [(word,) for word in words],
            )

    def _remove(self, shape: Shape, table: str, key: Any, version: int) -> None:
        """The row stays as a tombstone: its version keeps a slower worker from bringing the document back."""
        names = ["key", "version", "digest", *facets_of(shape)]
        nothing = [None] * (len(names) - 2)
        at = self._upsert(table, names, [adapt_key(shape, key, connections[self.using]), version, *nothing])
        if at is not None:
            self._run(f"delete from {table}_texts where rowid = %s", [at])

    def _upsert(self, table: str, names: list[str], values: list[Any]) -> int | None:
        """The row's id, or None if it has this version or a newer one already."""
        known = self._read(f"select id, version from {table} where key = %s", values[:1])
        if known and known[0][1] >= values[1]:
            return None
        changes = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        self._run(
            f"insert into {table} ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})"
            f" on conflict (key) do update set {changes}",
            values,
        )
        return int(self._read(f"select id from {table} where key = %s", values[:1])[0][0])

    def _run(self, sql: str, values: list[Any] | None = None) -> None:
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql, values)

    def _read(self, sql: str, values: list[Any]) -> list[Any]:
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()


def _count_values(shape: Shape, at: int, values: list[Any]) -> tuple[tuple[Any, int], ...]:
    read = shape.facets[at].field.to_python
    counted = sorted(Counter(values).items(), key=lambda one: (-one[1], one[0] is None, str(one[0])))
    return tuple((read(value), count) for value, count in counted[:VALUES_OF_A_FACET])
