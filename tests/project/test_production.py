from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.production import doubt_settings
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

WSGI = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.docker_compose")\n'
COMPOSE = "services:\n  web:\n    image: shop\n    command: gunicorn config.wsgi\n"


def doubts(root: Path, files: dict[str, str]) -> list[str]:
    write_project(
        root,
        {"config/docker_compose.py": "DEBUG = False\n", "config/wsgi.py": WSGI, "manage.py": WSGI} | files,
    )
    return list(doubt_settings(read_project(root)))


def test_settings_named_after_containers_that_only_development_starts_are_doubted(tmp_path: Path) -> None:
    assert len(doubts(tmp_path, {"docker-compose.dev.yml": COMPOSE})) == 1


def test_they_are_believed_where_production_starts_from_the_repository(tmp_path: Path) -> None:
    assert doubts(tmp_path, {"docker-compose.prod.yml": COMPOSE}) == []


def test_settings_of_any_other_name_are_believed(tmp_path: Path) -> None:
    write_project(tmp_path, {"docker-compose.dev.yml": COMPOSE})
    assert list(doubt_settings(read_project(tmp_path))) == []


def test_a_base_beside_development_alone_is_doubted(tmp_path: Path) -> None:
    local = WSGI.replace("config.docker_compose", "config.settings.local")
    files = {
        "config/settings/__init__.py": "",
        "config/settings/base.py": "DEBUG = False\nDATABASES = {}\n",
        "config/settings/local.py": "from .base import *\n",
    }
    write_project(tmp_path, {**files, "config/wsgi.py": local, "manage.py": local})
    (tmp_path / "config/settings.py").unlink()
    (why,) = doubt_settings(read_project(tmp_path))
    assert why == "only config.settings.local is named, and no settings for production were found"
