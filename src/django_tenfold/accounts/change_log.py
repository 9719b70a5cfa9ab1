"""Reads the change log of PostgreSQL so that no commit is missed, however late it comes.

A row's own number says when it was written, not when it was committed: a reader that remembers the highest
number misses the transaction that commits afterwards with a lower one. So a reader remembers the snapshot that
it read with, and asks for what was not visible in it: transactions that were running then, and those since.
https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django_tenfold.accounts.models import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

SESSION, USER, FLOOR = "session", "user", "floor"

MOST_READ = 50_000
"""Changes that a process reads at its start and remembers: 10 MB."""
PRUNE_LOCK = 7_361_400_201
"""One process prunes at a time: an advisory lock, any number that nobody else uses."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions a statement could see: all below xmax, but for those still running."""

    xmin: int
    xmax: int
    running: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Snapshot:
        """`text` is PostgreSQL's own form: xmin:xmax:running,running."""
        xmin, xmax, running = text.split(":")
        return cls(int(xmin), int(xmax), tuple(map(int, running.split(","))) if running else ())


NOTHING_SEEN = Snapshot(0, 0, ())


@dataclass(frozen=True, slots=True)
class Entry:
    """One change."""

    txid: int
    kind: str
    key: str
    """Empty: every key of that kind."""
    version: int | None


@dataclass(frozen=True, slots=True)
class Read:
    """What one reading gave."""

    snapshot: Snapshot
    clock: int
    """Milliseconds since 1970 on the database's clock, taken before the snapshot was."""
    entries: tuple[Entry, ...]


_READ = """
SELECT pg_catalog.pg_current_snapshot()::text,
       (extract(epoch FROM statement_timestamp()) * 1000)::bigint,
       (SELECT json_agg(json_build_array(txid, kind, key, version))::text FROM (
            SELECT txid, kind, key, version FROM {table}
            WHERE txid >= %s OR txid = ANY(%s::bigint[]) ORDER BY txid DESC LIMIT %s) AS found)
"""
_PRUNE = """
WITH lead AS MATERIALIZED (SELECT pg_try_advisory_xact_lock({lock}) AS got),
     gone AS (DELETE FROM {table} WHERE txid < %s AND (SELECT got FROM lead) RETURNING 1)
INSERT INTO {table} (txid, kind, key) SELECT %s, 'floor', '' FROM gone LIMIT 1
"""


def read_changes(cursor: Any, since: Snapshot) -> Read:
    """Everything that became visible after `since`, the newest first, at most MOST_READ of it."""
    sql = _READ.format(table=_quoted_table(cursor))
    cursor.execute(sql, [since.xmax, list(since.running), MOST_READ])
    snapshot, clock, found = cursor.fetchone()
    entries = (Entry(*one) for one in json.loads(found or "[]"))
    return Read(Snapshot.parse(snapshot), clock, tuple(entries))


def find_floor(read: Read) -> int:
    """Of a reading since NOTHING_SEEN: the transaction from which on it holds every change."""
    floor = max((one.txid for one in read.entries if one.kind == FLOOR), default=0)
    if len(read.entries) == MOST_READ:
        floor = max(floor, read.entries[-1].txid + 1)
    return floor


def prune(cursor: Any, below: int) -> None:
    """Deletes what was visible long ago, and notes so."""
    cursor.execute(_PRUNE.format(table=_quoted_table(cursor), lock=PRUNE_LOCK), [below, below])


def read_epoch(cursor: Any) -> str:
    """Names this history of this cluster: a restored or failed-over one counts its transactions anew.

    Raises DatabaseError where a server does not tell it.
    """
    cursor.execute(
        "SELECT system_identifier::text || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
        " FROM pg_control_system()"
    )
    return str(cursor.fetchone()[0])


def _quoted_table(cursor: Any) -> str:
    return str(cursor.db.ops.quote_name(Change._meta.db_table))


def newest_versions(entries: Sequence[Entry]) -> dict[str, Entry]:
    """The last change of each session; `entries` are the newest first."""
    found: dict[str, Entry] = {}
    for one in entries:
        if one.kind == SESSION:
            found.setdefault(one.key, one)
    return found
