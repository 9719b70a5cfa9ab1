"""The query language, as far as it is used: each clause gives a document a score, or None.

https://www.elastic.co/guide/en/elasticsearch/reference/current/query-dsl.html
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.django_tenfold.search.engine_double.analysis import analyze
from tests.django_tenfold.search.engine_double.faults import bad, take_known, take_one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_tenfold.search.engine_double.index import Index

Clause = Callable[[str], "float | None"]
"""From the _id of a document."""
ORDERED = ("long", "double", "keyword", "boolean")
K1, B = 1.2, 0.75
"""https://www.elastic.co/guide/en/elasticsearch/reference/current/index-modules-similarity.html#bm25"""


def compile_query(index: Index, query: Any) -> Clause:
    name, given = take_one(query, "query")
    if name not in CLAUSES:
        raise bad(f"unknown query [{name}]")
    return CLAUSES[name](index, given)


def find_terms(query: Any) -> Iterator[tuple[str, str]]:
    """(field without its boost, text) of what is looked for; not of what is excluded."""
    name, given = take_one(query, "query")
    if name == "multi_match":
        yield from ((one.partition("^")[0], given["query"]) for one in given["fields"])
    if name == "bool":
        for part in ("must", "should", "filter"):
            for one in given.get(part, ()):
                yield from find_terms(one)


def _bool(index: Index, given: Any) -> Clause:
    take_known(given, {"must", "should", "must_not", "filter", "minimum_should_match"}, "bool")
    parts = {
        name: [compile_query(index, one) for one in given.get(name, [])]
        for name in ("must", "should", "must_not", "filter")
    }
    least = given.get("minimum_should_match", 0 if parts["must"] or parts["filter"] else 1)
    least = least if parts["should"] else 0

    def score(key: str) -> float | None:
        if any(one(key) is None for one in parts["filter"]):
            return None
        if any(one(key) is not None for one in parts["must_not"]):
            return None
        needed = [one(key) for one in parts["must"]]
        wished = [found for one in parts["should"] if (found := one(key)) is not None]
        if None in needed or len(wished) < least:
            return None
        return sum(one for one in needed if one is not None) + sum(wished)

    return score


def _field(index: Index, name: str, *, kinds: tuple[str, ...]) -> str:
    kind = str(index.properties.get(name, {}).get("type", kinds[0]))
    if kind not in kinds:
        raise bad(f"Field [{name}] of type [{kind}] does not support this", "query_shard_exception")
    return kind


def _check_value(kind: str, value: Any) -> Any:
    """Numbers arrive as numbers, or as their text; nothing else becomes one."""
    if kind == "keyword" and isinstance(value, str):
        return value
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind in ("long", "double") and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise bad(f"failed to create query: For input [{value!r}] of a {kind}", "query_shard_exception")


def _term(index: Index, given: Any) -> Clause:
    name, value = take_one(given, "term")
    kind = _field(index, name, kinds=(*ORDERED, "text"))
    if kind == "text":
        return lambda key: (
            0.0 if any(one and one.term == value for one in index.read_tokens(key, name)) else None
        )
    wanted = _check_value(kind, value)
    return lambda key: 0.0 if index.value(key, name) == wanted else None


def _terms(index: Index, given: Any) -> Clause:
    name, values = take_one(given, "terms")
    if not isinstance(values, list):
        raise bad("[terms] query does not support a single value")
    kind = _field(index, name, kinds=ORDERED)
    wanted = [_check_value(kind, value) for value in values]
    return lambda key: 0.0 if index.value(key, name) in wanted else None


def _range(index: Index, given: Any) -> Clause:
    name, bounds = take_one(given, "range")
    take_known(bounds, {"gt", "gte", "lt", "lte"}, "range")
    kind = _field(index, name, kinds=ORDERED)
    limits = {sign: _check_value(kind, value) for sign, value in bounds.items()}
    holds: dict[str, Callable[[Any, Any], bool]] = {
        "gt": lambda one, other: one > other,
        "gte": lambda one, other: one >= other,
        "lt": lambda one, other: one < other,
        "lte": lambda one, other: one <= other,
    }

    def score(key: str) -> float | None:
        value = index.value(key, name)
        held = value is not None and all(holds[sign](value, limit) for sign, limit in limits.items())
        return 0.0 if held else None

    return score


def _exists(index: Index, given: Any) -> Clause:
    name = take_known(given, {"field"}, "exists")["field"]
    _field(index, name, kinds=ORDERED)
    return lambda key: 0.0 if index.value(key, name) is not None else None


def _multi_match(index: Index, given: Any) -> Clause:
    """https://www.elastic.co/guide/en/elasticsearch/reference/current/query-dsl-multi-match-query.html"""
    take_known(given, {"query", "fields", "type", "zero_terms_query"}, "multi_match")
    if given["type"] not in ("most_fields", "phrase") or given["zero_terms_query"] not in ("none", "all"):
        raise bad("[multi_match] unknown type or zero_terms_query")
    clauses = []
    for one in given["fields"]:
        name, _, boost = one.partition("^")
        _field(index, name, kinds=("text",))
        clauses.append(_match(index, name, float(boost or 1), given=given))
    join = sum if given["type"] == "most_fields" else max

    def score(key: str) -> float | None:
        found = [one for clause in clauses if (one := clause(key)) is not None]
        return join(found) if found else None

    return score


def _match(index: Index, name: str, boost: float, *, given: Any) -> Clause:
    wanted = [
        token.term if token else None for token in analyze(given["query"], index.properties[name]["analyzer"])
    ]
    terms = [one for one in wanted if one]
    if not terms:
        return (lambda _: 1.0) if given["zero_terms_query"] == "all" else (lambda _: None)
    lengths = [length for key in index.visible if (length := len(index.read_tokens(key, name)))]
    average = sum(lengths) / len(lengths) if lengths else 1
    having = sum(terms[0] in _terms_at(index, key, name) for key in index.visible)
    idf = math.log(1 + (len(lengths) - having + 0.5) / (having + 0.5))

    def score(key: str) -> float | None:
        there = _terms_at(index, key, name)
        if given["type"] == "phrase":
            often = sum(_stands_at(there, at, wanted) for at in range(len(there)))
        else:
            often = sum(one in terms for one in there)
        if not often:
            return None
        share = often / (often + K1 * (1 - B + B * len(there) / average))
        return _as_float(boost * idf * share)

    return score


def _terms_at(index: Index, key: str, name: str) -> list[str | None]:
    return [token.term if token else None for token in index.read_tokens(key, name)]


def _stands_at(there: list[str | None], at: int, wanted: list[str | None]) -> bool:
    part = there[at : at + len(wanted)]
    return len(part) == len(wanted) and all(
        one is None or one == other for one, other in zip(wanted, part, strict=True)
    )


def _as_float(number: float) -> float:
    """Scores are of single precision."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


CLAUSES: dict[str, Callable[[Index, Any], Clause]] = {
    "bool": _bool,
    "term": _term,
    "terms": _terms,
    "range": _range,
    "exists": _exists,
    "multi_match": _multi_match,
}
