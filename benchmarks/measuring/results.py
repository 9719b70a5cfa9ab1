"""Where figures go, and what they are figures of: never a path of the machine that made them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "results"


def describe_machine() -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def write_results(name: str, document: dict[str, Any], *, folder: Path = FOLDER) -> Path:
    """`results/<name>.json`, the machine first."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.json"
    text = json.dumps({"machine": describe_machine(), **document}, indent=2)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def list_checkouts(given: list[str]) -> list[Path]:
    """The folders given, else those that the variable TENFOLD_CHECKOUTS names (separated as PATH is)."""
    named = given or [one for one in os.environ.get("TENFOLD_CHECKOUTS", "").split(os.pathsep) if one]
    return [Path(one).resolve() for one in named]


def read_commit(checkout: Path) -> str:
    """The commit that is checked out; "" outside of git."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""
