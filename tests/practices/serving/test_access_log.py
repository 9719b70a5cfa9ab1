from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.edits.model import SetSetting
from tenfold.practice import CannotTell, Finding, Impact
from tenfold.practices.serving.access_log import check, fix
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement


def judge(root: Path, files: dict[str, str]) -> list[Judgement]:
    write_project(root, files)
    return list(check(read_project(root)))


def in_image(command: str) -> dict[str, str]:
    return {"Dockerfile": f"FROM python:3.13-slim\nCMD {command}\n"}


def test_a_format_of_a_script_without_duration_is_found_there(tmp_path: Path) -> None:
    files = {
        "Dockerfile": 'FROM python:3.13-slim\nCMD ["bin/run-prod.sh"]\n',
        "bin/run-prod.sh": (
            "#!/bin/sh\n"
            "FORMAT='%(h)s %(t)s %(s)s'\n"
            'exec gunicorn config.wsgi --access-logfile - --access-logformat "${FORMAT}"\n'
        ),
    }
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    assert (str(found.where), found.impact) == ("bin/run-prod.sh:3", Impact.LOW)


def test_a_format_with_the_duration_holds(tmp_path: Path) -> None:
    command = """["gunicorn", "config.wsgi", "--access-logfile", "-", "--access-logformat", "%(h)s %(L)s"]"""
    assert judge(tmp_path, in_image(command)) == []


def test_a_logging_middleware_makes_a_silent_server_untellable(tmp_path: Path) -> None:
    files = {
        **in_image("uvicorn config.asgi:application --no-access-log"),
        "config/settings.py": 'MIDDLEWARE = ["django_structlog.middlewares.RequestMiddleware"]\n',
    }
    (answer,) = judge(tmp_path, files)
    assert isinstance(answer, CannotTell)


def test_a_platforms_router_may_log_for_a_silent_server(tmp_path: Path) -> None:
    files = {**in_image("uvicorn config.asgi:application --no-access-log"), "fly.toml": 'app = "shop"\n'}
    assert not [j for j in judge(tmp_path, files) if isinstance(j, Finding)]


def test_uwsgi_that_logs_errors_only_is_accepted(tmp_path: Path) -> None:
    files = {
        **in_image('["uwsgi", "uwsgi.ini"]'),
        "uwsgi.ini": "[uwsgi]\nmodule = config.wsgi\ndisable-logging = true\nlog-5xx = true\n",
    }
    assert judge(tmp_path, files) == []


def test_uwsgi_without_any_log_is_found_at_its_line(tmp_path: Path) -> None:
    files = {
        **in_image('["uwsgi", "uwsgi.ini"]'),
        "uwsgi.ini": "[uwsgi]\nmodule = config.wsgi\ndisable-logging = true\n",
    }
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    assert str(found.where) == "uwsgi.ini:3"


def test_a_server_that_logs_again_in_a_location_is_not_silent(tmp_path: Path) -> None:
    files = {
        "nginx.conf": (
            "server {\n    access_log off;\n    location / {\n        access_log /dev/stdout;\n"
            "        proxy_pass http://web:8000;\n    }\n}\n"
        )
    }
    assert judge(tmp_path, files) == []


def test_the_format_is_mended_in_the_configuration_file_that_the_command_names(tmp_path: Path) -> None:
    files = {
        **in_image("gunicorn config.wsgi -c gunicorn.conf.py --access-logfile -"),
        "gunicorn.conf.py": "workers = 4\n",
    }
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    project = read_project(tmp_path)
    (change,) = fix(found, project)
    assert isinstance(change, SetSetting)
    assert change.path == "gunicorn.conf.py"
