from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_stat(
    processes: Path, pid: int, parent: int, *, ticks: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> None:
    folder = processes / str(pid)
    folder.mkdir(exist_ok=True)
    fields = ["S", str(parent), *["0"] * 9, *map(str, ticks), "20"]
    (folder / "stat").write_text(f"{pid} (nginx: (worker) x) {' '.join(fields)}\n")


def test_family_is_a_process_and_all_below_it(tmp_path: Path) -> None:
    from serving.processor import find_family

    for pid, parent in ((10, 1), (11, 10), (12, 11), (20, 1), (21, 20)):
        write_stat(tmp_path, pid, parent)
    (tmp_path / "meminfo").write_text("")
    assert find_family([10], processes=tmp_path) == {10, 11, 12}
    assert find_family([12, 20], processes=tmp_path) == {12, 20, 21}


def test_time_of_ended_children_is_their_parents(tmp_path: Path) -> None:
    from serving.processor import TICK, sum_seconds

    write_stat(tmp_path, 10, 1, ticks=(1 * TICK, 2 * TICK, 3 * TICK, 4 * TICK))
    write_stat(tmp_path, 11, 10, ticks=(5 * TICK, 0, 0, 0))
    assert sum_seconds([10, 11, 99], processes=tmp_path) == 15.0
