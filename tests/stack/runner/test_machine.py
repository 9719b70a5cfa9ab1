from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.machine import limit_cores, limit_files, limit_memory, read_machine

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1024**3


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{text}\n", encoding="utf-8")


@pytest.fixture
def v2(tmp_path: Path) -> Path:
    write(tmp_path, "proc/self/cgroup", "0::/user.slice/app.scope")
    (tmp_path / "sys/fs/cgroup/user.slice/app.scope").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def v1(tmp_path: Path) -> Path:
    write(tmp_path, "proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc")
    return tmp_path


def test_this_machine_has_cores_memory_and_open_files() -> None:
    machine = read_machine()
    assert machine.cores >= 1
    assert machine.memory > 64 * 1024**2
    assert machine.open_files > 0


def test_without_control_groups_the_machine_itself_counts(tmp_path: Path) -> None:
    assert limit_cores(8, root=tmp_path) == 8
    assert limit_memory(GIB, root=tmp_path) == GIB


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("150000 100000", 1),
        ("400000 100000", 4),
        ("50000 100000", 1),
        ("max 100000", 8),
        ("9900000 100000", 8),
        ("", 8),
    ],
)
def test_whole_cores_of_a_quota_are_counted(v2: Path, quota: str, cores: int) -> None:
    write(v2, "sys/fs/cgroup/user.slice/app.scope/cpu.max", quota)
    assert limit_cores(8, root=v2) == cores


def test_a_limit_of_a_group_above_counts_too(v2: Path) -> None:
    write(v2, "sys/fs/cgroup/user.slice/app.scope/memory.max", "max")
    write(v2, "sys/fs/cgroup/user.slice/memory.max", str(2 * GIB))
    write(v2, "sys/fs/cgroup/user.slice/cpu.max", "200000 100000")
    assert limit_memory(8 * GIB, root=v2) == 2 * GIB
    assert limit_cores(8, root=v2) == 2


def test_memory_is_used_up_to_where_the_kernel_begins_to_slow(v2: Path) -> None:
    write(v2, "sys/fs/cgroup/user.slice/app.scope/memory.max", str(4 * GIB))
    write(v2, "sys/fs/cgroup/user.slice/app.scope/memory.high", str(3 * GIB))
    assert limit_memory(8 * GIB, root=v2) == 3 * GIB


def test_inside_a_container_the_mount_itself_is_the_group(tmp_path: Path) -> None:
    write(tmp_path, "proc/self/cgroup", "0::/")
    write(tmp_path, "sys/fs/cgroup/memory.max", str(GIB))
    assert limit_memory(8 * GIB, root=tmp_path) == GIB


def test_the_first_version_names_its_limits_otherwise(v1: Path) -> None:
    write(v1, "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", str(GIB))
    write(v1, "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "250000")
    write(v1, "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000")
    assert limit_memory(8 * GIB, root=v1) == GIB
    assert limit_cores(8, root=v1) == 2


def test_a_path_of_the_host_is_answered_by_the_container_s_own_mount(v1: Path) -> None:
    write(v1, "sys/fs/cgroup/memory/memory.limit_in_bytes", str(GIB))
    write(v1, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000")
    write(v1, "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000")
    assert limit_memory(8 * GIB, root=v1) == GIB
    assert limit_cores(8, root=v1) == 1


def test_no_quota_of_the_first_version_is_minus_one(v1: Path) -> None:
    write(v1, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
    write(v1, "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000")
    write(v1, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
    assert limit_cores(8, root=v1) == 8
    assert limit_memory(8 * GIB, root=v1) == 8 * GIB


def test_both_versions_at_once_take_the_smaller_limit(v1: Path) -> None:
    write(v1, "sys/fs/cgroup/unified/memory.max", str(2 * GIB))
    write(v1, "sys/fs/cgroup/memory/memory.limit_in_bytes", str(4 * GIB))
    assert limit_memory(8 * GIB, root=v1) == 2 * GIB


def test_unlimited_open_files_are_what_the_kernel_admits() -> None:
    assert limit_files(resource.RLIM_INFINITY) == 1_048_576
    assert limit_files(2**31) == 1_048_576
    assert limit_files(4096) == 4096
