"""The machine as this process may use it: the smaller of what it has and what its control group grants."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.topology.model import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FILES = 1_048_576
"""What "unlimited" open files come to: Linux's fs.nr_open.
https://docs.kernel.org/admin-guide/sysctl/fs.html#nr-open"""
_ROOT = Path("/")


def read_machine() -> Machine:
    """Cores, memory and open files of this process and its children."""
    return Machine(
        cores=limit_cores(_usable_cores()),
        memory=limit_memory(_whole_memory()),
        open_files=limit_files(resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
    )


def limit_cores(cores: int, *, root: Path = _ROOT) -> int:
    """`cores`, or the whole ones of the control group's quota; one at least."""
    quotas = [*_quotas_v2(root), *_quotas_v1(root)]
    return max(1, min([cores, *(int(quota) for quota in quotas)]))


def limit_memory(memory: int, *, root: Path = _ROOT) -> int:
    """`memory` in bytes, or the smallest limit of the control group and those above it."""
    v2 = [_number(group / name) for group in _groups(root, "") for name in ("memory.max", "memory.high")]
    v1 = [_number(group / "memory.limit_in_bytes") for group in _groups(root, "memory")]
    return min([memory, *(limit for limit in (*v2, *v1) if limit)])


def limit_files(hard: int) -> int:
    """The hard limit as a number: "unlimited" is what the kernel admits."""
    return MOST_FILES if hard == resource.RLIM_INFINITY or hard > MOST_FILES else hard


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _whole_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _quotas_v2(root: Path) -> Iterator[float]:
    """Cores of `cpu.max`: "150000 100000" grants one and a half, "max 100000" all."""
    for group in _groups(root, ""):
        quota, _, period = _text(group / "cpu.max").partition(" ")
        if quota.isdigit() and period.isdigit() and int(period):
            yield int(quota) / int(period)


def _quotas_v1(root: Path) -> Iterator[float]:
    for group in _groups(root, "cpu"):
        quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
        if quota and period:
            yield quota / period


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Folders of this process's control group and all above it; `controller` "" for version 2.

    Inside a container the group's path may be the host's, which is not there: then only the mount's root,
    which is the container's own group, holds limits.
    """
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if controller not in names.split(","):
            continue
        for mount in _mounts(root, controller, names):
            own = mount / path.lstrip("/")
            yield own
            yield from (above for above in own.parents if above.is_relative_to(mount))


def _mounts(root: Path, controller: str, names: str) -> Iterator[Path]:
    base = root / "sys/fs/cgroup"
    places = (base / names, base / controller) if controller else (base, base / "unified")
    return (place for place in dict.fromkeys(places) if place.is_dir())


def _text(path: Path) -> str:
    """A file's text; "" for one that is not there or may not be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _number(path: Path) -> int:
    """A limit; 0 for none ("max", -1, a file that is not there)."""
    text = _text(path)
    return int(text) if text.isdigit() else 0
