"""The engine of PostgreSQL: a tsvector with a GIN index, and trigrams of the words for typos.

One statement answers a search: the rows that match, up to a cap, are ranked once, and page, total and facets are made
of them. https://www.postgresql.org/docs/current/textsearch.html
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connections, transaction

from django_tenfold.search.backend import Found, Row
from django_tenfold.search.beginnings import (
    WHOLE,
    choose_beginning,
    define_beginnings,
    write_beginning,
)
from django_tenfold.search.columns import (
    adapt_facets,
    adapt_key,
    define_facets,
    facets_of,
    key_type,
    table_of,
    texts_of,
)
from django_tenfold.search.statements import as_json, compose_search, match_words
from django_tenfold.search.tags import tags_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.search.backend import Asked
    from django_tenfold.search.documents import Batch
    from django_tenfold.search.index import Shape
    from django_tenfold.search.statements import Matching

log = logging.getLogger("django_tenfold.search")
NEAR = 20
"""Words alike that are looked at."""
SHORT = 6
"""Letters of a word for which those with the same first letter are looked at too."""
FIRST_LETTER = 2_000
"""Of them, the most frequent ones."""
LONGEST_FACET = 2_600
"""Bytes: a third of a page is what an index on it takes, together with the key.
https://www.postgresql.org/docs/current/btree.html"""


