from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.practice import Finding, Impact
from tenfold.practices.serving.log_files import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path


def findings(root: Path, files: dict[str, str]) -> list[Finding]:
    write_project(root, files)
    return [j for j in check(read_project(root)) if isinstance(j, Finding)]


@pytest.mark.parametrize(
    "command", ["gunicorn config.wsgi -w 4 --reload", "uvicorn config.asgi:application --reload"]
)
def test_a_server_that_reloads_itself_in_production_is_found(tmp_path: Path, command: str) -> None:
    (found,) = findings(tmp_path, {"Procfile": f"web: {command}\n"})
    assert found.impact is Impact.HIGH


def test_reload_that_a_variable_turns_on_is_accepted_when_its_default_is_off(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: gunicorn config.wsgi\n",
        "gunicorn.conf.py": 'from os import getenv\nworkers = 4\nstatsd_host = "m:1"\nreload = getenv("DEV", False)\n',
    }
    assert findings(tmp_path, files) == []


def test_a_log_file_on_a_host_is_not_lost_with_a_container(tmp_path: Path) -> None:
    unit = "[Service]\nExecStart=/srv/venv/bin/gunicorn config.wsgi -w 4 --access-logfile /var/log/shop.log\n"
    assert findings(tmp_path, {"deploy/shop.service": unit}) == []


def test_uwsgi_that_reloads_is_found_at_its_line(tmp_path: Path) -> None:
    files = {
        "Dockerfile": 'FROM python:3.13\nCMD ["uwsgi", "uwsgi.ini"]\n',
        "uwsgi.ini": "[uwsgi]\nmodule = config.wsgi\npy-autoreload = 1\n",
    }
    (found,) = findings(tmp_path, files)
    assert str(found.where) == "uwsgi.ini:3"


def test_metrics_of_a_library_make_statsd_needless(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: gunicorn config.wsgi\n",
        "gunicorn.conf.py": "workers = 4\n",
        "requirements.txt": "Django==5.2\nprometheus-client==0.20\n",
    }
    assert findings(tmp_path, files) == []
