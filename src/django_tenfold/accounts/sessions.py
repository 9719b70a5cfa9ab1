"""The session engine: `SESSION_ENGINE = "django_tenfold.accounts.sessions"`.

Read from the process's memory, then from the shared cache, then from the primary database; written through to
the primary. The database is the truth: a cache that is lost, late or wrong logs nobody out and nobody in.
"""

from __future__ import annotations

import copy
import pickle
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError, connections, router, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from django_tenfold.accounts.committed import has_written, publish_on_commit, reads_committed
from django_tenfold.accounts.follower import follow
from django_tenfold.accounts.memory_metrics import CACHE, DATABASE, PROCESS, session_reads
from django_tenfold.accounts.settings import options
from django_tenfold.accounts.shared_sessions import Row, delete_shared, read_shared, write_shared

if TYPE_CHECKING:
    from django_tenfold.accounts.follower import Follower, Position
    from django_tenfold.accounts.models import Session

LONGEST_KEY = 40
"""Characters: the column's."""
CLEARED_AT_ONCE = 5_000
"""Expired rows that one statement deletes: it locks and logs no more than these."""
_PLAIN = frozenset({str, int, float, bool, type(None), bytes})


@dataclass(frozen=True, slots=True)
class Kept:
    """A session in memory: its data in a form that no request can change."""

    packed: bytes | dict[str, Any]
    version: int
    expires: float
    """Seconds since 1970."""
    until: float
    """time.monotonic() up to which it may be believed."""

    def unpack(self) -> dict[str, Any]:
        """A copy for one request."""
        packed = self.packed
        return dict(packed) if isinstance(packed, dict) else pickle.loads(packed)  # made in this process


def _pack(data: dict[str, Any]) -> bytes | dict[str, Any]:
    if all(type(value) in _PLAIN for value in data.values()):
        return dict(data)
    try:
        return pickle.dumps(data, pickle.HIGHEST_PROTOCOL)
    except Exception:  # a serializer of the project's may allow what cannot be pickled
        return copy.deepcopy(data)


