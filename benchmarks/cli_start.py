"""How long `tenfold --help` takes beside an interpreter that does nothing, in one run.

Best and median of twenty, alternating. Written to benchmarks/results/cli_start.json; exit code 1 when the
median is over 150 ms.
"""

from __future__ import annotations

import sys

from measuring.processes import Times, run_timed
from measuring.results import write_results

RUNS = 20
TARGET = 0.150
"""Seconds: below this an answer is felt as immediate."""


def main() -> int:
    bare, started = [], []
    for _ in range(RUNS):
        bare.append(run_timed([sys.executable, "-c", "pass"]))
        started.append(run_timed([sys.executable, "-m", "tenfold", "--help"]))
    nothing, command = Times(tuple(bare)), Times(tuple(started))
    result = {
        "runs": RUNS,
        "help": command.describe(),
        "interpreter": nothing.describe(),
        "help_to_interpreter": round(command.best / nothing.best, 2),
        "target_s": TARGET,
        "met": command.median < TARGET,
    }
    write_results("cli_start", result)
    sys.stdout.write(
        f"tenfold --help: median {command.median * 1000:.0f} ms, best {command.best * 1000:.0f} ms,"
        f" {result['help_to_interpreter']} x the bare interpreter\n"
    )
    return 0 if result["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
