"""Closing tags before a write and opening them after its commit.

A tag is closed in the cache before the statement that changes what it stands for is sent, and opened, without
its version, when the transaction is over. Between the two nothing under it is served or kept. So there is no
moment after a commit in which an older value is shown, and if the process dies after its commit, the closed
tag loses its version with its lease.

A process that cannot reach the server remembers what it had to purge, and does so when the server answers.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from django.db import DEFAULT_DB_ALIAS, connections

from django_tenfold.cache.cache_metrics import count_purged
from django_tenfold.cache.settings import options
from django_tenfold.cache.tags.store import (
    CLOCK,
    DROP,
    MARK,
    RELEASE,
    StoreGoneError,
    get_store,
    make_token,
    name_key,
)
from django_tenfold.cache.tags.tagged import name_changed, tags_purged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_tenfold.cache.tags.tagged import Tagged

logger = logging.getLogger("django_tenfold.cache")
MOST_OWED = 10_000
"""Tags; a process that owes more takes back everything."""


class Writer:
    """The tags that one transaction (or one of its savepoints) closed; called when it is committed.

    Django holds it in `run_on_commit` alone. A rollback drops it there without a word; that is the moment
    when it is deleted. So does an error of what waited for the commit before it.
    """

    def __init__(self, connection: Any, *, by_hand: bool = False) -> None:
        self._connection = connection
        self._token = make_token()
        self.tags: dict[str, None] = {}
        self.by_hand = by_hand
        """Django does not call it: the project commits by itself."""
        self.committed = False
        self.done = False

    def close(self, tags: Iterable[str]) -> None:
        new = [tag for tag in tags if tag not in self.tags]
        if new:
            self.tags.update(dict.fromkeys(new))
            _mark(new, self._token)

    def __call__(self) -> None:
        self.done = True
        _release(tuple(self.tags), self._token)

    def __del__(self) -> None:
        # After a rollback nothing changed, and the tags open at once. When the connection is lost nobody knows
        # whether the commit was done: the tags stay closed for their lease, and lose their versions with it.
        if self.done or sys.is_finalizing():
            return
        if self.committed:
            _release(tuple(self.tags), self._token)
        elif _is_connected(self._connection):
            _open(tuple(self.tags), self._token)


def _is_connected(connection: Any) -> bool:
    raw = connection.connection
    return raw is not None and not getattr(raw, "closed", False)


def is_in_transaction(connection: Any) -> bool:
    """Of `atomic`, or of a project that commits by itself: `set_autocommit(False)`, AUTOCOMMIT of the database."""
    return connection.in_atomic_block or (connection.connection is not None and not connection.autocommit)


def close_for_write(connection: Any, tags: Iterable[str]) -> Writer:
    """Before a statement. Call what is returned after it where there is no transaction; else the commit does."""
    if not is_in_transaction(connection):
        writer = Writer(connection)
        writer.close(tags)
        return writer
    writers = connection.__dict__.get("tenfold_writers")
    if writers is None:
        writers = connection.__dict__["tenfold_writers"] = WeakValueDictionary()
    savepoints = frozenset(connection.savepoint_ids)
    writer = writers.get(savepoints)
    if writer is None or writer.done:
        by_hand = not (connection.in_atomic_block and connection.commit_on_exit)
        writer = writers[savepoints] = Writer(connection, by_hand=by_hand)
        connection.run_on_commit.append((savepoints, writer, True))
        _watch_commit(connection)
    writer.close(tags)
    return writer


def _watch_commit(connection: Any) -> None:
    """Django runs what waits for a commit until one of it fails, and nothing after a project's own commit."""
    if "commit" in connection.__dict__:
        return
    commit = connection.commit

    def commit_and_tell() -> None:
        commit()
        waiting = connection.run_on_commit
        writers = [one[1] for one in waiting if isinstance(one[1], Writer)]
        connection.run_on_commit = [one for one in waiting if not getattr(one[1], "by_hand", False)]
        for writer in writers:
            writer.committed = True
            if writer.by_hand:
                writer()

    connection.commit = commit_and_tell


