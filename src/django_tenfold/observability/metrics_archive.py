"""Adds the files of processes that have ended to an archive per kind: `counter_archive-7.db`.

A fold writes the next archive beside the last one and puts it in place by renaming. The files it took are
renamed before and removed after, both with the archive's number, so that a fold that was cut off can be told
from one that was done: nothing is counted twice and nothing is lost.
"""

from __future__ import annotations

import logging
import os
import re
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

logger = logging.getLogger(__name__)

Value = tuple[float, float]
"""A value, and the Unix time at which it was set (gauges of the most recent value only)."""
_ARCHIVE = re.compile(r"(.+)_archive-(\d+)\.db").fullmatch
_TAKEN = re.compile(r"((.+)_\d+\.db)\.taken-(\d+)").fullmatch


def _add(one: Value, other: Value) -> Value:
    return one[0] + other[0], 0.0


def _latest(one: Value, other: Value) -> Value:
    return one if one[1] >= other[1] else other


MERGES: dict[str, Callable[[Value, Value], Value]] = {
    "counter": _add,
    "histogram": _add,
    "summary": _add,
    "gauge_sum": _add,
    "gauge_min": min,
    "gauge_max": max,
    "gauge_mostrecent": _latest,
}
"""How values of one kind are put together. Other gauges are facts about one process and end with it."""


def fold(folder: Path, kind: str, files: Iterable[Path]) -> None:
    """Adds files of `kind` to its archive and removes them. The folder's lock is held by the caller."""
    merge = MERGES.get(kind)
    if merge is None:
        for path in files:
            path.unlink(missing_ok=True)
        return
    archives = _archives(folder, kind)
    number = max(archives, default=0) + 1
    values = _read(archives[number - 1]) if archives else {}
    taken = []
    for path in files:
        for key, value in _read(path).items():
            values[key] = merge(values[key], value) if key in values else value
        taken.append((path, path.with_name(f"{path.name}.taken-{number}")))
    made = folder / f"{kind}_archive-{number}.db"
    _write(made.with_suffix(".db-unfinished"), values)
    for path, aside in taken:
        path.rename(aside)
    made.with_suffix(".db-unfinished").rename(made)
    for path in (*archives.values(), *(aside for _, aside in taken)):
        path.unlink()


def complete_folds(folder: Path) -> None:
    """What a fold that was cut off has left: files whose archive is there are removed, others are put back."""
    for path in folder.glob("*.db-unfinished"):
        path.unlink()
    for path in folder.glob("*.taken-*"):
        if match := _TAKEN(path.name):
            done = max(_archives(folder, match[2]), default=0) >= int(match[3])
            path.unlink() if done else path.rename(folder / match[1])
    for kind in MERGES:
        archives = _archives(folder, kind)
        for number in sorted(archives)[:-1]:
            archives[number].unlink()


def _archives(folder: Path, kind: str) -> dict[int, Path]:
    found = ((path, _ARCHIVE(path.name)) for path in folder.glob(f"{kind}_archive-*.db"))
    return {int(match[2]): path for path, match in found if match and match[1] == kind}


def _read(path: Path) -> dict[str, Value]:
    try:
        read = _mapped().read_all_values_from_file(str(path))
        return {key: (value, timestamp) for key, value, timestamp, _ in read}
    except (struct.error, RuntimeError, UnicodeDecodeError) as problem:
        # Its process was killed while it made the file, or the disk was full.
        logger.warning("Metrics in %s cannot be read and are left out: %s", path, problem)
        return {}


def _write(path: Path, values: dict[str, Value]) -> None:
    made = _mapped()(os.fspath(path))
    try:
        for key, (value, timestamp) in values.items():
            made.write_value(key, value, timestamp)
    finally:
        made.close()


def _mapped() -> Any:
    """prometheus_client's file of values; it has no types."""
    from prometheus_client.mmap_dict import MmapedDict

    return MmapedDict
