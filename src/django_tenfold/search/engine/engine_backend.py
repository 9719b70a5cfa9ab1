"""The engine of Elasticsearch and OpenSearch: an index a generation, and an alias for who else reads it.

Which generation answers is told by the database, as for every engine: it is switched in the transaction that says so.
The alias follows just before. Versions are external ones: an older write is refused by the engine itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django_tenfold.search.backend import VALUES_OF_A_FACET, Found, Row
from django_tenfold.search.columns import texts_of
from django_tenfold.search.engine.bodies import (
    BULK_BYTES,
    WINDOW,
    alias_actions,
    bulk_lines,
    digests_body,
    index_body,
    known_body,
    near_body,
    search_body,
)
from django_tenfold.search.engine.encoding import decode
from django_tenfold.search.engine.errors import DocumentRefusedError, EngineDownError, EngineRefusedError
from django_tenfold.search.engine.transport import BUSY, FIRST_PAUSE, describe_error
from django_tenfold.search.websearch import read_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_tenfold.search.backend import Asked
    from django_tenfold.search.documents import Batch
    from django_tenfold.search.engine.transport import Answer, Transport
    from django_tenfold.search.index import Shape

MADE = (200, 201)
CONFLICT, MISSING = 409, 404
BAD = (400, 413)
"""What a document is refused with that is no good itself."""
WRITTEN = "-write"
"""Behind the name of an index: the alias that it is written by."""
FRAGMENTS = " … "
WRITING_SECONDS = 60.0
"""For one try of a batch, a refresh, a new index."""


@dataclass(frozen=True, slots=True)
class EngineBackend:
    transport: Transport
    prefix: str
    shards: int = 1
    replicas: int = 1
    refresh: str = "false"
    """Of writes to what is searched: "false" shows them within `index.refresh_interval`, a second."""

    def create(self, shape: Shape, number: int) -> None:
        index = self._index(shape, number)
        body = index_body(shape, shards=self.shards, replicas=self.replicas, alias=f"{index}{WRITTEN}")
        answer = self._write("PUT", f"/{index}", body)
        if "resource_already_exists_exception" not in answer.reason:
            self._expect(answer)

    def write(self, shape: Shape, number: int, batch: Batch, *, live: bool) -> None:
        lines = dict(bulk_lines(shape, f"{self._index(shape, number)}{WRITTEN}", batch))
        path = f"/_bulk?require_alias=true&refresh={self.refresh if live else 'false'}"
        for attempt in range(self.transport.tries):
            refused: dict[Any, str] = {}
            busy: dict[Any, bytes] = {}
            for chunk in _cut(lines):
                answer = self._expect(self._write("POST", path, b"".join(chunk.values())))
                _judge(chunk, answer.body["items"], refused, busy)
            if refused:
                told = "; ".join(f"{key}: {reason}" for key, reason in [*refused.items()][:5])
                raise DocumentRefusedError(f"The search engine refused {len(refused)} documents: {told}")
            if not busy:
                return
            lines = busy
            self.transport.pause(FIRST_PAUSE * 2**attempt)
        raise EngineDownError(f"The search engine is too busy to take {len(lines)} documents: they wait.")

    def finish(self, shape: Shape, number: int) -> None:
        index, alias = self._index(shape, number), f"{self.prefix}{shape.name}"
        settings = {"index": {"refresh_interval": None}}
        self._expect(self._write("PUT", f"/{index}/_settings", settings))
        self._refresh(index)
        told = self.transport.ask("GET", f"/_alias/{alias}")
        before = [] if told.status == MISSING else [*self._expect(told).body]
        self._expect(self._write("POST", "/_aliases", alias_actions(alias, index, before)))

    def drop(self, shape: Shape, number: int) -> None:
        answer = self._write("DELETE", f"/{self._index(shape, number)}")
        if answer.status != MISSING:
            self._expect(answer)

    def find(self, shape: Shape, number: int, asked: Asked) -> Found:
        """The same words ask the same copies of the shards: others rank a little differently, and pages would not fit.
        https://www.elastic.co/guide/en/elasticsearch/reference/current/consistent-scoring.html"""
        wanted = read_words(asked.words)
        if asked.words and wanted is None:
            return Found((), 0, dict.fromkeys(asked.facets, ()))
        copies = f"?preference={hashlib.blake2b(asked.words.encode(), digest_size=8).hexdigest()}"
        body = self._search(shape, number, search_body(shape, asked, wanted), query=copies)
        total = body["hits"]["total"]["value"]
        rows = tuple(_read_hit(shape, hit, ranked=wanted is not None) for hit in body["hits"]["hits"])
        facets = {at: _read_facet(shape, at, body.get("aggregations", {})) for at in asked.facets}
        return Found(rows, min(total, asked.cap + 1), facets)

    def read_digests(self, shape: Shape, number: int, after: Any, upto: Any) -> dict[Any, str]:
        self._refresh(self._index(shape, number))
        return dict(self._pages_of_digests(shape, number, after, upto))

    def find_known(self, shape: Shape, number: int, words: Iterable[str]) -> set[str]:
        asked = [*words]
        if not asked:
            return set()
        counted = self._search(shape, number, known_body(asked))["aggregations"]["known"]["buckets"]
        return {word for at, word in enumerate(asked) if counted[f"w{at}"]["doc_count"]}

    def find_near(self, shape: Shape, number: int, word: str) -> list[tuple[str, int]]:
        entries = self._search(shape, number, near_body(word))["suggest"]["near"]
        return [(one["text"], one["freq"]) for entry in entries for one in entry["options"]]

    def _index(self, shape: Shape, number: int) -> str:
        return f"{self.prefix}{shape.name}-{number}"

    def _pages_of_digests(
        self, shape: Shape, number: int, after: Any, upto: Any
    ) -> Iterator[tuple[Any, str]]:
        body, read = digests_body(shape, after, upto), shape.key_field.to_python
        while True:
            hits = self._search(shape, number, body, seconds=WRITING_SECONDS)["hits"]["hits"]
            yield from ((read(hit["_source"]["key"]), hit["_source"]["digest"]) for hit in hits)
            if len(hits) < WINDOW:
                return
            body["search_after"] = hits[-1]["sort"]

    def _search(
        self,
        shape: Shape,
        number: int,
        body: dict[str, Any],
        *,
        query: str = "",
        seconds: float | None = None,
    ) -> dict[str, Any]:
        index = self._index(shape, number)
        answer = self.transport.ask("POST", f"/{index}/_search{query}", body, seconds=seconds)
        if answer.status == MISSING:
            raise EngineRefusedError(
                f"The search engine has no index {index} ({answer.reason}): run manage.py search_index rebuild"
                f" {shape.name}"
            )
        told: dict[str, Any] = self._expect(answer).body
        if told.get("timed_out") or told.get("_shards", {}).get("failed"):
            raise EngineDownError(
                f"Shards of {index} did not answer: its results would be parts of the truth."
            )
        return told

    def _refresh(self, index: str) -> None:
        self._expect(self._write("POST", f"/{index}/_refresh"))

    def _write(self, method: str, path: str, body: Any = None) -> Answer:
        return self.transport.ask(method, path, body, seconds=max(WRITING_SECONDS, self.transport.seconds))

    def _expect(self, answer: Answer) -> Answer:
        if answer.status not in MADE:
            raise EngineRefusedError(f"The search engine refused with {answer.status}: {answer.reason}")
        return answer


