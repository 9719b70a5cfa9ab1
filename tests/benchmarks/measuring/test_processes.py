from __future__ import annotations

import sys

import pytest

ALLOCATE = "import time; held = bytearray(64 << 20); time.sleep(0.15)"


def test_best_and_median_are_of_the_runs() -> None:
    from measuring.processes import Times

    assert Times((3.0, 1.0, 2.0)).describe() == {"best_s": 1.0, "median_s": 2.0, "runs_s": [3.0, 1.0, 2.0]}


def test_a_command_that_fails_has_no_time() -> None:
    from measuring.processes import CommandError, run_timed

    with pytest.raises(CommandError, match=r"ended with 3: broken"):
        run_timed([sys.executable, "-c", "import sys; sys.stderr.write('broken'); sys.exit(3)"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_memory_of_children_counts_too() -> None:
    from measuring.processes import measure_memory

    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ALLOCATE!r}], check=True)"
    assert 64 < measure_memory([sys.executable, "-c", start]) < 160
