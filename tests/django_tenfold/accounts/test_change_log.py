"""What a reader of the change log makes of what PostgreSQL tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_tenfold.accounts import change_log
from django_tenfold.accounts.change_log import Entry, Read, Snapshot, find_floor, newest_versions

if TYPE_CHECKING:
    import pytest


def test_a_snapshot_is_read_with_the_transactions_that_were_running() -> None:
    assert Snapshot.parse("10:20:10,14") == Snapshot(10, 20, (10, 14))


def test_a_snapshot_without_running_transactions_has_none() -> None:
    assert Snapshot.parse("20:20:") == Snapshot(20, 20, ())


def test_of_each_session_the_newest_change_counts() -> None:
    entries = (
        Entry(3, "session", "a", None),
        Entry(2, "user", "1", None),
        Entry(1, "session", "a", 2),
        Entry(1, "session", "b", 5),
    )
    assert newest_versions(entries) == {"a": entries[0], "b": entries[3]}


def test_the_floor_is_where_the_log_was_pruned() -> None:
    read = Read(Snapshot(9, 9, ()), 0, (Entry(5, "session", "a", 1), Entry(4, "floor", "", None)))
    assert find_floor(read) == 4


def test_a_log_that_was_not_read_whole_has_its_floor_above_the_last_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(change_log, "MOST_READ", 2)
    read = Read(Snapshot(9, 9, ()), 0, (Entry(8, "session", "a", 1), Entry(7, "session", "b", 1)))
    assert find_floor(read) == 8