def _cut(lines: dict[Any, bytes]) -> Iterator[dict[Any, bytes]]:
    chunk: dict[Any, bytes] = {}
    size = 0
    for key, line in lines.items():
        if chunk and size + len(line) > BULK_BYTES:
            yield chunk
            chunk, size = {}, 0
        chunk[key] = line
        size += len(line)
    if chunk:
        yield chunk


def _judge(
    chunk: dict[Any, bytes], items: list[Any], refused: dict[Any, str], busy: dict[Any, bytes]
) -> None:
    """Each item has a status of its own, in the order of the request; a conflict means that something newer is there.
    https://www.elastic.co/guide/en/elasticsearch/reference/current/docs-bulk.html"""
    for (key, line), item in zip(chunk.items(), items, strict=True):
        (told,) = item.values()
        if told["status"] == MISSING:
            raise EngineRefusedError(
                f"{describe_error(told.get('error'))}: run manage.py search_index rebuild"
            )
        if told["status"] in (*MADE, CONFLICT):
            continue
        if told["status"] in BUSY or told["status"] >= 500:
            busy[key] = line
        elif told["status"] in BAD:
            refused[key] = describe_error(told.get("error"))
        else:  # forbidden, or the index is closed for writing: no document is at fault, and all would be parked
            raise EngineRefusedError(f"{told['status']}: {describe_error(told.get('error'))}")


def _read_hit(shape: Shape, hit: dict[str, Any], *, ranked: bool) -> Row:
    key = shape.key_field.to_python(hit["_source"]["key"])
    if not ranked:
        return Row(key, 0.0, tuple(hit["_source"].get(name, "") for name in texts_of(shape)))
    pieces = hit.get("highlight", {})
    return Row(key, hit["sort"][0], tuple(FRAGMENTS.join(pieces.get(name, ())) for name in texts_of(shape)))


def _read_facet(shape: Shape, at: int, counted: dict[str, Any]) -> tuple[tuple[Any, int], ...]:
    field = shape.facets[at].field
    values = [(decode(field, one["key"]), one["doc_count"]) for one in counted[f"values{at}"]["buckets"]]
    if none := counted[f"none{at}"]["doc_count"]:
        values.append((None, none))
    values.sort(key=lambda one: -one[1])
    return tuple(values[:VALUES_OF_A_FACET])
