"""The double as an HTTP server on a free port, with faults on demand."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.django_tenfold.search.engine_double.answering import answer_search
from tests.django_tenfold.search.engine_double.faults import Refused, bad, take_known, take_one
from tests.django_tenfold.search.engine_double.index import make_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_tenfold.search.engine_double.index import Index

LINES = "application/x-ndjson"


@dataclass(slots=True)
class Double:
    """Its state; `url` is where it listens."""

    url: str = ""
    indexes: dict[str, Index] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path and headers of each, to look at."""
    faults: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Statuses that the next requests get, with headers; 0 closes the connection without a word."""
    item_faults: dict[str, list[int]] = field(default_factory=dict)
    """Statuses that the next writes of a document get, by its _id."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, method: str, path: str, body: bytes, *, kind: str) -> tuple[int, dict[str, Any]]:
        with self.lock:
            parts = urlsplit(path)
            given = dict(parse_qsl(parts.query))
            if parts.path == "/_bulk":
                take_known(given, {"refresh", "require_alias"}, "/_bulk")
                if given.get("require_alias") != "true":
                    raise bad("the double writes by aliases alone: a real engine would make what is missing")
                return 200, self._bulk(body, kind, given.get("refresh", "false"))
            take_known(given, {"preference"} if parts.path.endswith("/_search") else set(), path)
            told = json.loads(body) if body else None
            if parts.path == "/_aliases" and method == "POST":
                return 200, self._swap(told)
            if parts.path.startswith("/_alias/") and method == "GET":
                return self._tell_alias(parts.path.removeprefix("/_alias/"))
            name, _, act = parts.path.strip("/").partition("/")
            return 200, self._on_index(method, name, act, told=told)

    def _on_index(self, method: str, name: str, act: str, *, told: Any) -> dict[str, Any]:
        if (method, act) == ("PUT", ""):
            if name in self.indexes:
                raise bad(f"index [{name}] already exists", "resource_already_exists_exception")
            self.indexes[name] = make_index(name, told)
            return {"acknowledged": True, "shards_acknowledged": True, "index": name}
        index = self._take(name)
        if (method, act) == ("DELETE", ""):
            del self.indexes[name]
        elif (method, act) == ("PUT", "_settings"):
            changed = take_known(
                take_known(told, {"index"}, "settings")["index"], {"refresh_interval"}, "index"
            )
            index.settings |= changed
        elif (method, act) == ("POST", "_refresh"):
            index.refresh()
        elif (method, act) == ("POST", "_search"):
            return answer_search(index, told)
        else:
            raise Refused(405, "illegal_argument_exception", f"Incorrect HTTP method [{method}] for [{act}]")
        return {"acknowledged": True}

    def _take(self, name: str) -> Index:
        if name not in self.indexes:
            raise Refused(404, "index_not_found_exception", f"no such index [{name}]")
        return self.indexes[name]

    def _take_by_alias(self, alias: str) -> Index:
        """https://www.elastic.co/guide/en/elasticsearch/reference/current/docs-bulk.html#docs-bulk-api-query-params"""
        found = [one for one in self.indexes.values() if alias in one.aliases]
        if len(found) != 1:
            reason = f"no such index [{alias}] and [require_alias] request flag is [true]"
            raise Refused(404, "index_not_found_exception", reason)
        return found[0]

    def _tell_alias(self, alias: str) -> tuple[int, dict[str, Any]]:
        found = {name: {"aliases": {alias: {}}} for name, one in self.indexes.items() if alias in one.aliases}
        return (200, found) if found else (404, {"error": f"alias [{alias}] missing", "status": 404})

    def _swap(self, told: Any) -> dict[str, Any]:
        """All of the actions, or none."""
        steps = []
        for one in take_known(told, {"actions"}, "aliases")["actions"]:
            act, given = take_one(one, "actions")
            take_known(given, {"index", "alias"}, act)
            index, alias = self._take(given["index"]), given["alias"]
            if alias in self.indexes:
                raise bad(
                    f"an index exists with the same name as the alias [{alias}]",
                    "invalid_alias_name_exception",
                )
            if act == "remove" and alias not in index.aliases:
                raise Refused(404, "aliases_not_found_exception", f"aliases [{alias}] missing")
            steps.append({"add": index.aliases.add, "remove": index.aliases.remove}[act])
        for step, one in zip(steps, told["actions"], strict=True):
            step(take_one(one, "actions")[1]["alias"])
        return {"acknowledged": True}

    def _bulk(self, body: bytes, kind: str, refresh: str) -> dict[str, Any]:
        """https://www.elastic.co/guide/en/elasticsearch/reference/current/docs-bulk.html"""
        if kind != LINES or not body.endswith(b"\n"):
            raise bad("The bulk request must be terminated by a newline [\\n]", "illegal_argument_exception")
        lines = [json.loads(line) for line in body.splitlines()]
        items = [self._write(lines[at], lines[at + 1]) for at in range(0, len(lines), 2)]
        if refresh != "false":
            written = {take_one(line, "bulk")[1]["_index"] for line in lines[::2]}
            for index in self.indexes.values():
                if not index.aliases & written:
                    continue
                if refresh == "wait_for" and index.settings.get("refresh_interval") == "-1":
                    raise Refused(500, "timeout", "nothing refreshes this index: it would wait for ever")
                index.refresh()
        return {"took": 1, "errors": any(one["index"]["status"] > 299 for one in items), "items": items}

    def _write(self, action: Any, source: dict[str, Any]) -> dict[str, Any]:
        name, place = take_one(action, "bulk")
        take_known(place, {"_index", "_id", "version", "version_type"}, "bulk")
        if name != "index" or place["version_type"] != "external":
            raise bad("Malformed action/metadata line", "illegal_argument_exception")
        told: dict[str, Any] = {"_index": place["_index"], "_id": place["_id"]}
        try:
            if faults := self.item_faults.get(place["_id"]):
                raise Refused(faults.pop(0), "es_rejected_execution_exception", "as the test wished")
            self._take_by_alias(place["_index"]).put(place["_id"], place["version"], source)
        except Refused as error:
            return {"index": {**told, "status": error.status, "error": error.error}}
        return {"index": {**told, "status": 201, "_version": place["version"]}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    double: Double
    timeout = 30

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.double.requests.append((self.command, self.path, dict(self.headers)))
        status, headers = self.double.faults.pop(0) if self.double.faults else (200, {})
        if status == 0:
            self.close_connection = True
            return
        told: dict[str, Any] = {"error": {"type": "fault", "reason": "as the test wished"}, "status": status}
        if status == 200:
            try:
                kind = self.headers.get("Content-Type", "")
                status, told = self.double.answer(self.command, self.path, body, kind=kind)
            except Refused as error:
                status, told = error.status, {"error": error.error, "status": error.status}
        text = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {
            **headers,
            "Content-Type": "application/json",
            "Content-Length": len(text),
        }.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_: Any) -> None:
        """Tests are quiet."""


@contextmanager
def run_double() -> Iterator[Double]:
    double = Double()
    handler = type("Handler", (_Handler,), {"double": double})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
