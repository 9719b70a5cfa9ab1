"""The folder through which all processes of a host share their metrics, and what is done with the dead ones' files.

prometheus_client gives each process files of its own and adds them up when it is asked. Left alone they are a
new set for each worker that was ever recycled, and those of the last run are counted in this one. So:

- The first process of a run empties the folder. A run lasts while any of its processes lives, or the server
  that starts them: a worker that is replaced continues its counters, a restarted server begins at zero.
- Every process that joins, and every reading, folds the files of dead processes into one archive per kind:
  counters never go down, and the number of files is bounded by the number of living processes.

Files of living processes are never touched. Everything happens under one file lock, and a fold that was cut
off is completed or undone by the next one.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import stat
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import salted_hmac

from django_tenfold.observability.metrics_archive import complete_folds, fold
from django_tenfold.observability.processes import is_alive, list_anchors

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's own: whether it shares files is decided by it, before the first metric is made.
https://prometheus.github.io/client_python/multiprocess/"""
_MARK = re.compile(r"alive-(\d+)-(\d+)").fullmatch
_OWNED = re.compile(r"(.+)_(\d+)\.db").fullmatch
"""counter_4711.db, gauge_livesum_4711.db: the file of a process."""


def name_run_folder() -> Path:
    """Below the temporary folder: one per user and deployment, the same for all of its processes."""
    routes = getattr(settings, "ROOT_URLCONF", "")  # a worker's settings may have none
    identity = f"{settings.SETTINGS_MODULE if settings.configured else ''} {routes}"
    # Keyed by SECRET_KEY: two deployments of one project on a host do not meet, and the name tells nothing.
    try:
        name = salted_hmac("django_tenfold.observability", identity, algorithm="sha256").hexdigest()[:12]
    except ImproperlyConfigured:
        name = "no-key"  # as when an image is built: commands that need no SECRET_KEY must run
    return Path(tempfile.gettempdir()) / f"tenfold-{os.getuid()}-{name}"


def make_private(folder: Path) -> None:
    """Makes the folder for this user alone. Raises PermissionError when somebody else made it before."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{folder} is not a folder of this user")


def share_metrics(chosen: str) -> str:
    """Tells prometheus_client to share; the earlier the better. `chosen` is a folder or "" for the default.

    Returns why it cannot be, "" when it can: metrics are then of each process alone.
    """
    try:
        if folder := os.environ.get(VARIABLE) or chosen:
            Path(folder).mkdir(parents=True, exist_ok=True)
        else:
            made = name_run_folder() / "metrics"
            make_private(made.parent)
            made.mkdir(mode=0o700, exist_ok=True)
            folder = str(made)
    except OSError as problem:
        return str(problem)
    os.environ[VARIABLE] = folder
    _share_what_is_loaded()
    return ""


def _share_what_is_loaded() -> None:
    """prometheus_client decides when it is imported, which another application may have done by now: metrics
    that are made from here on are shared, as they would be had it been imported after."""
    values: Any = sys.modules.get("prometheus_client.values")
    if values is not None and values.ValueClass is values.MutexValue:
        values.ValueClass = values.MultiProcessValue()


def current_folder() -> Path | None:
    """Where this process's metrics are, None when it shares none."""
    folder = os.environ.get(VARIABLE)
    return Path(folder) if folder else None


def join_run(folder: Path) -> None:
    """This process takes part: empties the folder when it is the first one, else folds what the dead left."""
    with lock(folder):
        if _is_over(folder):
            _empty(folder)
        else:
            _fold_dead(folder)
        for pid, started in list_anchors():
            (folder / f"alive-{pid}-{started}").touch()


def fold_dead(folder: Path) -> None:
    """Folds the files of processes that have ended, if there are any."""
    if any(_dead_files(folder)):
        with lock(folder):
            _fold_dead(folder)


@contextmanager
def lock(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Within, no file is folded or removed by others; `shared` for those that only read."""
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def list_processes(folder: Path) -> set[int]:
    """Ids of the living processes that have files here."""
    owners = {int(match[2]) for path in folder.iterdir() if (match := _OWNED(path.name))}
    return {pid for pid in owners if is_alive(pid)}


def _is_over(folder: Path) -> bool:
    """Whether nothing lives that has written here or that starts those who do."""
    for path in folder.iterdir():
        if (mark := _MARK(path.name)) and is_alive(int(mark[1]), int(mark[2])):
            return False
        if (owned := _OWNED(path.name)) and is_alive(int(owned[2])):
            return False
    return True


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name.startswith("alive-") or ".db" in path.name:
            path.unlink(missing_ok=True)


def _dead_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(kind, file): ("counter", counter_4711.db)."""
    for path in folder.iterdir():
        if (owned := _OWNED(path.name)) and not is_alive(int(owned[2])):
            yield owned[1], path


def _fold_dead(folder: Path) -> None:
    for path in folder.glob("alive-*"):
        if (mark := _MARK(path.name)) and not is_alive(int(mark[1]), int(mark[2])):
            path.unlink(missing_ok=True)
    complete_folds(folder)
    kinds: dict[str, list[Path]] = {}
    for kind, path in sorted(_dead_files(folder)):
        kinds.setdefault(kind, []).append(path)
    for kind, files in kinds.items():
        fold(folder, kind, files)
