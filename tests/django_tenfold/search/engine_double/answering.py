"""An answer to `_search`: hits in their order, aggregations, highlights, suggestions.

https://www.elastic.co/guide/en/elasticsearch/reference/current/search-search.html
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.django_tenfold.search.engine_double.analysis import analyze, edits, terms_of
from tests.django_tenfold.search.engine_double.faults import bad, take_known, take_one
from tests.django_tenfold.search.engine_double.querying import (
    ORDERED,
    compile_query,
    find_terms,
)

if TYPE_CHECKING:
    from tests.django_tenfold.search.engine_double.index import Index

KNOWN = {
    "size",
    "query",
    "sort",
    "search_after",
    "track_total_hits",
    "_source",
    "aggs",
    "highlight",
    "suggest",
}
WINDOW = 10_000
"""index.max_result_window"""
HIGHLIGHT = {
    "type",
    "pre_tags",
    "post_tags",
    "number_of_fragments",
    "fragment_size",
    "no_match_size",
    "fields",
}
SUGGEST = {"field", "size", "suggest_mode", "max_edits", "prefix_length", "min_word_length"}


def answer_search(index: Index, body: Any) -> dict[str, Any]:
    take_known(body, KNOWN, "search")
    size = body.get("size", 10)
    if size > WINDOW:
        raise bad(f"Result window is too large, must be less than or equal to: [{WINDOW}]")
    clause = compile_query(index, body.get("query", {"bool": {}}))
    scores = {key: score for key in index.visible if (score := clause(key)) is not None}
    found = [(_sort_values(index, body, key, score), key) for key, score in scores.items()]
    for place in reversed(range(len(body.get("sort", [])))):
        found.sort(key=lambda one: one[0][place], reverse=_is_down(body["sort"][place]))
    hits = [one for one in found if _is_after(body, one[0])][:size]
    answer: dict[str, Any] = {
        "took": 1,
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
        "hits": {"max_score": None, "hits": [_show(index, body, values, key) for values, key in hits]},
    }
    tracked = body.get("track_total_hits", WINDOW)
    if tracked is not False:
        capped = tracked is not True and len(scores) > tracked
        answer["hits"]["total"] = {
            "value": tracked if capped else len(scores),
            "relation": "gte" if capped else "eq",
        }
    if "aggs" in body:
        answer["aggregations"] = {
            name: _aggregate(index, one, [*scores]) for name, one in body["aggs"].items()
        }
    if "suggest" in body:
        answer["suggest"] = {name: [_suggest(index, one)] for name, one in body["suggest"].items()}
    return answer


def _is_down(sort: Any) -> bool:
    name, way = take_one(sort, "sort")
    if way not in ("asc", "desc"):
        raise bad(f"Illegal sort order [{way}] of [{name}]", "illegal_argument_exception")
    return bool(way == "desc")


def _sort_values(index: Index, body: Any, key: str, score: float) -> list[Any]:
    values: list[Any] = []
    for one in body.get("sort", []):
        name, _ = take_one(one, "sort")
        if name != "_score" and index.properties.get(name, {}).get("type") not in ORDERED:
            raise bad(f"No mapping found for [{name}] in order to sort on", "query_shard_exception")
        values.append(score if name == "_score" else index.value(key, name))
    return values


def _is_after(body: Any, values: list[Any]) -> bool:
    after = body.get("search_after")
    if after is None:
        return True
    if len(after) != len(values):
        raise bad("search_after has another number of values than sort", "illegal_argument_exception")
    for one, limit, sort in zip(values, after, body["sort"], strict=True):
        if one != limit:
            return bool(one < limit if _is_down(sort) else one > limit)
    return False


def _show(index: Index, body: Any, values: list[Any], key: str) -> dict[str, Any]:
    source = index.visible[key]
    shown = {name: source[name] for name in body.get("_source", [*source]) if name in source}
    hit = {"_index": index.name, "_id": key, "_score": None, "_source": shown, "sort": values}
    if "highlight" in body and (pieces := _highlight(index, body, key)):
        hit["highlight"] = pieces
    return hit


def _highlight(index: Index, body: Any, key: str) -> dict[str, list[str]]:
    """https://www.elastic.co/guide/en/elasticsearch/reference/current/highlighting.html"""
    told = take_known(body["highlight"], HIGHLIGHT, "highlight")
    wanted: dict[str, set[str]] = {}
    for name, text in find_terms(body["query"]):
        wanted.setdefault(name, set()).update(terms_of(text, index.properties[name]["analyzer"]))
    shown = {}
    for name in told["fields"]:
        text = index.visible[key].get(name, "")
        if text:
            shown[name] = _cut(text, index.properties[name]["analyzer"], wanted.get(name, set()), told=told)
    return shown


