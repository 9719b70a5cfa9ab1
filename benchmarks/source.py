"""Speed and memory of reading the source: cold, warm, and against the bare parser, in one run.

    python benchmarks/source.py PATH...

For each project: seconds for `ast.parse` of every file, for a cold and a warm read, for the contexts, the
cold read's ratio to the bare parser, and peak memory. Written to benchmarks/results/source.json. Each figure
is the best of three runs, each in a process of its own; the bare parser runs with the collector off, too.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from measuring.results import list_checkouts

from tenfold.project.model import Problem, Unknown
from tenfold.project.readers.contexts import read_contexts
from tenfold.project.readers.files import read_files
from tenfold.project.readers.source import read_source
from tenfold.project.readers.text import read_text
from tenfold.project.urls import Urls

RESULTS = Path(__file__).parent / "results" / "source.json"


def measure(root: Path, cache: Path) -> dict[str, Any]:
    """One run: with an empty cache folder it is cold."""
    files, _ = read_files(root)
    start = time.perf_counter()
    source, problems = read_source(root, files, cache=cache)
    read = time.perf_counter() - start
    start = time.perf_counter()
    read_contexts(source, Urls(Unknown("not read")))
    contexts = time.perf_counter() - start
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "files": len(source.by_path),
        "lines": sum(module.lines for module in source),
        "unparsed": len(source.unparsed),
        "problems": len(problems),
        "seconds": read,
        "contexts_seconds": contexts,
        "peak_mib": sum(peaks) / 1024,
    }


def parse_only(root: Path) -> float:
    texts = [read_text(root, f.path) for f in read_files(root)[0].all if f.path.endswith(".py")]
    gc.disable()
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    for text in texts:
        try:
            ast.parse("" if isinstance(text, Problem) else text)
        except SyntaxError:
            continue
    return time.perf_counter() - start


def run_alone(*arguments: str) -> Any:
    command = [sys.executable, __file__, "--one", *arguments]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def compare(root: Path) -> dict[str, Any]:
    bare = min(run_alone("parse", str(root)) for _ in range(3))
    colds, warms = [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as cache:
            colds.append(run_alone("read", str(root), cache))
            warms.append(run_alone("read", str(root), cache))
    cold = min(colds, key=lambda run: run["seconds"])
    warm = min(warms, key=lambda run: run["seconds"])
    return {
        "project": root.name,
        **{name: cold[name] for name in ("files", "lines", "unparsed", "problems")},
        "parse_seconds": round(bare, 3),
        "cold_seconds": round(cold["seconds"], 3),
        "warm_seconds": round(warm["seconds"], 3),
        "contexts_seconds": round(min(run["contexts_seconds"] for run in warms), 3),
        "cold_to_parse": round(cold["seconds"] / bare, 2),
        "cold_to_warm": round(cold["seconds"] / warm["seconds"], 1),
        "cold_peak_mib": round(cold["peak_mib"]),
        "warm_peak_mib": round(warm["peak_mib"]),
    }


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--one"]:
        kind, root, *rest = arguments[1:]
        answer = parse_only(Path(root)) if kind == "parse" else measure(Path(root), Path(rest[0]))
        sys.stdout.write(json.dumps(answer))
        return 0
    checkouts = list_checkouts(arguments)
    if not checkouts:
        sys.stdout.write("source: name checkouts of Django projects, or set TENFOLD_CHECKOUTS\n")
        return 0
    rows = [compare(checkout) for checkout in checkouts]
    for row in rows:
        sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")
    RESULTS.parent.mkdir(exist_ok=True)
    result = {"python": platform.python_version(), "processors": os.cpu_count(), "projects": rows}
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
