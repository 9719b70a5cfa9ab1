"""Whether a replica's data can follow its primary, told from what both say of themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass

PRIMARY_QUERY = """\
select current_setting('server_version_num')::int / 10000, system_identifier, timeline_id,
  pg_current_wal_flush_lsn(),
  coalesce((select coalesce(wal_status, 'reserved') from pg_replication_slots where slot_name = '{slot}'), '')
from pg_control_system(), pg_control_checkpoint()"""
"""Its answer is what `parse_primary` reads."""
DROP_SLOT = """\
select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '{slot}' and active;
select pg_sleep(0.2);
select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '{slot}'"""


@dataclass(frozen=True, slots=True)
class Primary:
    """What the primary says."""

    version: int
    """18: the major one."""
    system: str
    """The system identifier, made by initdb."""
    timeline: int
    written: int
    """The position up to which WAL is on disk."""
    slot: str
    """ "reserved", "extended", "unreserved", "lost"; "" when there is none of the replica's name."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a replica's data folder says."""

    version: int
    system: str
    timeline: int
    reached: int
    """The position that recovery must reach at least."""
    standby: bool = True
    """Its standby.signal is there."""
    connections: int = 0
    """max_connections of the primary when this was written."""


def parse_position(text: str) -> int:
    """A position in the WAL, "0/1B79F80", as a number."""
    high, _, low = text.strip().partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def parse_primary(text: str) -> Primary:
    """The answer to PRIMARY_QUERY. Raises ValueError for anything else."""
    version, system, timeline, written, slot = text.strip().split("|")
    return Primary(int(version), system, int(timeline), parse_position(written), slot)


def parse_copy(version: str, control: str, *, standby: bool) -> Copy:
    """PG_VERSION and what pg_controldata prints. Raises ValueError (KeyError) for what is no such text."""
    facts = dict(re.findall(r"^(.+?):[ \t]+(\S.*)$", control, re.MULTILINE))
    ends = ("Latest checkpoint location", "Minimum recovery ending location")
    return Copy(
        version=int(version.partition(".")[0]),
        system=facts["Database system identifier"],
        timeline=int(facts["Latest checkpoint's TimeLineID"]),
        reached=max(parse_position(facts[name]) for name in ends),
        standby=standby,
        connections=int(facts["max_connections setting"]),
    )


def why_rebuild(copy: Copy | None, primary: Primary) -> str:
    """Why the replica must be copied from its primary anew, "" when it can follow with what it has."""
    if copy is None:
        return "it has no data yet"
    reasons = (
        (
            copy.version != primary.version,
            f"its data are of PostgreSQL {copy.version}, not {primary.version}",
        ),
        (copy.system != primary.system, "its data come from another primary"),
        (not copy.standby, "it was promoted and is a primary of its own"),
        (copy.timeline > primary.timeline, "it went its own way after a promotion"),
        (copy.reached > primary.written, "its primary was set back to an earlier state"),
        (not primary.slot, "its primary kept no WAL for it"),
        (primary.slot == "lost", "it was away for longer than its primary keeps WAL"),
    )
    return next((reason for holds, reason in reasons if holds), "")