@dataclass(frozen=True, slots=True)
class PostgresBackend:
    using: str

    def create(self, shape: Shape, number: int) -> None:
        table, connection = table_of(shape, number), connections[self.using]
        vector = " || ".join(
            f"setweight(to_tsvector('{shape.language}'::regconfig, coalesce(t{at}, '')), '{one.weight}')"
            for at, one in enumerate(shape.text)
        )
        columns = [
            f"key {key_type(shape, connection)} primary key",
            "version bigint not null",
            "digest text",
            *(f"{name} text" for name in texts_of(shape)),
            *define_facets(shape, connection),
            "tags text[]",
            "place bigint generated always as identity",
            "tsv tsvector generated always as (case when digest is not null then"
            f" {vector} || array_to_tsvector(tags) || {define_beginnings()} end) stored",
        ]
        self._run(
            f"create table if not exists {table} ({', '.join(columns)})",
            f"create table if not exists {table}_words (word text primary key, documents integer not null)",
        )

    def write(self, shape: Shape, number: int, batch: Batch, *, live: bool) -> None:
        connection = connections[self.using]
        names = ["key", "version", "digest", *texts_of(shape), *facets_of(shape), "tags"]
        table = table_of(shape, number)
        sql = (
            f"insert into {table} as old ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})"
            f" on conflict (key) do update set {', '.join(f'{name} = excluded.{name}' for name in names[1:])}"
            " where old.version < excluded.version"
        )
        nothing = [None] * (len(names) - 3)
        rows = [
            [
                adapt_key(shape, one.key, connection),
                batch.version,
                one.digest,
                *one.texts,
                *_refuse_long(adapt_facets(shape, one, connection)),
                tags_of(shape, one),
            ]
            for one in batch.documents
        ]
        # What is gone leaves its version behind: a slower worker must not bring it back.
        rows += [[adapt_key(shape, key, connection), batch.version, None, *nothing] for key in batch.gone]
        ordered = sorted(rows, key=lambda row: str(row[0]))  # two workers lock rows in one order
        with connection.cursor() as cursor:
            cursor.executemany(sql, ordered)
        if live and batch.documents:
            self._add_words(shape, table, [row[0] for row in rows[: len(batch.documents)]])

    def finish(self, shape: Shape, number: int) -> None:
        table = table_of(shape, number)
        # A million rows take minutes, and whoever calls may have the limit of a web request.
        self._run("set local statement_timeout = 0")
        # fastupdate collects new entries in a list that each search reads through: the worker pays instead.
        self._run(
            f"create index if not exists {table}_gin on {table} using gin (tsv) with (fastupdate = off)",
            *(
                f"create index if not exists {table}_{name} on {table} ({name}, key)"
                for name in facets_of(shape)
            ),
        )
        self._add_words(shape, table, None)
        self._use_trigrams(f"{table}_words")
        self._run(f"analyze {table}", f"analyze {table}_words")

    def drop(self, shape: Shape, number: int) -> None:
        table = table_of(shape, number)
        self._run(f"drop table if exists {table}", f"drop table if exists {table}_words")

    def find(self, shape: Shape, number: int, asked: Asked) -> Found:
        table = table_of(shape, number)
        if not asked.words:
            return self._ask(shape, table, asked, None)
        matching = match_words(shape, table, asked, self.using)
        where, values = matching.compose(shape)
        size = choose_beginning(table, asked, where=where, values=values, using=self.using)
        if size:
            found = self._ask(shape, table, asked, matching.within(write_beginning(size)))
            if found.total > asked.cap:
                return replace(found, source=str(size))
        return replace(self._ask(shape, table, asked, matching), source=str(WHOLE))

    def _ask(self, shape: Shape, table: str, asked: Asked, matching: Matching | None) -> Found:
        sql, values = compose_search(shape, table, asked, matching=matching, using=self.using)
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql, values)
            total, rows, facets = cursor.fetchone()
        read = shape.key_field.to_python
        return Found(
            tuple(Row(read(key), rank, tuple(texts)) for key, rank, *texts in as_json(rows) or ()),
            total,
            {
                int(at): tuple(
                    (shape.facets[int(at)].field.to_python(value), count) for value, count in found or ()
                )
                for at, found in (as_json(facets) or {}).items()
            },
        )

    def read_digests(self, shape: Shape, number: int, after: Any, upto: Any) -> dict[Any, str]:
        bounds = [(sign, value) for sign, value in ((">", after), ("<=", upto)) if value is not None]
        sql = f"select key, digest from {table_of(shape, number)} where digest is not null"
        sql += "".join(f" and key {sign} %s" for sign, _ in bounds)
        connection = connections[self.using]
        return dict(self._read(sql, [adapt_key(shape, value, connection) for _, value in bounds]))

    def find_known(self, shape: Shape, number: int, words: Iterable[str]) -> set[str]:
        sql = f"select word from {table_of(shape, number)}_words where word = any(%s)"
        return {word for (word,) in self._read(sql, [[*words]])}

    def find_near(self, shape: Shape, number: int, word: str) -> list[tuple[str, int]]:
        table = f"{table_of(shape, number)}_words"
        found: list[tuple[str, int]] = []
        if has_trigrams(self.using):
            sql = f"select word, documents from {table} where word %% %s order by similarity(word, %s) desc, 2 desc"
            found = self._read(f"{sql} limit {NEAR}", [word, word])
            if len(word) > SHORT:
                return found
        # Two letters swapped leave a short word no trigram in common with the right one.
        sql = f"select word, documents from {table} where word like %s and length(word) between %s and %s"
        first = word[:1].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values = [f"{first}%", len(word) - 2, len(word) + 2]
        return found + self._read(f"{sql} order by 2 desc limit {FIRST_LETTER}", values)

    def _add_words(self, shape: Shape, table: str, keys: list[Any] | None) -> None:
        """Words as they are written, of all documents or of those of these keys."""
        whole = " || ' ' || ".join(texts_of(shape))
        where = "d.digest is not null" + (
            "" if keys is None else f" and d.key = any(%s::{key_type(shape, connections[self.using])}[])"
        )
        self._run(
            f"insert into {table}_words as old select lexeme, count(*) from {table} d,"
            f" unnest(to_tsvector('simple', {whole})) where {where} and length(lexeme) between 3 and 40"
            " group by lexeme order by lexeme on conflict (word) do nothing",
            values=None if keys is None else [keys],
        )

    def _use_trigrams(self, table: str) -> None:
        try:
            with transaction.atomic(using=self.using):
                self._run(
                    "create extension if not exists pg_trgm",
                    f"create index if not exists {table}_trigrams on {table} using gin (word gin_trgm_ops)",
                )
        except DatabaseError as error:
            log.warning("Typos are found by the first letter only: pg_trgm cannot be made here: %s", error)

    def _run(self, *statements: str, values: list[Any] | None = None) -> None:
        with connections[self.using].cursor() as cursor:
            for sql in statements:
                cursor.execute(sql, values)

    def _read(self, sql: str, values: list[Any]) -> list[Any]:
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()


def _refuse_long(facets: list[Any]) -> list[Any]:
    """While a generation is filled its facets have no index yet, that would refuse the one document: at the end it
    would refuse to be made."""
    for value in facets:
        if isinstance(value, str) and len(value.encode()) > LONGEST_FACET:
            raise ValueError(f"A facet has more than {LONGEST_FACET:,} bytes: {value[:50]!r}...")
    return facets


def has_trigrams(using: str) -> bool:
    """pg_trgm is there, in a schema that is searched: some keep extensions in one that is not."""
    with connections[using].cursor() as cursor:
        cursor.execute("select to_regoperator('%%(text,text)') is not null", [])
        return bool(cursor.fetchone()[0])
