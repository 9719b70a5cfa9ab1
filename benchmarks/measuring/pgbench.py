"""pgbench on the servers of the tests: transactions a second of one script, and what they are beside none of it."""

from __future__ import annotations

import os
import re
import subprocess
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def run_script(servers: Any, folder: Path, lines: Sequence[str], *, writers: int, seconds: int) -> float:
    """Transactions a second. Raises SystemExit when one of them failed: the rate says nothing then."""
    site = servers.driver.site
    script = folder / "write.sql"
    script.write_text("\n".join([*lines, ""]))
    words = [f"{site.binaries['postgres'].folder}/pgbench", "-n", "-c", str(writers), "-j", "2"]
    words += ["-M", "prepared", "-T", str(seconds), "-f", str(script)]
    words += ["-h", "127.0.0.1", "-p", str(site.ports["postgres"])]
    entry = servers.database_entry()
    environment = {**os.environ, "PGPASSWORD": entry["PASSWORD"], "PGUSER": entry["USER"]}
    done = subprocess.run(
        [*words, entry["NAME"]], env=environment, capture_output=True, text=True, check=True
    )
    return read_rate(done.stdout, done.stderr)


def read_rate(told: str, errors: str = "") -> float:
    """Of what pgbench prints."""
    found = re.search(r"tps = ([\d.]+)", told)
    if found is None or "failed transactions: 0" not in told:
        raise SystemExit(f"pgbench: {told}{errors}")
    return float(found[1])


def judge(found: dict[str, list[float]]) -> dict[str, Any]:
    """Medians, and the median of each round's own ratio to "none"."""
    pairs = {case: zip(rates, found["none"], strict=True) for case, rates in found.items()}
    return {
        "transactions_per_s": {case: round(median(rates)) for case, rates in found.items()},
        "to_none": {
            case: round(median(rate / base for rate, base in both), 3) for case, both in pairs.items()
        },
    }