def is_purging(connection: Any) -> bool:
    """Whether the open transaction wrote something watched."""
    return bool(connection.__dict__.get("tenfold_writers"))


def purge(*of: Tagged, using: str | None = None) -> None:
    """Take back all that shows these: text, models (any row) or instances.

    In a transaction (of the database `using`) it takes effect with the commit; until then what shows them is
    not served from the cache.
    """
    tags = name_changed(of)
    connection = connections[using or DEFAULT_DB_ALIAS] if using or _has_databases() else None
    if connection is not None and is_in_transaction(connection):
        close_for_write(connection, tags)
    else:
        _release(tags, make_token())


def _has_databases() -> bool:
    return connections.settings[DEFAULT_DB_ALIAS]["ENGINE"] != "django.db.backends.dummy"


def purge_everything() -> None:
    """All that this block keeps is void, at once. The cache's other entries stay."""
    try:
        get_store().ask(DROP, (name_key(CLOCK),))
    except StoreGoneError:
        debt.owe_everything()


def take_back(tags: tuple[str, ...]) -> None:
    """What was changed by others, now. Raises StoreGoneError: nothing is owed then, who knows of it asks again."""
    get_store().ask(RELEASE, tuple(map(name_key, tags)), make_token(), int(options().settle_seconds * 1000))
    count_purged(len(tags))
    tags_purged.send_robust(sender=None, tags=tags)


def _mark(tags: list[str], token: str) -> None:
    try:
        get_store().ask(MARK, tuple(map(name_key, tags)), token, int(options().write_seconds * 1000))
    except StoreGoneError:
        return  # counted and logged by the breaker; the release after the commit is what is owed


def _open(tags: tuple[str, ...], token: str, *, settle: float = 0) -> None:
    try:
        get_store().ask(RELEASE, tuple(map(name_key, tags)), token, int(settle * 1000))
    except StoreGoneError:
        debt.owe(tags)


def _release(tags: tuple[str, ...], token: str) -> None:
    _open(tags, token, settle=options().settle_seconds)
    count_purged(len(tags))
    tags_purged.send_robust(sender=None, tags=tags)


class Debt:
    """What this process could not purge; a thread of its own pays when the server answers again."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a Writer may be collected in the midst of it, and owe
        self._tags: set[str] = set()
        self._everything = False
        self._payer: threading.Thread | None = None
        self._pid = 0

    def owe(self, tags: Iterable[str]) -> None:
        with self._lock:
            self._tags.update(tags)
            if len(self._tags) > MOST_OWED:
                self._everything = True
                self._tags.clear()
        self._start()

    def owe_everything(self) -> None:
        with self._lock:
            self._everything = True
        self._start()

    def is_paid(self) -> bool:
        return not self._tags and not self._everything

    def pay(self) -> bool:
        """Whether all is paid; False while the server is gone."""
        with self._lock:
            tags, everything = tuple(self._tags), self._everything
        try:
            if everything:
                get_store().ask(DROP, (name_key(CLOCK),))
            elif tags:
                settle = int(options().settle_seconds * 1000)
                get_store().ask(RELEASE, tuple(map(name_key, tags)), make_token(), settle)
        except StoreGoneError:
            return False
        with self._lock:
            self._tags.difference_update(tags)
            if everything:
                self._everything = False
        return self.is_paid()

    def _start(self) -> None:
        with self._lock:
            if self._payer is not None and self._payer.is_alive() and self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._payer = threading.Thread(target=self._pay_all, name="tenfold-cache-debt", daemon=True)
            self._payer.start()

    def _pay_all(self) -> None:
        while True:
            time.sleep(options().rest_seconds)
            try:
                if self.pay():
                    return
            except Exception:  # an error of the server that is not its absence: it is tried again
                logger.exception("Purges that are owed to the cache failed; they are tried again.")


debt = Debt()
"""Of the process."""


def _begin_in_child() -> None:
    """After a fork the lock may be held for ever, and what is owed is the parent's to pay."""
    debt.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_begin_in_child)
