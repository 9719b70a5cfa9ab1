from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from django_tenfold.observability import metrics_archive, metrics_folder
from django_tenfold.observability.metrics_folder import fold_dead, join_run, list_processes, share_metrics
from django_tenfold.observability.metrics_reading import read_counters

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(metrics_folder.VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def write(path: Path, value: float, name: str = "requests", timestamp: float = 0.0, **labels: str) -> None:
    made: Any = MmapedDict(str(path))
    key = mmap_key(name, f"{name}_total", list(labels), list(labels.values()), "help")
    made.write_value(key, value, timestamp)
    made.close()


def total() -> float:
    return sum(sample.value for metric in read_counters() for sample in metric.samples)


def test_files_of_the_dead_are_added_to_one_archive(folder: Path, dead: int) -> None:
    write(folder / f"counter_{dead}.db", 3)
    write(folder / f"counter_{os.getpid()}.db", 4)
    assert total() == 7
    assert {path.name for path in folder.glob("*.db")} == {
        f"counter_{os.getpid()}.db",
        "counter_archive-1.db",
    }
    write(folder / f"counter_{dead}.db", 5)
    assert total() == 12
    assert len([*folder.glob("counter_archive-*")]) == 1


@pytest.mark.parametrize(
    ("kind", "left"),
    [("min", 2), ("max", 7), ("sum", 9), ("mostrecent", 2), ("all", 0), ("liveall", 0), ("livesum", 0)],
)
def test_gauges_of_the_dead_are_put_together_by_their_mode(
    folder: Path, dead: int, kind: str, left: float
) -> None:
    write(folder / f"gauge_{kind}_{dead}.db", 7, timestamp=1.0)
    fold_dead(folder)
    write(folder / f"gauge_{kind}_{dead}.db", 2, timestamp=2.0)
    fold_dead(folder)
    assert total() == left


def test_the_first_process_of_a_run_empties_the_folder(folder: Path, dead: int) -> None:
    write(folder / f"counter_{dead}.db", 3)
    write(folder / "counter_archive-4.db", 3)
    (folder / f"alive-{dead}-1").touch()
    join_run(folder)
    assert total() == 0
    assert f"alive-{dead}-1" not in {path.name for path in folder.iterdir()}


def test_a_process_that_joins_a_run_leaves_its_counts(folder: Path, dead: int) -> None:
    join_run(folder)
    write(folder / f"counter_{dead}.db", 3)
    join_run(folder)
    assert total() == 3
    assert list_processes(folder) == set()


@pytest.mark.parametrize("cut_at", ["write", "rename", "place"])
def test_a_fold_that_was_cut_off_counts_nothing_twice_and_loses_nothing(
    folder: Path, dead: int, cut_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "counter_archive-1.db", 10)
    write(folder / f"counter_{dead}.db", 3)
    with monkeypatch.context() as patched:
        cut_off(patched, cut_at)
        with pytest.raises(KeyboardInterrupt):
            fold_dead(folder)
    join_like_another_process(folder)
    assert total() == 13
    assert [path.suffix for path in folder.iterdir() if ".db" in path.name] == [".db"]


def cut_off(patched: pytest.MonkeyPatch, at: str) -> None:
    """The fold ends where a SIGKILL could have ended it."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    path_class = type(metrics_folder.Path())
    rename = path_class.rename
    if at == "write":
        patched.setattr(metrics_archive, "_write", stop)
    elif at == "rename":
        patched.setattr(
            path_class, "rename", lambda self, to: stop() if "archive" in self.name else rename(self, to)
        )
    else:
        patched.setattr(path_class, "unlink", stop)


def join_like_another_process(folder: Path) -> None:
    (folder / f"alive-{os.getpid()}-0").touch()
    join_run(folder)


def test_a_file_that_cannot_be_read_is_left_out_and_told(
    folder: Path, dead: int, caplog: pytest.LogCaptureFixture
) -> None:
    write(folder / f"counter_{os.getpid()}.db", 4)
    (folder / f"counter_{dead}.db").write_bytes(b"")
    assert total() == 4
    assert "cannot be read" in caplog.text


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(metrics_folder.VARIABLE, raising=False)
    monkeypatch.setattr(metrics_folder.tempfile, "gettempdir", lambda: str(tmp_path))
    trap = metrics_folder.name_run_folder()
    trap.symlink_to(tmp_path)
    assert "not a folder of this user" in share_metrics("")
    assert metrics_folder.current_folder() is None


def test_a_client_that_was_imported_before_shares_from_then_on(tmp_path: Path) -> None:
    code = (
        "import prometheus_client; from django_tenfold.observability.metrics_folder import share_metrics;"
        f"share_metrics({str(tmp_path)!r}); prometheus_client.Counter('a', 'b').inc()"
    )
    environment = {name: value for name, value in os.environ.items() if name != metrics_folder.VARIABLE}
    subprocess.run([sys.executable, "-c", code], env={**environment, "PYTHONPATH": "src"}, check=True)
    assert [path.name for path in tmp_path.glob("counter_*.db")]


def test_a_command_without_a_secret_key_still_runs(tmp_path: Path) -> None:
    code = (
        "import django, os; from django.conf import settings;"
        "settings.configure(INSTALLED_APPS=['django_tenfold.observability'], ROOT_URLCONF='x');"
        f"django.setup(); print(os.environ[{metrics_folder.VARIABLE!r}])"
    )
    environment = {name: value for name, value in os.environ.items() if name != metrics_folder.VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "PYTHONPATH": "src", "TMPDIR": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == f"{tmp_path}/tenfold-{os.getuid()}-no-key/metrics"
