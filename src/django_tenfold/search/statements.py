"""The statement that answers a search in PostgreSQL, made once from what is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import connections

from django_tenfold.search.backend import VALUES_OF_A_FACET
from django_tenfold.search.beginnings import estimate_rows
from django_tenfold.search.columns import adapt_key, key_type, texts_of, write_conditions
from django_tenfold.search.marks import END, START
from django_tenfold.search.tags import can_tag, write_tag_query

if TYPE_CHECKING:
    from django_tenfold.search.backend import Asked, Filter
    from django_tenfold.search.index import Shape

HEADLINE = (
    f'StartSel="{START}", StopSel="{END}", MaxFragments=2, MinWords=8, MaxWords=25, FragmentDelimiter=" … "'
)
"""https://www.postgresql.org/docs/current/textsearch-controls.html#TEXTSEARCH-HEADLINE"""
LENGTH = 1
"""Of ts_rank: divide by 1 + the logarithm of the document's length."""
FROM_THE_START = "ctid >= '(0,0)'"
"""True of every row, and a scan of TIDs: a sequential one begins where the last one ended, and the pages of a word that
is cut off at the cap would each be of other rows. https://www.postgresql.org/docs/current/runtime-config-compatible.html"""
BROAD = 20_000
"""Rows of a range from which on its own index does not help a search for words: a bitmap of so many takes 2 ms."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Which rows words and filters mean."""

    words: str
    tagged: str
    """A tsquery of what stands beside the words in their index; ""."""
    conditions: str
    """On columns."""
    values: list[Any]
    """Of these."""

    def within(self, beginning: str) -> Matching:
        """The same of a part of the rows, told by a tsquery."""
        return replace(self, tagged=f"{self.tagged} & {beginning}" if self.tagged else beginning)

    def compose(self, shape: Shape) -> tuple[str, list[Any]]:
        """A query that only excludes words, or is made of stop words, would read every row: it finds none."""
        query, tagged = _query(shape), [self.tagged] if self.tagged else []
        sql = f"tsv @@ ({query}{' && %s::tsquery' * len(tagged)}) and querytree({query}) not in ('', 'T')"
        return sql + self.conditions, [self.words, *tagged, self.words, *self.values]


def match_words(shape: Shape, table: str, asked: Asked, using: str) -> Matching:
    return Matching(asked.words, *_split_filters(shape, table, asked.filters, using))


def compose_search(
    shape: Shape, table: str, asked: Asked, *, matching: Matching | None, using: str
) -> tuple[str, list[Any]]:
    """`matching` is None without words: then every row is meant that the filters let through."""
    connection = connections[using]
    query, words = _query(shape), [asked.words]
    facets = "".join(f", f{at}" for at in asked.facets)
    if matching:
        where, meant = matching.compose(shape)
        hits = (
            f"select key, ts_rank(tsv, {query}, {LENGTH})::float8 as rank{facets} from {table}"
            f" where {where} and {FROM_THE_START} limit {asked.cap + 1}"
        )
        values = [*words, *meant]
    else:
        conditions, values = write_conditions(shape, asked.filters, connection)
        hits = f"select key, 0::float8 as rank{facets} from {table} where digest is not null{conditions}"
        hits += f" order by key desc limit {asked.cap + 1}"
    beyond = f" where (rank, key) < (%s::float8, %s::{key_type(shape, connection)})" if asked.after else ""
    after = [asked.after[0], adapt_key(shape, asked.after[1], connection)] if asked.after else []
    headlines = [f", t.{name}" for name in texts_of(shape)]
    if matching:
        headlines = [
            f", ts_headline('{shape.language}'::regconfig, t.{one}, {query}, %s)" for one in texts_of(shape)
        ]
    shown = [*words, HEADLINE] * len(headlines) if matching else []
    sql = f"""\
with hits as materialized ({hits}),
page as materialized (select key, rank from hits{beyond} order by rank desc, key desc limit {asked.limit + 1}),
rows as (select json_agg(json_build_array(p.key, p.rank{"".join(headlines)}) order by p.rank desc, p.key desc) as all
  from page p join {table} t using (key))
select (select count(*) from hits), (select rows.all from rows), {_compose_facets(shape, asked)}"""
    return sql, [*values, *after, *shown]


def _query(shape: Shape) -> str:
    return f"websearch_to_tsquery('{shape.language}'::regconfig, %s)"


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
        if one.lookup != "in" and estimate_rows(table, f"true{condition}", given, using) > BROAD:
            # Hidden from its index, whose bitmap the planner takes for cheaper than it is: the rows that the words find
            # are looked at instead.
            column = f"f{one.facet}"
            condition = condition.replace(column, f"case when {column} is not null then {column} end")
        sql += condition
        values += given
    return write_tag_query(shape, tagged), sql, values


def _exactly(shape: Shape, at: int) -> str:
    """A number of JSON is a float to who reads it: decimals come as text."""
    return "value::text" if shape.facets[at].field.get_internal_type() == "DecimalField" else "value"


def _compose_facets(shape: Shape, asked: Asked) -> str:
    counted = ", ".join(
        f"'{at}', (select json_agg(json_build_array({_exactly(shape, at)}, number) order by number desc, value)"
        f" from (select f{at} as value, count(*) as number from (select * from hits limit {asked.cap}) h group by 1"
        f" order by 2 desc, 1 limit {VALUES_OF_A_FACET}) g)"
        for at in asked.facets
    )
    return f"json_build_object({counted})"


def as_json(value: Any) -> Any:
    """Drivers and Django differ in whether a json column arrives as text."""
    return json.loads(value) if isinstance(value, str) else value
