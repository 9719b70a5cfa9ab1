"""The engine of PostgreSQL: a tsvector with a GIN index, and trigrams of the words for typos.

One statement answers a search: the rows that match, up to a cap, are ranked once, and page, total and facets are made
of them. https://www.postgresql.org/docs/current/textsearch.html
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connections, transaction

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
from django_tenfold.search.tags import can_tag, tags_of, write_tag_query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.search.backend import Asked, Filter
    from django_tenfold.search.documents import Batch
    from django_tenfold.search.index import Shape

log = logging.getLogger("django_tenfold.search")
HEADLINE = (
    f'StartSel="{START}", StopSel="{END}", MaxFragments=2, MinWords=8, MaxWords=25, FragmentDelimiter=" … "'
)
"""https://www.postgresql.org/docs/current/textsearch-controls.html#TEXTSEARCH-HEADLINE"""
LENGTH = 1
"""Of ts_rank: divide by 1 + the logarithm of the document's length."""
NEAR = 20
"""Words alike that are looked at."""
SHORT = 6
"""Letters of a word for which those with the same first letter are looked at too."""
FROM_THE_START = "ctid >= '(0,0)'"
"""True of every row, and a scan of TIDs: a sequential one begins where the last one ended, and the pages of a word that
is cut off at the cap would each be of other rows. https://www.postgresql.org/docs/current/runtime-config-compatible.html"""
BROAD = 20_000
"""Rows of a range from which on its own index does not help a search for words: a bitmap of so many takes 2 ms."""
FIRST_LETTER = 2_000
"""Of them, the most frequent ones."""


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
            "tsv tsvector generated always as"
            f" (case when digest is not null then {vector} || array_to_tsvector(tags) end) stored",
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
                *adapt_facets(shape, one, connection),
                tags_of(shape, one),
            ]
            for one in batch.documents
        ]
        # What is gone leaves its version behind: a slower worker must not bring it back.
        rows += [[adapt_key(shape, key, connection), batch.version, None, *nothing] for key in batch.gone]
        rows.sort(key=lambda row: str(row[0]))  # two workers lock rows in one order
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)
        if live and batch.documents:
            self._add_words(shape, table, batch.version)

    def finish(self, shape: Shape, number: int) -> None:
        table = table_of(shape, number)
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
        sql, values = _compose_search(shape, table_of(shape, number), asked, self.using)
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql, values)
            total, rows, facets = cursor.fetchone()
        read = shape.key_field.to_python
        return Found(
            tuple(Row(read(key), rank, tuple(texts)) for key, rank, *texts in _as_json(rows) or ()),
            total,
            {
                int(at): tuple(
                    (shape.facets[int(at)].field.to_python(value), count) for value, count in found or ()
                )
                for at, found in (_as_json(facets) or {}).items()
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

    def _add_words(self, shape: Shape, table: str, version: int | None) -> None:
        """Words as they are written, of all documents or of those of one version."""
        whole = " || ' ' || ".join(texts_of(shape))
        where = "d.digest is not null" + ("" if version is None else " and d.version = %s")
        self._run(
            f"insert into {table}_words as old select lexeme, count(*) from {table} d,"
            f" unnest(to_tsvector('simple', {whole})) where {where} and length(lexeme) between 3 and 40"
            " group by lexeme order by lexeme on conflict (word) do nothing",
            values=None if version is None else [version],
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


def has_trigrams(using: str) -> bool:
    with connections[using].cursor() as cursor:
        cursor.execute("select 1 from pg_extension where extname = 'pg_trgm'")
        return cursor.fetchone() is not None


def _compose_search(shape: Shape, table: str, asked: Asked, using: str) -> tuple[str, list[Any]]:
    connection = connections[using]
    query, words = f"websearch_to_tsquery('{shape.language}'::regconfig, %s)", [asked.words]
    facets = "".join(f", f{at}" for at in asked.facets)
    if asked.words:
        tagged, conditions, given = _split_filters(shape, table, asked.filters, using)
        # A query that only excludes words, or is made of stop words, would read every row: it finds none.
        hits = (
            f"select key, ts_rank(tsv, {query}, {LENGTH})::float8 as rank{facets} from {table}"
            f" where tsv @@ ({query}{' && %s::tsquery' * bool(tagged)})"
            f" and querytree({query}) not in ('', 'T'){conditions}"
            f" and {FROM_THE_START} limit {asked.cap + 1}"
        )
        values = [*words * 2, *([tagged] if tagged else []), *words, *given]
    else:
        conditions, values = write_conditions(shape, asked.filters, connection)
        hits = f"select key, 0::float8 as rank{facets} from {table} where digest is not null{conditions}"
        hits += f" order by key desc limit {asked.cap + 1}"
    beyond = f" where (rank, key) < (%s::float8, %s::{key_type(shape, connection)})" if asked.after else ""
    after = [asked.after[0], adapt_key(shape, asked.after[1], connection)] if asked.after else []
    headlines = [f", t.{name}" for name in texts_of(shape)]
    if asked.words:
        headlines = [
            f", ts_headline('{shape.language}'::regconfig, t.{one}, {query}, %s)" for one in texts_of(shape)
        ]
    shown = [*words, HEADLINE] * len(headlines) if asked.words else []
    sql = f"""\
with hits as materialized ({hits}),
page as materialized (select key, rank from hits{beyond} order by rank desc, key desc limit {asked.limit + 1}),
rows as (select json_agg(json_build_array(p.key, p.rank{"".join(headlines)}) order by p.rank desc, p.key desc) as all
  from page p join {table} t using (key))
select (select count(*) from hits), (select rows.all from rows), {_compose_facets(asked)}"""
    return sql, [*values, *after, *shown]


def _split_filters(
    shape: Shape, table: str, filters: tuple[Filter, ...], using: str
) -> tuple[str, str, list[Any]]:
    """What the words' own index answers, as a tsquery; and conditions on columns with their parameters."""
    tagged = [
        one for one in filters if one.lookup == "in" and one.values and can_tag(shape.facets[one.facet])
    ]
    sql, values = "", []
    for one in filters:
        if one in tagged:
            continue
        condition, given = write_conditions(shape, (one,), connections[using])
        if one.lookup != "in" and _is_broad(table, condition, given, using):
            # Hidden from its index: the rows that the words find are looked at instead.
            column = f"f{one.facet}"
            condition = condition.replace(column, f"case when {column} is not null then {column} end")
        sql += condition
        values += given
    return write_tag_query(shape, tagged), sql, values


def _is_broad(table: str, condition: str, values: list[Any], using: str) -> bool:
    """By the planner's statistics, in a third of a millisecond. Left to choose, it takes bitmaps for cheaper than
    they are."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"explain (format json) select from {table} where true{condition}", values)
        (plan,) = _as_json(cursor.fetchone()[0])
    return bool(plan["Plan"]["Plan Rows"] > BROAD)


def _compose_facets(asked: Asked) -> str:
    counted = ", ".join(
        f"'{at}', (select json_agg(json_build_array(value, number) order by number desc, value) from (select f{at} as"
        f" value, count(*) as number from (select * from hits limit {asked.cap}) h group by 1"
        f" order by 2 desc, 1 limit {VALUES_OF_A_FACET}) g)"
        for at in asked.facets
    )
    return f"json_build_object({counted})"


def _as_json(value: Any) -> Any:
    """Drivers and Django differ in whether a json column arrives as text."""
    return json.loads(value) if isinstance(value, str) else value
