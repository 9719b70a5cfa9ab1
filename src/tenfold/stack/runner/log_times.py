"""When a line of a log was written, read from the line itself: each server writes its time in its own way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MONTHS = {
    name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
_ZONE = r"\s?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # 2026-11-21 03:10:10.123 UTC (PostgreSQL), 2026-11-21T03:10:10+00:00 (JSON), 2026-11-21 03:10:10,123 (Python),
        # 2026/11/21 03:10:10 (nginx's errors)
        rf"(?P<year>20\d\d)[-/](?P<month>\d\d)[-/](?P<day>\d\d)[ T]{_CLOCK}{_ZONE}",
        # 21/Nov/2026:03:10:10 +0000 (access logs), 21 Nov 2026 03:10:10.123 (Valkey)
        rf"(?P<day>\d\d)[/ ](?P<month>[A-Z][a-z]{{2}})[/ ](?P<year>20\d\d)[: ]{_CLOCK}{_ZONE}",
    )
)
_LEAD = re.compile(r"\[?|\d+:[A-Z] ")
"""What may stand before a time that begins a line: a bracket, Valkey's process id and role."""
_TRAIL = re.compile(r"\]?:?\s*(?:\[\d+\]\s*|\d+#\d+:\s*)?")
_NEAR = 400
"""A time stands near the beginning of a line; farther on it belongs to what the line tells."""
_QUARTER = 900
"""Every offset from UTC in use is a multiple of a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as it was written: seconds since 1970, as if in UTC when the line names no zone."""

    seconds: float
    zoned: bool


def read_stamp(line: str) -> Stamp | None:
    """The time that a line begins with, None when it holds none."""
    for form in _FORMS:
        if found := form.search(line, 0, _NEAR):
            return _make_stamp(found.groupdict())
    return None


def drop_stamp(line: str) -> str:
    """The line without the time, and the process id, that it begins with: where they are shown otherwise."""
    found = next((one for form in _FORMS if (one := form.search(line, 0, _NEAR))), None)
    if found is None or not _LEAD.fullmatch(line[: found.start()]):
        return line
    rest = line[found.end() :]
    if line[: found.start()] == "[" and rest.startswith(
        ": "
    ):  # Celery keeps more than the time in its bracket
        return f"[{rest[2:]}"
    return _TRAIL.sub("", rest, count=1) or line


def order_lines(lines: Iterable[str], *, changed: float) -> list[tuple[float, str]]:
    """(seconds since 1970, line) for the lines of one file, last changed at `changed`.

    A line without a time goes with the one before it (a traceback), or with the first that has one. A
    clock that is not said to be in UTC is corrected by the moment the file was changed last: its server
    may live in the project's time zone. Times never run backwards within a file.
    """
    held = [(read_stamp(line), line) for line in lines]
    offset = _offset([stamp for stamp, _ in held if stamp is not None], changed)
    known = [stamp.seconds - (0 if stamp.zoned else offset) for stamp, _ in held if stamp is not None]
    now = min(known[0], changed) if known else changed
    ordered = []
    for stamp, line in held:
        if stamp is not None:
            now = max(now, stamp.seconds - (0 if stamp.zoned else offset))
        ordered.append((now, line))
    return ordered


def _offset(stamps: list[Stamp], changed: float) -> float:
    """Seconds that the unzoned clock of a file is ahead of UTC."""
    bare = [stamp.seconds for stamp in stamps if not stamp.zoned]
    return round((bare[-1] - changed) / _QUARTER) * _QUARTER if bare else 0


def _make_stamp(parts: dict[str, str | None]) -> Stamp | None:
    month = parts["month"] or ""
    fields = [parts[name] or "" for name in ("day", "hour", "minute", "second")]
    try:
        number = int(month) if month.isdigit() else _MONTHS[month]
        moment = datetime(int(parts["year"] or 0), number, *map(int, fields), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except (KeyError, ValueError):
        return None
    fraction = float(f"0.{parts['fraction'] or 0}")
    return Stamp(moment.timestamp() + fraction - _zone_seconds(parts["zone"]), parts["zone"] is not None)


def _zone_seconds(zone: str | None) -> int:
    if zone is None or zone[0] not in "+-":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[0] == "-" else seconds
