"""One look-up, step by step: read, or compute once for all who ask, and keep what no change overtook.

The steps are a generator that asks for questions, pauses and the computation itself; `values.py` carries them
out with threads or with asyncio. No step depends on which.
"""

from __future__ import annotations

import logging
import random
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django_tenfold.cache import entries
from django_tenfold.cache.cache_metrics import DOWN, HIT, MISS, PASSED, STALE, WAITED, count_lookup
from django_tenfold.cache.settings import options
from django_tenfold.cache.tags.store import (
    CLAIM,
    CLOCK,
    ENSURE,
    FREE,
    READ,
    VERSIONS_LAST,
    WRITE,
    StoreGoneError,
    make_token,
    name_key,
)
from django_tenfold.cache.tags.tagged import add_names

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

logger = logging.getLogger("django_tenfold.cache")
FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.1
"""Seconds between looks of who waits for a computation; each is twice the last."""
PASS_SECONDS = 10.0
"""How long nobody waits for a key that had nothing to keep."""
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """`fresh` seconds it is served as it is, then for `stale` seconds while one computes it anew."""

    key: str
    tags: tuple[str, ...]
    fresh: float
    stale: float


@dataclass(frozen=True, slots=True)
class Made:
    """What a computation gave. `kept` False: for who asked alone. `tags`: those found on the way.

    `failed`: it tells of an error, and is no reason to forget what there was before.
    """

    value: Any
    tags: frozenset[str] = frozenset()
    kept: bool = True
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    name: str
    keys: tuple[str, ...]
    args: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


class Make:
    """Compute; answered with a Made."""


MAKE = Make()
_further: dict[str, tuple[str, ...]] = {}
"""Tags that were found while a key's value was made: asked along the next time, in the same question."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the store. `versions` are of the wanted tags, None where there is none."""

    entry: entries.Entry | None
    clock: bytes | None
    versions: dict[str, bytes | None]

    @property
    def closed(self) -> bool:
        return any(map(entries.is_closed, self.versions.values()))


def look_up(
    wanted: Wanted, note: Callable[[entries.Entry], None] | None = None
) -> Generator[Ask | Pause | Make, Any, Any]:
    """The value, from the store or made; its tags are those of what is being computed around it, too.

    An error of the computation is the caller's, one of the store nobody's. `note` is told what was found as it is.
    """
    add_names(wanted.tags)
    try:
        seen = yield from _look(wanted)
    except StoreGoneError:
        count_lookup(DOWN)
        return (yield MAKE).value
    if (entry := _find_fresh(seen)) is not None:
        count_lookup(HIT)
        add_names(entry.versions)
        if note is not None:
            note(entry)
        return entry.value
    if seen.closed or (seen.entry is not None and seen.entry.kind == entries.PASS):
        count_lookup(PASSED)
        return (yield MAKE).value
    return (yield from _compute_or_wait(wanted, seen))


def _look(wanted: Wanted) -> Generator[Ask | Pause | Make, Any, Seen]:
    """One question; two when the entry has tags that were not known to be its."""
    asked = wanted.tags + _further.get(wanted.key, ())
    found = yield Ask(READ, tuple(map(name_key, (wanted.key, CLOCK, *asked))))
    entry, clock = entries.unpack(found[0]), found[1]
    versions = dict(zip(asked, found[2:], strict=True))
    if entry is not None:
        unknown = tuple(tag for tag in entry.versions if tag not in versions)
        if unknown:
            _remember(wanted, entry)
            found = yield Ask(READ, tuple(map(name_key, (CLOCK, *unknown))))
            # Later than the rest, so the entry was true at least when the first question was answered.
            clock = found[0]
            versions.update(zip(unknown, found[1:], strict=True))
        if not entries.is_valid(entry, clock, versions):
            entry = None
    return Seen(entry, clock, {tag: versions[tag] for tag in wanted.tags})


def _remember(wanted: Wanted, entry: entries.Entry) -> None:
    if len(_further) >= MOST_REMEMBERED:
        _further.clear()
    _further[wanted.key] = tuple(tag for tag in entry.versions if tag not in wanted.tags)


def _compute_or_wait(wanted: Wanted, seen: Seen) -> Generator[Ask | Pause | Make, Any, Any]:
    """Of all who miss, one computes. Who finds a stale entry does not wait for it."""
    lock, token = name_key(f"{wanted.key}.lock"), make_token()
    try:
        entry, outcome = yield from _queue(wanted, seen, lock=lock, token=token)
        if entry is None:
            # What was seen is from before this turn: who had the last one may have stored it since.
            seen = yield from _look(wanted)
            entry, outcome = _find_fresh(seen), WAITED
            if entry is not None:
                yield from _let_go(lock, token)
    except StoreGoneError:
        count_lookup(DOWN)
        return (yield MAKE).value
    except GeneratorExit:
        raise
    except BaseException:  # a request that was cancelled: the server may have given it the lock
        yield from _let_go(lock, token)
        raise
    if entry is None:
        return (yield from _fill(wanted, seen, lock=lock, token=token))
    count_lookup(outcome)
    add_names(entry.versions)
    return entry.value


