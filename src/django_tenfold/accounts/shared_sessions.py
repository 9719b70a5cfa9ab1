"""Sessions in the shared cache: a second memory, behind the process's own and before the database.

An entry is believed only if it is signed for its own key by this project, if it was written in this history of
the database, and if the change log, which this process follows, knows no change of the session since. So
nothing has to be deleted there: a cache that comes back with an old snapshot, a delete that was lost, a writer
that was too late are all the same, an entry that the log contradicts. A cache that fails is left alone for a while.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import signing
from django.core.cache import caches

from django_tenfold.accounts.memory_metrics import Fallback
from django_tenfold.accounts.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.accounts.follower import Follower, Position

SALT = "django_tenfold.accounts.session."


@dataclass(frozen=True, slots=True)
class Row:
    """A session as the database has it."""

    text: str
    """Its data, signed and packed as in the table."""
    version: int
    expires: float
    """Seconds since 1970."""


class Breaker:
    """Whether the cache is asked: not while it rests after a failure. One per process."""

    def __init__(self) -> None:
        self.failing = Fallback("session_cache", "The session cache fails: sessions come from the database.")
        self._until = 0.0

    def reset(self) -> None:
        """The cache is asked again at once."""
        self._until = 0.0

    def try_out(self, ask: Callable[[], Any]) -> Any:
        """What `ask` gives; None when it fails or the cache rests."""
        if self._until:
            now = time.monotonic()
            if now < self._until:
                return None
            self._until = now + options().cache_rest_seconds  # this one tries, the others go on without
        try:
            answer = ask()
        except Exception as error:  # each client has errors of its own, and a request needs none of them
            self._until = time.monotonic() + options().cache_rest_seconds
            self.failing.tell(error)
            return None
        self._until = 0.0
        return answer


breaker = Breaker()
"""Global: a dead server is dead for all requests of a process."""


def read_shared(key: str, follower: Follower) -> Row | None:
    """The session, if the cache has it and the log has nothing against it. The follower has to be current."""
    position = follower.position
    if position is None:
        return None
    text = breaker.try_out(lambda: _cache().get(name_entry(key, position)))
    entry = _open(key, text) if isinstance(text, str) else None
    if entry is None:
        return None
    since, row = entry
    return row if _is_true(key, row.version, since, position=position) else None


def _is_true(key: str, version: int, since: int, *, position: Position) -> bool:
    """`since`: all transactions below it were over when the entry was read."""
    if since < position.floor or since > position.read.snapshot.xmax:
        return False
    change, everything = position.changed.get(key), position.changed.get("")
    if everything is not None and everything.txid >= since:
        return False
    return change is None or (change.version is not None and change.version <= version)


def write_shared(key: str, row: Row, position: Position | None) -> None:
    """`position` is where the follower stood before the row was read or written."""
    seconds = int(row.expires - time.time())
    if position is None or seconds <= 0:
        return
    since = position.read.snapshot.xmin
    text = _signer(key).sign(json.dumps([since, row.version, row.expires, row.text]))
    breaker.try_out(lambda: _cache().set(name_entry(key, position), text, seconds))


def delete_shared(key: str, position: Position | None) -> None:
    """For room: the log says that the session is gone."""
    if position is not None:
        breaker.try_out(lambda: _cache().delete(name_entry(key, position)))


def _open(key: str, text: str) -> tuple[int, Row] | None:
    try:
        since, version, expires, data = json.loads(_signer(key).unsign(text))
        return since, Row(data, version, expires)
    except (signing.BadSignature, ValueError, TypeError):
        logging.getLogger("django.security.SuspiciousSession").warning(
            "An entry of the session cache is not signed by this project for its key."
        )
        return None


def _signer(key: str) -> signing.Signer:
    return signing.Signer(salt=SALT + key)


def _cache() -> Any:
    return caches[settings.SESSION_CACHE_ALIAS]


def name_entry(key: str, position: Position) -> str:
    """The cache's key of a session's entry."""
    return f"tenfold.session.{position.epoch}.{key}"