def _cut(text: str, analyzer: str, wanted: set[str], *, told: Any) -> list[str]:
    spans = [token for token in analyze(text, analyzer) if token and token.term in wanted]
    if not spans:
        return [text[: told["no_match_size"]]]
    pieces: list[str] = []
    behind = 0
    while spans and len(pieces) < told["number_of_fragments"]:
        begin = max(behind, spans[0].start - 20)
        behind = max(begin + told["fragment_size"], spans[0].end)
        inside = [token for token in spans if token.end <= behind]
        spans = [token for token in spans if token.start >= behind]
        marked, at = "", begin
        for token in inside:
            marked += text[at : token.start] + told["pre_tags"][0]
            marked += text[token.start : token.end] + told["post_tags"][0]
            at = token.end
        pieces.append(marked + text[at:behind])
    return pieces


def _aggregate(index: Index, given: Any, keys: list[str]) -> dict[str, Any]:
    """https://www.elastic.co/guide/en/elasticsearch/reference/current/search-aggregations-bucket-terms-aggregation.html"""
    kind, told = take_one(given, "aggs")
    if kind == "filters":
        filters = take_known(told, {"filters"}, "filters")["filters"]
        clauses = {name: compile_query(index, one) for name, one in filters.items()}
        counts = {name: sum(one(key) is not None for key in keys) for name, one in clauses.items()}
        return {"buckets": {name: {"doc_count": count} for name, count in counts.items()}}
    if kind not in ("terms", "missing"):
        raise bad(f"Unknown aggregation type [{kind}]")
    name = take_known(told, {"field", "size"} if kind == "terms" else {"field"}, kind)["field"]
    if index.properties.get(name, {}).get("type") not in ORDERED:
        raise bad(f"Fielddata is disabled on [{name}]", "illegal_argument_exception")
    values = [index.value(key, name) for key in keys]
    if kind == "missing":
        return {"doc_count": values.count(None)}
    counted = Counter(value for value in values if value is not None)
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[: told.get("size", 10)]
    return {"buckets": [_bucket(value, count) for value, count in ordered]}


def _bucket(value: Any, count: int) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"key": int(value), "key_as_string": str(value).lower(), "doc_count": count}
    return {"key": value, "doc_count": count}


def _suggest(index: Index, given: Any) -> dict[str, Any]:
    take_known(given, {"text", "term"}, "suggest")
    term, text = take_known(given["term"], SUGGEST, "term"), given["text"]
    if term["max_edits"] not in (1, 2) or term["suggest_mode"] not in ("missing", "popular", "always"):
        raise bad(
            "max_edits must be 1 or 2, suggest_mode missing, popular or always", "illegal_argument_exception"
        )
    often = Counter(
        one
        for key in index.visible
        for one in {token.term for token in index.read_tokens(key, term["field"]) if token}
    )
    near = [
        {"text": one, "score": 1 - far / max(len(one), len(text)), "freq": count}
        for one, count in often.items()
        if len(text) >= term["min_word_length"]
        if one[: term["prefix_length"]] == text[: term["prefix_length"]]
        if 0 < (far := edits(text, one)) <= term["max_edits"]
    ]
    near.sort(key=lambda one: (-one["score"], -one["freq"], one["text"]))
    return {"text": text, "offset": 0, "length": len(text), "options": near[: term["size"]]}
