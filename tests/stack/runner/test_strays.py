from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.stack.runner.strays import end_strays, find_strays
from tenfold.stack.service import Answers, Binary, Command, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON = str(Path(sys.executable).resolve())
SERVICE = Service(
    "postgres", "postgres", "", Command((PYTHON,)), Answers(), binary=Binary("postgres", PYTHON, "path")
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "postgres"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def worker(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Works in the data folder, in a session of its own."""
    with subprocess.Popen([PYTHON, "-c", "input()"], cwd=data, stdin=-1, start_new_session=True) as process:
        yield process
        process.kill()


def test_what_is_left_at_work_on_the_data_is_ended(tmp_path: Path, worker: subprocess.Popen[bytes]) -> None:
    assert end_strays(SERVICE, tmp_path) == [worker.pid]
    assert worker.wait() == -9
    assert end_strays(SERVICE, tmp_path) == []


def test_another_program_in_the_data_folder_is_left_alone(
    tmp_path: Path, worker: subprocess.Popen[bytes]
) -> None:
    other = Service(
        "postgres", "postgres", "", Command(("x",)), Answers(), binary=Binary("postgres", "/bin/true", "path")
    )
    assert find_strays(other, tmp_path) == []
    assert worker.poll() is None


def test_the_program_at_work_elsewhere_is_left_alone(tmp_path: Path, worker: subprocess.Popen[bytes]) -> None:
    (tmp_path / "other" / "data" / "postgres").mkdir(parents=True)
    assert find_strays(SERVICE, tmp_path / "other") == []
    assert worker.poll() is None


def test_a_service_without_data_has_nothing_left(tmp_path: Path) -> None:
    assert find_strays(SERVICE, tmp_path) == []
