"""Feeds the readers ten thousand damaged or made-up files per test; nothing may raise.

    python benchmarks/fuzz_readers.py [EXAMPLES]

Runs the tests that honour TENFOLD_FUZZ with that number of examples (10000 unless given), and writes how
many passed to benchmarks/results/fuzz_readers.json. Exit code 1 when a reader failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from measuring.results import write_results

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = 10_000
_TEST = re.compile(r"^(tests/\S+?)::([^\n]+?):?$", re.MULTILINE)
_COUNTS = re.compile(r"(\d+) passing(?: examples)?, (\d+) failing(?: examples)?,(?: and)? (\d+) invalid")


def main() -> int:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    tests = find_tests(ROOT / "tests")
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:xdist", "--hypothesis-show-statistics", *tests],
        cwd=ROOT,
        env={**os.environ, "TENFOLD_FUZZ": str(examples)},
        capture_output=True,
        text=True,
        check=False,
    )
    counts = read_counts(done.stdout)
    held = done.returncode == 0 and bool(counts)
    result = {
        "examples_asked": examples,
        "held": held,
        "seconds": round(time.perf_counter() - start, 1),
        "passed": sum(one["passed"] for one in counts),
        "failed": sum(one["failed"] for one in counts),
        "tests": counts,
    }
    write_results("fuzz_readers", result)
    sys.stdout.write(
        f"{len(counts)} tests of readers, {result['passed']} examples passed, {result['failed']} failed\n"
    )
    if not held:
        sys.stdout.write(done.stdout[-6000:])
    return 0 if held else 1


def find_tests(folder: Path) -> list[str]:
    """Test files that take their number of examples from TENFOLD_FUZZ."""
    found = [path for path in folder.rglob("test_*.py") if '"TENFOLD_FUZZ"' in path.read_text("utf-8")]
    return sorted(path.relative_to(folder.parent).as_posix() for path in found)


def read_counts(statistics: str) -> list[dict[str, Any]]:
    """Examples per test, from what hypothesis says of each: reused, generated and shrunk ones together."""
    heads = list(_TEST.finditer(statistics))
    found = []
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        part = statistics[head.end() : following.start() if following else len(statistics)]
        counts = [tuple(map(int, match.groups())) for match in _COUNTS.finditer(part)]
        if counts:
            passed, failed, invalid = map(sum, zip(*counts, strict=True))
            test = f"{head[1]}::{head[2]}"
            found.append({"test": test, "passed": passed, "failed": failed, "invalid": invalid})
    return found


if __name__ == "__main__":
    sys.exit(main())
