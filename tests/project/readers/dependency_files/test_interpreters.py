from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.project.model import Known, Location, Unknown
from tenfold.project.readers.dependencies import read_dependencies
from tenfold.project.readers.dependency_files.interpreters import lowest_python
from tenfold.project.readers.repository import read_repository
from tests.builders import list_files, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Fact


def python_of(root: Path, files: dict[str, str]) -> Fact[str]:
    write_files(root, files)
    found = list_files(root)
    return read_dependencies(root, found, read_repository(root, found)[0])[0].python


IMAGE = {"Dockerfile": "FROM ghcr.io/x/python:3.13-slim AS base\nFROM node:20\nFROM base\n"}
PINNED = {".python-version": "3.12.4\n"}
PROJECT = {"pyproject.toml": '[project]\nrequires-python = ">=3.11"\n'}
PIPELINE = {".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n      - with: {python-version: '3.10'}\n"}


def test_the_image_counts_more_than_a_version_file_a_floor_or_ci(tmp_path: Path) -> None:
    for version, files in (("3.10", PIPELINE), ("3.11", PROJECT), ("3.12", PINNED), ("3.13", IMAGE)):
        found = python_of(tmp_path, files)
        assert isinstance(found, Known)
        assert found.value == version


def test_nothing_tells_the_python_of_an_empty_repository(tmp_path: Path) -> None:
    assert isinstance(python_of(tmp_path, {"Dockerfile": "FROM debian\n"}), Unknown)


@pytest.mark.parametrize(
    ("written", "lowest"),
    [(">=3.11", "3.11"), ("<4,>=3.10", "3.10"), ("^3.12", "3.12"), ("3.13", "3.13"), ("<4", None)],
)
def test_what_is_required_is_a_floor(written: str, lowest: str | None) -> None:
    found = lowest_python(Known(written, Location("pyproject.toml", 2)))
    assert (found.value if found else None) == lowest
