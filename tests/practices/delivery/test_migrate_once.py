from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Finding, Impact
from tenfold.practices.delivery.migrate_once import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = 'FROM python:3.13\nENTRYPOINT ["./entrypoint.sh"]\nCMD ["gunicorn", "config.wsgi"]\n'
NEVER = '#!/bin/sh\nif [ "$1" = "/venv/bin/gunicorn" ]; then\n    python manage.py migrate\nfi\nexec "$@"\n'


def findings(root: Path, files: dict[str, str]) -> list[Finding]:
    write_project(root, files)
    return [j for j in check(read_project(root)) if isinstance(j, Finding)]


def test_a_migration_that_never_runs_is_grave_without_a_release_step(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, {"Dockerfile": IMAGE, "entrypoint.sh": NEVER})
    assert found.impact is Impact.HIGH
    assert "never runs" in found.message


def test_a_release_step_makes_the_dead_migration_a_small_matter(tmp_path: Path) -> None:
    files = {"Dockerfile": IMAGE, "entrypoint.sh": NEVER, "Procfile": "release: python manage.py migrate\n"}
    (found,) = findings(tmp_path, files)
    assert found.impact is Impact.LOW
    assert [str(place) for place in found.related] == ["Procfile:1"]


def test_uwsgis_hook_is_found_once_though_image_and_compose_start_it(tmp_path: Path) -> None:
    files = {
        "docker/Dockerfile": 'FROM python:3.13\nCMD ["uwsgi", "/app/docker/uwsgi.ini"]\n',
        "docker/docker-compose.yml": (
            "services:\n  web:\n    build: {context: .., dockerfile: docker/Dockerfile}\n"
            "    command: uwsgi /app/docker/uwsgi.ini\n"
        ),
        "docker/uwsgi.ini": "[uwsgi]\nmodule = config.wsgi\nhook-pre-app = exec:./manage.py migrate\n",
    }
    assert [str(f.where) for f in findings(tmp_path, files)] == ["docker/uwsgi.ini:3"]


def test_several_migrations_of_one_line_are_one_finding_that_names_them(tmp_path: Path) -> None:
    files = {
        "Procfile": (
            "web: python manage.py migrate queue && python manage.py migrate && gunicorn config.wsgi -w 4\n"
        )
    }
    (found,) = findings(tmp_path, files)
    assert "migrate queue' and 'python manage.py migrate'" in found.message
