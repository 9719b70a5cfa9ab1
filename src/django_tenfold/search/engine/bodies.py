"""What is sent to an engine, as pure functions of what is asked.

The part of the API that Elasticsearch (7.17 and later) and OpenSearch have in common.
https://www.elastic.co/guide/en/elasticsearch/reference/current/rest-apis.html
https://docs.opensearch.org/latest/api-reference/
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django_tenfold.search.backend import VALUES_OF_A_FACET
from django_tenfold.search.columns import facets_of, texts_of
from django_tenfold.search.engine.encoding import (
    analyzer_of,
    encode,
    encode_key,
    facet_mapping,
    key_mapping,
)
from django_tenfold.search.marks import END, START

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_tenfold.search.backend import Asked, Filter
    from django_tenfold.search.documents import Batch
    from django_tenfold.search.index import Shape
    from django_tenfold.search.websearch import Wanted

BOOSTS = {"A": 1.0, "B": 0.4, "C": 0.2, "D": 0.1}
"""As PostgreSQL's ts_rank has them."""
FRAGMENT = 150
"""Characters of a piece of a highlight; two are shown."""
NEAR = 20
"""Words alike that are looked at."""
WINDOW = 5_000
"""Digests that are read at once; `index.max_result_window` is 10,000."""
BULK_BYTES = 8_000_000
"""Of one request; `http.max_content_length` is 100 MB, and a node parses it as a whole."""


def index_body(shape: Shape, *, shards: int, replicas: int, alias: str) -> dict[str, Any]:
    """A new index: refreshed by nobody until it is filled. Fields that it does not know are refused. It is written to
    by `alias` alone: by its own name a write to an index that is gone would make one of whatever shape."""
    text = {"type": "text", "analyzer": analyzer_of(shape), "copy_to": "words"}
    facets = zip(facets_of(shape), shape.facets, strict=True)
    return {
        "aliases": {alias: {}},
        "settings": {
            "index": {"number_of_shards": shards, "number_of_replicas": replicas, "refresh_interval": "-1"}
        },
        "mappings": {
            "dynamic": "strict",
            "properties": {
                "key": key_mapping(shape),
                "live": {"type": "boolean"},
                "digest": {"type": "keyword", "index": False, "doc_values": False},
                "words": {"type": "text", "analyzer": "standard"},
                **dict.fromkeys(texts_of(shape), text),
                **{name: facet_mapping(shape, one.field) for name, one in facets},
            },
        },
    }


def bulk_lines(shape: Shape, index: str, batch: Batch) -> Iterator[tuple[Any, bytes]]:
    """(key, its two lines). What is gone leaves a document with its version alone: a delete is forgotten after a
    minute (index.gc_deletes), and a slower worker would bring the document back."""
    for one in batch.documents:
        texts = zip(texts_of(shape), one.texts, strict=True)
        facets = zip(facets_of(shape), shape.facets, one.facets, strict=True)
        source: dict[str, Any] = {"key": encode_key(shape, one.key), "live": True, "digest": one.digest}
        source |= dict(texts)
        source |= {name: encode(facet.field, value) for name, facet, value in facets if value is not None}
        yield one.key, _lines(shape, index, one.key, batch.version, source)
    for key in batch.gone:
        source = {"key": encode_key(shape, key), "live": False}
        yield key, _lines(shape, index, key, batch.version, source)


def _lines(shape: Shape, index: str, key: Any, version: int, source: dict[str, Any]) -> bytes:
    """https://www.elastic.co/guide/en/elasticsearch/reference/current/docs-index_.html#index-version-types"""
    place = {"_index": index, "_id": str(key), "version": version, "version_type": "external"}
    return f"{json.dumps({'index': place})}\n{json.dumps(source)}\n".encode()


def search_body(shape: Shape, asked: Asked, wanted: Wanted | None) -> dict[str, Any]:
    """`wanted` is None for every row, the highest key first."""
    query: dict[str, Any] = {"filter": [{"term": {"live": True}}, *_conditions(shape, asked.filters)]}
    body: dict[str, Any] = {
        "size": asked.limit + 1,
        "track_total_hits": asked.cap + 1,
        "query": {"bool": query},
        "aggs": _count_facets(asked),
    }
    after: list[Any] | None = [encode_key(shape, asked.after[1])] if asked.after else None
    if wanted is None:
        body |= {"sort": [{"key": "desc"}], "_source": ["key", *texts_of(shape)]}
    else:
        after = [asked.after[0], *after] if asked.after and after else None
        _add_words(shape, query, wanted)
        body |= {"sort": [{"_score": "desc"}, {"key": "desc"}], "_source": ["key"]}
        body["highlight"] = _highlight(shape)
    return body if after is None else {**body, "search_after": after}


