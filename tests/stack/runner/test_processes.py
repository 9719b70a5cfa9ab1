from __future__ import annotations

import os
from pathlib import Path

from tenfold.stack.runner.processes import PAGE, Process, memory_of, parse_stat, read_processes, trees

STAT = "812 (nginx: (worker) x) S 7 812 812 0 -1 4194560 1 2 3 4 10 5 2 1 20 0 1 0 99 1000000 250 18446744073709551615"


def make(*pairs: tuple[int, int]) -> dict[int, Process]:
    return {pid: Process(pid, parent, 0, 1) for pid, parent in pairs}


def test_a_name_with_brackets_does_not_shift_the_fields() -> None:
    assert parse_stat(STAT) == Process(812, 7, 18, 250)


def test_a_tree_holds_all_below_its_leader_and_no_other_leader() -> None:
    processes = make((1, 0), (10, 1), (11, 10), (12, 11), (20, 10), (21, 20), (30, 1))
    found = trees(processes, (10, 20, 99))
    assert {leader: sorted(tree) for leader, tree in found.items()} == {
        10: [10, 11, 12],
        20: [20, 21],
        99: [],
    }


def test_this_process_is_found_with_its_memory() -> None:
    processes = read_processes()
    mine = processes[os.getpid()]
    assert mine.parent == os.getppid()
    assert mine.resident > 0
    assert memory_of([os.getpid()], processes) > 1024 * 1024


def test_shared_pages_are_counted_in_proportion_where_the_kernel_tells(tmp_path: Path) -> None:
    processes = {7: Process(7, 1, 0, 100), 8: Process(8, 1, 0, 100)}
    (tmp_path / "7").mkdir()
    (tmp_path / "7/smaps_rollup").write_text("Rss:     400 kB\nPss:      120 kB\n")
    assert memory_of((7, 8), processes, tmp_path) == 120 * 1024 + 100 * PAGE


def test_processes_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "12").mkdir()
    (tmp_path / "13").mkdir()
    (tmp_path / "13/stat").write_text("cut")
    (tmp_path / "self").mkdir()
    assert read_processes(tmp_path) == {}
    assert Path("/proc/self").exists()
