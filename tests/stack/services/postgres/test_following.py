from __future__ import annotations

from dataclasses import replace

import pytest

from tenfold.stack.services.postgres.following import (
    Copy,
    Primary,
    parse_copy,
    parse_position,
    parse_primary,
    why_rebuild,
)

CONTROL = """\
pg_control version number:            1800
Database system identifier:           7710455737130899884
Database cluster state:               in archive recovery
pg_control last modified:             Sat Nov 21 03:06:13 2026
Latest checkpoint location:           0/1B79F80
Latest checkpoint's REDO location:    0/1B79F80
Latest checkpoint's TimeLineID:       1
Minimum recovery ending location:     1/2
max_connections setting:              120
"""
COPY = Copy(18, "771", timeline=1, reached=1000)
PRIMARY = Primary(18, "771", timeline=1, written=2000, slot="reserved")


def test_a_position_in_the_wal_is_two_numbers_in_one() -> None:
    assert parse_position("0/1B79F80") == 0x1B79F80
    assert parse_position("1/2") == 2**32 + 2


def test_what_a_data_folder_says_is_read() -> None:
    assert parse_copy("18\n", CONTROL, standby=True) == Copy(
        18, "7710455737130899884", timeline=1, reached=2**32 + 2, standby=True, connections=120
    )


def test_a_spoilt_folder_is_told_from_a_good_one() -> None:
    with pytest.raises((KeyError, ValueError)):
        parse_copy("18\n", "pg_controldata: error: could not read", standby=True)
    with pytest.raises(ValueError, match="invalid literal"):
        parse_copy("", CONTROL, standby=True)


def test_what_the_primary_answers_is_read() -> None:
    assert parse_primary("18|771|1|0/7D0|lost\n") == Primary(18, "771", 1, 2000, "lost")
    assert parse_primary("15|771|1|0/7D0|\n").slot == ""


def test_a_replica_that_can_follow_is_left_alone() -> None:
    assert why_rebuild(COPY, PRIMARY) == ""
    assert why_rebuild(replace(COPY, reached=2000), PRIMARY) == ""
    assert why_rebuild(COPY, replace(PRIMARY, slot="unreserved", timeline=2)) == ""


@pytest.mark.parametrize(
    ("copy", "primary", "reason"),
    [
        (None, PRIMARY, "no data yet"),
        (replace(COPY, version=15), PRIMARY, "PostgreSQL 15, not 18"),
        (replace(COPY, system="9"), PRIMARY, "another primary"),
        (replace(COPY, standby=False), PRIMARY, "promoted"),
        (replace(COPY, timeline=2), PRIMARY, "after a promotion"),
        (replace(COPY, reached=2001), PRIMARY, "earlier state"),
        (COPY, replace(PRIMARY, slot=""), "no WAL"),
        (COPY, replace(PRIMARY, slot="lost"), "longer than its primary keeps WAL"),
    ],
)
def test_a_replica_that_cannot_follow_says_why(copy: Copy | None, primary: Primary, reason: str) -> None:
    assert reason in why_rebuild(copy, primary)
