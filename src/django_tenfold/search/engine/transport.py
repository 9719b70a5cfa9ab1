"""HTTP with JSON to the nodes of an engine: connections kept, certificates verified, busy nodes asked again.

Everything that is sent may be sent twice: writes carry versions. Credentials of an address never reach a message.
"""

from __future__ import annotations

import base64
import json
import os
import random
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from django_tenfold.search.engine.errors import EngineDownError, EngineRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

BUSY = (429, 502, 503, 504)
"""Asked again later: a queue is full, or a node starts."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds before the second try, doubled for each further one, and the most that Retry-After is heeded for."""


@dataclass(frozen=True, slots=True)
class Node:
    secure: bool
    host: str
    port: int
    path: str
    authorization: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def reason(self) -> str:
        """`type: reason` of the engine's error."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return describe_error(error) if error else f"status {self.status}"


@dataclass(frozen=True, slots=True)
class Transport:
    nodes: tuple[Node, ...]
    seconds: float
    """For one try."""
    tries: int
    ca_file: str = ""
    pause: Callable[[float], object] = time.sleep
    kept: _Kept = field(default_factory=lambda: _Kept())

    def ask(self, method: str, path: str, body: Any = None, *, seconds: float | None = None) -> Answer:
        """The answer, whatever its status below 500 and beside 429. `body` is JSON, or bytes of lines of it.

        Raises EngineDownError after the last try, EngineRefusedError for an answer that is no JSON.
        """
        request = _Request(method, path, *_write(body), seconds or self.seconds)
        reason = ""
        for attempt in range(self.tries):
            node = self.nodes[attempt % len(self.nodes)]
            wait = FIRST_PAUSE * 2**attempt
            try:
                status, headers, text = self._send(node, request)
            except (OSError, HTTPException) as error:
                reason = f"{node}: {error or type(error).__name__}"
            else:
                if status not in BUSY:
                    return Answer(status, _read(text, node, status))
                reason = f"{node}: status {status}"
                wait = _heed(headers.get("Retry-After"), wait)
            if attempt + 1 < self.tries:
                self.pause(wait * random.uniform(0.5, 1.5))
        raise EngineDownError(
            f"The search engine does not answer ({self.tries} tries, the last: {reason}). Searches fail meanwhile and"
            " changes wait in the outbox; with TENFOLD_SEARCH['engine_fallback'] the database answers instead."
        )

    def _send(self, node: Node, request: _Request) -> tuple[int, Any, bytes]:
        kept = self.kept.connections()
        if node in kept:
            try:
                return _exchange(kept[node], node, request)
            except (OSError, HTTPException) as error:
                kept.pop(node).close()
                if isinstance(error, TimeoutError):
                    raise
                # Idle for long it was closed over there: that tells nothing of the node.
        made = self._connect(node, request.seconds)
        try:
            answer = _exchange(made, node, request)
        except BaseException:
            made.close()
            raise
        kept[node] = made
        return answer

    def _connect(self, node: Node, seconds: float) -> HTTPConnection:
        if not node.secure:
            return HTTPConnection(node.host, node.port, timeout=seconds)
        context = ssl.create_default_context(cafile=self.ca_file or None)
        return HTTPSConnection(node.host, node.port, timeout=seconds, context=context)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    data: bytes | None
    kind: str
    """Content-Type."""
    seconds: float


class _Open(dict[Node, HTTPConnection]):
    """Closed with the thread, or the process, that had them."""

    def __del__(self) -> None:
        for one in self.values():
            one.close()


class _Kept(threading.local):
    """The open connections of a thread; a forked process begins without those of its parent."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.open = _Open()

    def connections(self) -> _Open:
        if self.pid != os.getpid():
            self.__init__()  # type: ignore[misc]
        return self.open


def _write(body: Any) -> tuple[bytes | None, str]:
    if isinstance(body, bytes):
        return body, "application/x-ndjson"
    return (None if body is None else json.dumps(body).encode()), "application/json"


def _exchange(one: HTTPConnection, node: Node, request: _Request) -> tuple[int, Any, bytes]:
    headers = {"Accept": "application/json"}
    if request.data is not None:
        headers["Content-Type"] = request.kind
    if node.authorization:
        headers["Authorization"] = node.authorization
    one.timeout = request.seconds
    if one.sock is not None:
        one.sock.settimeout(request.seconds)
    one.request(request.method, node.path + request.path, request.data, headers)
    answer = one.getresponse()
    return answer.status, answer.headers, answer.read()


def read_node(url: str, api_key: str = "") -> Node:
    """Of `https://user:password@host:9200/path`. Raises ImproperlyConfigured, without repeating the address."""
    wrong = ImproperlyConfigured(
        "An address in TENFOLD_SEARCH['engine_urls'] is not of the form https://host:9200."
    )
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 9200)
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise wrong
    authorization = f"ApiKey {api_key}" if api_key else ""
    if parts.username is not None and not api_key:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Node(parts.scheme == "https", parts.hostname, port, parts.path.rstrip("/"), authorization)


def describe_error(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    told = f"{error.get('type')}: {error.get('reason')}"
    cause = error.get("caused_by") or {}
    return f"{told} ({cause['reason']})" if cause.get("reason") else told


def _heed(told: str | None, wait: float) -> float:
    """Retry-After in seconds; its other form, a date, is not sent by these engines."""
    return min(float(told), LONGEST_PAUSE) if told and told.isdecimal() else wait


def _read(text: bytes, node: Node, status: int) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        raise EngineRefusedError(
            f"{node} answered {status} without JSON: TENFOLD_SEARCH['engine_urls'] names something else than a search"
            " engine."
        ) from None
