"""Tells a process what has changed in the database, so that it may answer from memory.

A thread asks the primary a few times a second for what the change log has that it has not seen, and drops that
from memory. Memory is relied on only while the last answer is young (`stale_seconds`): whatever was committed
longer ago was heard of. When the database, the network or the thread stands still, every request asks the
database, as without this block. A forked child begins anew; a process without requests stops asking.

Where the database is not PostgreSQL there is no log: values are kept for `stale_seconds` and no longer.
"""

from __future__ import annotations

import copy
import logging
import os
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.core import mail
from django.core.signals import setting_changed
from django.db import DatabaseError, connections, router
from django.db.utils import load_backend

from django_tenfold.accounts.change_log import (
    MOST_READ,
    NOTHING_SEEN,
    SESSION,
    USER,
    find_floor,
    newest_versions,
    prune,
    read_changes,
    read_epoch,
)
from django_tenfold.accounts.memory import Memory
from django_tenfold.accounts.memory_metrics import Fallback
from django_tenfold.accounts.settings import options
from django_tenfold.accounts.triggers import find_missing, list_watched

if TYPE_CHECKING:
    from django_tenfold.accounts.change_log import Entry, Read

logger = logging.getLogger("django_tenfold.accounts")

RETRY_SECONDS = 1.0
"""After a failure; requests ask the database meanwhile."""
LOOK_SECONDS = 60.0
"""How often the triggers are looked at, and old changes deleted."""
FUTURE = 10_000
"""Milliseconds: a request that claims to have seen later than this was forged, or a clock was set back."""
CONNECTING = {"connect_timeout": 2, "tcp_user_timeout": 3000}
"""Where the project says nothing: a thread that hangs is no danger, but it should be back soon."""


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where the log was read."""

    asked: float
    """time.monotonic() when it was asked."""
    read: Read
    epoch: str
    floor: int
    changed: dict[str, Entry]
    """The last change of each session, complete since the transaction `floor`. Later ones are added to it."""


class Follower:
    """Of one database, in one process: its memory, and the thread that keeps it true."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.follows = connections[alias].vendor == "postgresql"
        told = options()
        self.sessions: Memory[Any] = Memory(told.remembered_sessions)
        self.users: Memory[Any] = Memory(told.remembered_users)
        self.position: Position | None = None
        self._stale = told.stale_seconds
        self._used = time.monotonic()
        self._wanted = threading.Event()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._floors: deque[tuple[float, int]] = deque()
        self._failing = Fallback(
            "change_log",
            f"The change log of {alias!r} cannot be read: sessions and users come from the database.",
        )

    def is_current(self, seen: int = 0) -> bool:
        """Whether memory may answer a request that has seen the database as it was at `seen` (its clock, ms)."""
        if not self.follows:
            return not seen and is_wanted()
        now = time.monotonic()
        self._used = now
        position = self.position
        if position is None or now - position.asked > self._stale:
            self._wake()
            return False
        ahead = seen - position.read.clock
        return ahead <= 0 or ahead > FUTURE

    @property
    def keeps_until(self) -> float:
        """time.monotonic() when what is kept now is forgotten in any case."""
        return float("inf") if self.follows else time.monotonic() + self._stale

    def tell_clock(self) -> int:
        """The database's clock now or a little later, ms: a reader that has come so far has seen this commit."""
        position = self.position
        if position is None:
            return int(time.time() * 1000) + 1000
        return position.read.clock + int((time.monotonic() - position.asked) * 1000) + 1

    def forget(self) -> None:
        """Everything, now."""
        self.sessions.clear()
        self.users.clear()

    def stop(self) -> None:
        """Ends the thread; nothing is relied on afterwards."""
        self._over.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()
        self.position = None
        self.forget()

    # The thread

    def _wake(self) -> None:
        if self._wanted.is_set() or self._over.is_set() or not is_wanted():
            return
        with self._lock:
            self._wanted.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="tenfold-accounts", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._follow()
                self._rest()
            except Exception as error:  # whatever it is: the thread has to live, and to tell
                self._failing.tell(error)
                self._over.wait(RETRY_SECONDS)

    def _follow(self) -> None:
        """Reads with one connection until it fails or nobody wants to know. Raises what the database raises."""
        connection = _connect(self.alias)
        try:
            with connection.cursor() as cursor:
                self._begin(cursor)
                self._continue(cursor)
        finally:
            connection.close()

    def _begin(self, cursor: Any) -> None:
        """From nothing: what was remembered before this connection may be of another server."""
        _refuse_gaps(cursor)
        self.position = None
        epoch, asked = _find_epoch(cursor), time.monotonic()
        read = read_changes(cursor, NOTHING_SEEN)
        self._floors.clear()
        self.forget()  # after reading: what this reading has is not told again
        self.position = Position(asked, read, epoch, find_floor(read), newest_versions(read.entries))

    def _continue(self, cursor: Any) -> None:
        pause, idle = options().poll_seconds, options().idle_seconds
        looked = time.monotonic()
        while not self._over.wait(pause):
            asked = time.monotonic()
            if asked - self._used > idle:
                return
            self._advance(asked, cursor)
            if asked - looked > LOOK_SECONDS:
                looked = asked
                _refuse_gaps(cursor)
                self._forget_old(cursor)

    def _advance(self, asked: float, cursor: Any) -> None:
        position = self.position
        assert position is not None
        read = read_changes(cursor, position.read.snapshot)
        if read.snapshot.xmax < position.read.snapshot.xmax:
            raise RuntimeError("the database counts its transactions anew: it is another one")
        if read.clock - position.read.clock > LOOK_SECONDS * 1000 or len(read.entries) == MOST_READ:
            raise RuntimeError("more happened than can be followed: beginning anew")
        if read.entries:
            self._apply(read.entries, position)
        position = replace(position, asked=asked, read=read)
        if len(position.changed) > MOST_READ:  # then the shared cache is filled anew rather than this process
            floor = max(one.txid for one in position.changed.values()) + 1
            position = replace(position, floor=floor, changed={})
        self.position = position

    def _apply(self, entries: tuple[Entry, ...], position: Position) -> None:
        """Sessions first noted, then dropped: what is dropped is not read back from the shared cache."""
        position.changed.update(newest_versions(entries))
        for kind, memory in ((SESSION, self.sessions), (USER, self.users)):
            keys = {one.key for one in entries if one.kind == kind}
            if "" in keys:
                memory.clear()
            elif keys:
                memory.drop(keys)

    def _rest(self) -> None:
        """Until a request asks."""
        self.position = None
        self._wanted.clear()
        while not self._over.is_set() and not self._wanted.wait(RETRY_SECONDS):
            pass

    def _forget_old(self, cursor: Any) -> None:
        """Raises the floor to where the log stood `log_seconds` ago, here and in the table."""
        position = self.position
        assert position is not None
        now = time.monotonic()
        self._floors.append((now, position.read.snapshot.xmin))
        floor = 0
        while self._floors and now - self._floors[0][0] >= options().log_seconds:
            floor = self._floors.popleft()[1]
        if floor > position.floor:
            changed = {key: one for key, one in position.changed.items() if one.txid >= floor}
            self.position = replace(position, floor=floor, changed=changed)
            prune(cursor, floor)