class SessionStore(DatabaseStore):
    """One request's session."""

    def __init__(self, session_key: str | None = None, seen: int | None = None) -> None:
        """`seen`: what the request has seen of the database (its clock in ms, 0: nothing of late).

        Without it the process's memory is not used: whoever does not know what a request has seen could show
        it less than that.
        """
        super().__init__(session_key if session_key and _is_key(session_key) else None)
        self.seen = seen
        self._kept: Kept | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        from django_tenfold.accounts.models import Session

        return Session

    # Reading

    def load(self) -> dict[str, Any]:
        follower = follow(self.model)
        return self._take(self._recall(follower) or self._fetch(follower))

    async def aload(self) -> dict[str, Any]:
        follower = follow(self.model)
        return self._take(self._recall(follower) or await sync_to_async(self._fetch)(follower))

    def _take(self, kept: Kept | None) -> dict[str, Any]:
        self._kept = kept
        if kept is None:
            self._session_key = None
            return {}
        return kept.unpack()

    def _recall(self, follower: Follower) -> Kept | None:
        """From the process's memory."""
        if self.seen is None or not follower.is_current(self.seen):
            return None
        kept: Kept | None = follower.sessions.get(self.session_key)
        if kept is None or kept.until < time.monotonic() or kept.expires <= time.time():
            return None
        if has_written(follower.alias, str(self.session_key)):
            return None
        session_reads.count(PROCESS)
        return kept

    def _fetch(self, follower: Follower) -> Kept | None:
        """From the shared cache or the primary, into memory."""
        key = self.session_key
        trusted = follower.is_current(self.seen or 0) and not has_written(follower.alias, key)
        generation, position = follower.sessions.generation, follower.position
        row = read_shared(key, follower) if trusted else None
        if row is not None and row.expires > time.time():
            session_reads.count(CACHE)
            return self._remember(row, follower, generation)
        session_reads.count(DATABASE)
        row = self._read_row(follower.alias)
        if row is None:
            return None
        if not follower.is_current() or not reads_committed(follower.alias):
            return self._keep(row, follower)
        write_shared(key, row, position)
        return self._remember(row, follower, generation)

    def _remember(self, row: Row, follower: Follower, generation: int) -> Kept:
        kept = self._keep(row, follower)
        follower.sessions.put(self.session_key, kept, generation)
        return kept

    def _keep(self, row: Row, follower: Follower) -> Kept:
        return Kept(_pack(self.decode(row.text)), row.version, row.expires, follower.keeps_until)

    def _read_row(self, alias: str, *, lock: bool = False) -> Row | None:
        rows = self._rows(alias, self.session_key).filter(expire_date__gt=timezone.now())
        if lock:
            rows = rows.select_for_update()
        found = rows.values_list("session_data", "version", "expire_date").first()
        return Row(found[0], found[1], found[2].timestamp()) if found else None

    def _rows(self, alias: str, key: str | None) -> Any:
        return self.model.objects.using(alias).filter(session_key=key)

    def exists(self, session_key: str) -> bool:
        return self._rows(router.db_for_write(self.model), session_key).exists()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    # Writing

    def _get_new_session_key(self) -> str:
        """Not asked for first: `create` finds out by inserting it."""
        return get_random_string(32, VALID_KEY_CHARS)

    async def _aget_new_session_key(self) -> str:
        return self._get_new_session_key()

    def save(self, must_create: bool = False) -> None:
        """Raises CreateError if the key is taken, UpdateError if the session is gone: it never comes back."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)
        if must_create:
            self._insert(data)
        elif self.session_key is None:  # it was gone when it was loaded
            raise UpdateError
        elif self._kept is not None and data == self._kept.unpack():
            self._extend(self._kept)
        else:
            self._update(data)

    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    async def acreate(self) -> None:
        await sync_to_async(self.create)()

    def _insert(self, data: dict[str, Any]) -> None:
        alias, position = router.db_for_write(self.model), follow(self.model).position
        row, fields = self._encode(data, version=1)
        try:
            with transaction.atomic(using=alias):
                self.model.objects.using(alias).create(session_key=self.session_key, **fields)
        except IntegrityError as error:
            raise CreateError from error
        self._written(row, data, position)

    def _update(self, data: dict[str, Any]) -> None:
        alias, position, kept = router.db_for_write(self.model), follow(self.model).position, self._kept
        if kept is not None:
            row, fields = self._encode(data, version=kept.version + 1)
            if self._rows(alias, self.session_key).filter(version=kept.version).update(**fields):
                self._written(row, data, position)
                return
        with transaction.atomic(using=alias):
            row, data = self._merge(alias, data)
        self._written(row, data, position)

    def _merge(self, alias: str, data: dict[str, Any]) -> tuple[Row, dict[str, Any]]:
        """Onto what another request has written meanwhile: its keys stay, but for those that this one changed."""
        theirs = self._read_row(alias, lock=connections[alias].features.has_select_for_update)
        if theirs is None:
            raise UpdateError
        if self._kept is not None:
            merge_changes(data, since=self._kept.unpack(), onto=self.decode(theirs.text))
        row, fields = self._encode(data, version=theirs.version + 1)
        self._rows(alias, self.session_key).update(**fields)
        return row, data

    def _encode(self, data: dict[str, Any], *, version: int) -> tuple[Row, dict[str, Any]]:
        text, expires = self.encode(data), self.get_expiry_date()
        fields = {
            "session_data": text,
            "expire_date": expires,
            "user_id": str(data.get(SESSION_KEY, ""))[:255],
            "version": version,
        }
        return Row(text, version, expires.timestamp()), fields

    def _extend(self, kept: Kept) -> None:
        """Nothing changed but the time: it is written only now and then."""
        date = self.get_expiry_date()
        if date.timestamp() - kept.expires < options().touch_seconds:
            return
        alias, key = router.db_for_write(self.model), self.session_key
        if not self._rows(alias, key).update(expire_date=date):
            raise UpdateError
        follower = follow(self.model)
        self._kept = replace(kept, expires=date.timestamp())
        # Others read it from the database when their time is over. Here too if something changed meanwhile.
        publish_on_commit(alias, str(key), lambda: follower.sessions.drop([str(key)]))

    def _written(self, row: Row, data: dict[str, Any], position: Position | None) -> None:
        """Into the shared cache once it is committed; `position` is where the log stood before it was written."""
        follower, key = follow(self.model), str(self.session_key)
        self._kept = Kept(_pack(data), row.version, row.expires, follower.keeps_until)

        def publish() -> None:
            follower.sessions.drop([key])
            write_shared(key, row, position)

        publish_on_commit(follower.alias, key, publish)

    def delete(self, session_key: str | None = None) -> None:
        key = self.session_key if session_key is None else session_key
        if key is None:
            return
        alias, follower = router.db_for_write(self.model), follow(self.model)
        self._rows(alias, key).delete()

        def publish() -> None:
            follower.sessions.drop([key])
            delete_shared(key, follower.position)

        publish_on_commit(alias, key, publish)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    @classmethod
    def clear_expired(cls) -> None:
        """`manage.py clearsessions`, a few thousand rows at a time."""
        model = cls.get_model_class()
        alias = router.db_for_write(model)
        rows = model.objects.using(alias)
        while keys := [
            *rows.filter(expire_date__lt=timezone.now()).values_list("pk", flat=True)[:CLEARED_AT_ONCE]
        ]:
            rows.filter(pk__in=keys, expire_date__lt=timezone.now()).delete()

    @classmethod
    async def aclear_expired(cls) -> None:
        await sync_to_async(cls.clear_expired)()


def merge_changes(data: dict[str, Any], *, since: dict[str, Any], onto: dict[str, Any]) -> None:
    """`data`, which came from `since`, becomes `onto` with the same changes; a key that both changed is ours."""
    gone = since.keys() - data.keys()
    ours = {key: value for key, value in data.items() if key not in since or since[key] != value}
    data.clear()
    data.update({key: value for key, value in onto.items() if key not in gone})
    data.update(ours)


def _is_key(text: str) -> bool:
    """Whether it can be one of ours: the database is not asked for anything else."""
    return len(text) <= LONGEST_KEY and text.isascii() and text.isalnum()