def digests_body(shape: Shape, after: Any, upto: Any) -> dict[str, Any]:
    """A page of digests in the order of keys: `after` < key <= `upto`; None is no bound."""
    given = {"gt": after, "lte": upto}
    bounds = {name: encode_key(shape, value) for name, value in given.items() if value is not None}
    ranges = [{"range": {"key": bounds}}] if bounds else []
    return {
        "size": WINDOW,
        "track_total_hits": False,
        "query": {"bool": {"filter": [{"term": {"live": True}}, *ranges]}},
        "sort": [{"key": "asc"}],
        "_source": ["key", "digest"],
    }


def known_body(words: list[str]) -> dict[str, Any]:
    filters = {f"w{at}": {"term": {"words": word}} for at, word in enumerate(words)}
    return {"size": 0, "track_total_hits": False, "aggs": {"known": {"filters": {"filters": filters}}}}


def near_body(word: str) -> dict[str, Any]:
    """https://www.elastic.co/guide/en/elasticsearch/reference/current/search-suggesters.html#term-suggester"""
    term = {
        "field": "words",
        "size": NEAR,
        "suggest_mode": "always",
        "max_edits": 2,
        "prefix_length": 0,
        "min_word_length": 3,
    }
    return {"size": 0, "suggest": {"near": {"text": word, "term": term}}}


def alias_actions(alias: str, index: str, before: Iterable[str]) -> dict[str, Any]:
    """One step for whoever reads by the alias. https://www.elastic.co/guide/en/elasticsearch/reference/current/aliases.html"""
    removed = [{"remove": {"index": one, "alias": alias}} for one in before if one != index]
    return {"actions": [{"add": {"index": index, "alias": alias}}, *removed]}


def _add_words(shape: Shape, query: dict[str, Any], wanted: Wanted) -> None:
    fields = [f"{name}^{BOOSTS[one.weight]}" for name, one in zip(texts_of(shape), shape.text, strict=True)]
    query["must"] = [
        _match(fields, group[0], "all")
        if len(group) == 1
        else {"bool": {"should": [_match(fields, one, "none") for one in group], "minimum_should_match": 1}}
        for group in wanted.groups
    ]
    query["must_not"] = [_match(fields, one, "none") for one in wanted.unwanted]
    # A stop word among others is passed over ("all"); words that are nothing else find nothing.
    every = [_match(fields, one, "none") for group in wanted.groups for one in group]
    query["filter"].append({"bool": {"should": every, "minimum_should_match": 1}})


def _match(fields: list[str], term: str, without_words: str) -> dict[str, Any]:
    kind = "phrase" if " " in term else "most_fields"
    return {"multi_match": {"query": term, "fields": fields, "type": kind, "zero_terms_query": without_words}}


def _conditions(shape: Shape, filters: tuple[Filter, ...]) -> Iterator[dict[str, Any]]:
    for one in filters:
        name, field = f"f{one.facet}", shape.facets[one.facet].field
        values = [encode(field, value) for value in one.values if value is not None]
        if one.lookup != "in":
            yield {"range": {name: {one.lookup: values[0]}}}
        elif None in one.values:
            nothing = {"bool": {"must_not": [{"exists": {"field": name}}]}}
            yield {"bool": {"should": [nothing, {"terms": {name: values}}], "minimum_should_match": 1}}
        else:
            yield {"terms": {name: values}}


def _count_facets(asked: Asked) -> dict[str, Any]:
    counted: dict[str, Any] = {}
    for at in asked.facets:
        counted[f"values{at}"] = {"terms": {"field": f"f{at}", "size": VALUES_OF_A_FACET}}
        counted[f"none{at}"] = {"missing": {"field": f"f{at}"}}
    return counted


def _highlight(shape: Shape) -> dict[str, Any]:
    """https://www.elastic.co/guide/en/elasticsearch/reference/current/highlighting.html"""
    return {
        "type": "unified",
        "pre_tags": [START],
        "post_tags": [END],
        "number_of_fragments": 2,
        "fragment_size": FRAGMENT,
        "no_match_size": FRAGMENT,
        "fields": {name: {} for name in texts_of(shape)},
    }
