"""Loads this folder as the package `tenfold_probe` and starts it.

Python puts the folder of the script that it runs first on `sys.path`; there, `settings` and `urls`
would stand before the project's own modules of those names, so it is taken off first.
"""

from __future__ import annotations

import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [path for path in sys.path if not path or os.path.abspath(path) != FOLDER]

import importlib  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402


def start() -> None:
    """Runs the probe with the request that stands in the first argument, as JSON."""
    spec = importlib.util.spec_from_file_location(
        "tenfold_probe",
        os.path.join(FOLDER, "__init__.py"),
        submodule_search_locations=[FOLDER],
    )
    if spec is None or spec.loader is None:
        raise SystemExit("the probe's own folder cannot be imported")
    package = importlib.util.module_from_spec(spec)
    sys.modules["tenfold_probe"] = package
    spec.loader.exec_module(package)
    importlib.import_module("tenfold_probe.run").probe(json.loads(sys.argv[1]))


if __name__ == "__main__":
    start()
