"""The last report on a project, for as long as nothing it was made from has changed.

A report that read only source is a function of the files, the configuration, Tenfold itself, the ruff that
it runs and the day; their signature is the key. It is kept in the user's cache folder, never inside the
project. A report with a file that did not parse is not kept: another Python on this machine may parse it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import tenfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.audit.result import Report
    from tenfold.config import Config

_ENVIRONMENTS = (".venv", "venv", "env")
"""Environments inside the project: git ignores them, and the readers look for packages in them."""


def sign(root: Path, config: Config, given: object) -> str:
    """The signature of everything a report on `root` without the probe is made from.

    `given` is what else decides (the baseline, why there was no probe). Files count by path, size, time of
    change and whether git tracks them.
    """
    from tenfold.project.readers.files import read_files
    from tenfold.project.readers.lint import find_ruff

    files, problems = read_files(root, exclude=config.exclude)
    parts = [repr((tenfold.__version__, sys.version, date.today(), config, given, files, problems))]
    parts += _stamps(root, (file.path for file in files.all))
    for name in _ENVIRONMENTS:
        parts += [
            f"{p} {p.stat().st_mtime_ns}" for p in sorted((root / name).glob("lib/python*/site-packages"))
        ]
    parts += _stamps(Path(tenfold.__file__).parent, _own_files())
    parts += _stamps(Path("/"), (str(ruff.absolute()) for ruff in [find_ruff()] if ruff))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _stamps(root: Path, paths: Iterator[str]) -> Iterator[str]:
    for path in paths:
        try:
            status = os.stat(root / path)  # noqa: PTH116 - thousands of calls, and half the time of Path.stat
        except OSError as error:
            yield f"{path} {error.errno}"
        else:
            yield f"{path} {status.st_size} {status.st_mtime_ns} {status.st_mode}"


def _own_files() -> Iterator[str]:
    """Tenfold's modules, so that a checkout that is being worked on never shows yesterday's answer."""
    home = Path(tenfold.__file__).parent
    for folder, folders, names in os.walk(home):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (os.path.relpath(os.path.join(folder, name), home) for name in sorted(names))  # noqa: PTH118


def recall(cache: Path, signature: str) -> Report | None:
    """The report that was kept under this signature, None without one."""
    try:
        kept, report = pickle.loads((cache / "report.pickle").read_bytes())
    except (
        OSError,
        EOFError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ImportError,
        pickle.PickleError,
    ):
        return None  # none yet, or one of another version: the project is read anew
    return report if kept == signature else None


def keep(cache: Path, signature: str, report: Report) -> None:
    """Keep the report; a cache folder that cannot be written only costs the next run its speed."""
    data = pickle.dumps((signature, replace(report, seconds=0.0)), protocol=pickle.HIGHEST_PROTOCOL)
    fresh = cache / f"report.{os.getpid()}.tmp"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(data)
        fresh.replace(cache / "report.pickle")
    except OSError:
        fresh.unlink(missing_ok=True)