def _queue(
    wanted: Wanted, seen: Seen, *, lock: str, token: str
) -> Generator[Ask | Pause | Make, Any, tuple[entries.Entry | None, str]]:
    """Until it is this one's turn to compute, or waiting is over (None), or there is an entry to serve."""
    chosen = options()
    lease = int(chosen.computing_seconds * 1000)
    until, pause = time.monotonic() + chosen.wait_seconds, FIRST_PAUSE
    while not (yield Ask(CLAIM, (lock,), (token, lease))):
        if seen.entry is not None:
            return (seen.entry, STALE) if seen.entry.kind == entries.KEEP else (None, "")
        if seen.closed or time.monotonic() >= until:
            break
        yield Pause(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
        seen = yield from _look(wanted)
        if (entry := _find_fresh(seen)) is not None:
            return entry, WAITED
    return None, ""


def _find_fresh(seen: Seen) -> entries.Entry | None:
    entry = seen.entry
    fresh = entry is not None and entry.kind == entries.KEEP and time.time() < entry.soft
    return entry if fresh else None


def _fill(wanted: Wanted, seen: Seen, *, lock: str, token: str) -> Generator[Ask | Pause | Make, Any, Any]:
    """Compute between the versions, which are read before, and the write, which carries them."""
    count_lookup(MISS)
    try:
        try:
            clock, versions = yield from _ensure(wanted.tags, seen.clock, seen.versions)
        except StoreGoneError:
            return (yield MAKE).value
        made: Made = yield MAKE
        if made.failed and seen.entry is not None and seen.entry.kind == entries.KEEP:
            return made.value
        with suppress(StoreGoneError):  # counted and logged by the breaker; the value is there
            yield from _keep(wanted, made, clock=clock, versions=versions)
        return made.value
    finally:
        yield from _let_go(lock, token)


def _let_go(lock: str, token: str) -> Generator[Ask | Pause | Make, Any, None]:
    try:
        yield Ask(FREE, (lock,), (token,))
    except StoreGoneError:
        return  # it ends by itself


def _ensure(
    tags: tuple[str, ...], clock: bytes | None, versions: dict[str, bytes | None]
) -> Generator[Ask | Pause | Make, Any, tuple[bytes, dict[str, bytes]]]:
    """The clock, and a version for each tag: those that have none get one."""
    if clock is not None and entries.know_all(versions.values(), clock):
        return clock, {tag: version for tag, version in versions.items() if version is not None}
    told = yield Ask(ENSURE, tuple(map(name_key, (CLOCK, *tags))), (make_token(), VERSIONS_LAST))
    return told[0], dict(zip(tags, told[1:], strict=True))


def _keep(
    wanted: Wanted, made: Made, *, clock: bytes, versions: dict[str, bytes]
) -> Generator[Ask | Pause | Make, Any, None]:
    incarnation = entries.read_incarnation(clock) or b""
    if any(map(entries.is_closed, versions.values())):
        return
    if not made.kept:
        yield _pass(wanted, incarnation, versions)
        return
    further = tuple(made.tags.difference(versions))
    if further:
        told = yield Ask(ENSURE, tuple(map(name_key, (CLOCK, *further))), (make_token(), VERSIONS_LAST))
        if not entries.unchanged_since(told[1:], told[0], start=clock):
            return
        versions = {**versions, **dict(zip(further, told[1:], strict=True))}
    share = 1 - random.random() * options().jitter
    soft = time.time() + wanted.fresh * share
    entry = entries.Entry(entries.KEEP, incarnation, versions, soft, made.value)
    lasts = (wanted.fresh + wanted.stale) * share
    packed = entries.pack(entry)
    if len(packed) > entries.MOST_BYTES:
        report_large(wanted.key, len(packed) // 2**20)
        yield _pass(wanted, incarnation, versions)
        return
    yield Ask(WRITE, (name_key(wanted.key),), (packed, max(1, int(lasts * 1000))))


def _pass(wanted: Wanted, incarnation: bytes, versions: dict[str, bytes]) -> Ask:
    entry = entries.Entry(entries.PASS, incarnation, versions, time.time() + PASS_SECONDS, None)
    return Ask(WRITE, (name_key(wanted.key),), (entries.pack(entry), int(PASS_SECONDS * 1000)))


@lru_cache(maxsize=1024)
def report_large(key: str, size: int) -> None:
    """Once for each key and size in MiB."""
    logger.warning(
        "%s is not kept: its %d MiB would hold up all else that is asked from the cache. At most %d MiB are kept.",
        key,
        size,
        entries.MOST_BYTES // 2**20,
    )
