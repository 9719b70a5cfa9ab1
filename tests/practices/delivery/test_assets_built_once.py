from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Finding
from tenfold.practices.delivery.assets_built_once import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = 'FROM python:3.13\nENTRYPOINT ["./entrypoint.sh"]\nCMD ["gunicorn", "config.wsgi"]\n'


def places(root: Path, script: str) -> list[str]:
    write_project(root, {"Dockerfile": IMAGE, "entrypoint.sh": script})
    return [str(j.where) for j in check(read_project(root)) if isinstance(j, Finding)]


def test_an_entrypoint_that_collects_is_found_at_its_line(tmp_path: Path) -> None:
    assert places(tmp_path, '#!/bin/sh\npython manage.py collectstatic\nexec "$@"\n') == ["entrypoint.sh:2"]


def test_a_collection_that_never_runs_is_not_reported(tmp_path: Path) -> None:
    script = '#!/bin/sh\nif [ "$1" = "other" ]; then\n    python manage.py collectstatic\nfi\nexec "$@"\n'
    assert places(tmp_path, script) == []