def _refuse_gaps(cursor: Any) -> None:
    if missing := find_missing(cursor, list_watched(cursor.db.alias)):
        raise RuntimeError(
            f"run migrate: the triggers of the change log are missing: {', '.join(missing[:3])}"
        )


def _find_epoch(cursor: Any) -> str:
    try:
        return read_epoch(cursor)
    except DatabaseError:  # a managed server may not tell; the page says what to do after a restore then
        logger.info("The database does not tell its timeline.", exc_info=True)
        return "0"


def _connect(alias: str) -> Any:
    """A connection of its own, not of the thread's and of no pool, that dies soon when nobody answers."""
    settings = copy.deepcopy(connections[alias].settings_dict)
    settings["OPTIONS"] = {**CONNECTING, **settings["OPTIONS"]}
    settings["OPTIONS"].pop("pool", None)
    settings["CONN_MAX_AGE"] = None
    return load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)


def is_wanted() -> bool:
    """Whether anything is remembered in this process."""
    memory = options().memory
    return memory == "always" or (memory == "auto" and not hasattr(mail, "outbox"))


# One follower for each database of this process. Global, since it is what all requests of the process share.
_followers: dict[str, Follower] = {}
_making = threading.Lock()


def follow(model: Any) -> Follower:
    """The follower of the database that `model` is written to: the primary."""
    alias = router.db_for_write(model)
    return _followers.get(alias) or _make(alias)


def _make(alias: str) -> Follower:
    with _making:
        return _followers.setdefault(alias, Follower(alias))


def stop_following() -> None:
    """Ends every thread and forgets everything; the next request begins anew."""
    while _followers:
        _followers.popitem()[1].stop()


def _begin_in_child() -> None:
    """After a fork threads are gone, and locks may be held for ever."""
    global _making
    _followers.clear()
    _making = threading.Lock()


os.register_at_fork(after_in_child=_begin_in_child)


def _begin_anew(*, setting: str, **_: object) -> None:
    if setting in ("TENFOLD_ACCOUNTS", "DATABASES", "DATABASE_ROUTERS", "AUTH_USER_MODEL"):
        stop_following()
    elif setting in ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "AUTHENTICATION_BACKENDS", "SESSION_SERIALIZER"):
        for one in _followers.values():
            one.forget()


setting_changed.connect(_begin_anew)
