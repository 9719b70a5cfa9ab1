"""Reads small projects from source alone, for the tests of the readers that need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.model import Known, Location, Unknown
from tenfold.project.readers.source import read_source
from tenfold.project.settings import Possible, Settings
from tests.builders import list_files, write_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tenfold.project.source import Source

NOT_RUN = Unknown("the project was not run")


def make_settings(**values: Any) -> Settings:
    """Settings that set these values and nothing else."""
    where = Location("shop/settings.py", 1)
    possible = {name: (Possible(value, where),) for name, value in values.items()}
    return Settings(module=Known("shop.settings", where), values=possible)


def read_files_as_source(root: Path, files: Mapping[str, str]) -> Source:
    """The facts of these files, written below the root."""
    write_files(root, files)
    source, problems = read_source(root, list_files(root), cache=None)
    assert not problems
    return source
