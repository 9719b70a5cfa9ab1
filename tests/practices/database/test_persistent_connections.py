from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Confidence, Finding
from tenfold.practices.database.persistent_connections import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement

ASGI = {"Dockerfile": "FROM python:3.13\nCMD uvicorn config.asgi:application\n"}


def judge(root: Path, inside: str, files: dict[str, str] | None = None) -> list[Judgement]:
    text = f'DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", {inside}}}}}\n'
    write_project(root, {"config/settings.py": text, **(files or {})})
    return list(check(read_project(root)))


def test_kept_connections_leak_under_an_event_loop(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, '"CONN_MAX_AGE": 60', ASGI)
    assert isinstance(found, Finding)
    assert "pile up" in found.message


def test_an_event_loop_without_a_pool_opens_one_per_request(tmp_path: Path) -> None:
    files = {**ASGI, "requirements.txt": "Django==5.2\npsycopg==3.2\n"}
    (found,) = judge(tmp_path, '"CONN_MAX_AGE": 0', files)
    assert isinstance(found, Finding)
    assert found.confidence is Confidence.MEDIUM
    assert "a pool can" in found.message


def test_a_pool_that_django_does_not_have_yet_is_not_asked_for(tmp_path: Path) -> None:
    files = {**ASGI, "requirements.txt": "Django==4.2.1\npsycopg==3.2\n"}
    (answer,) = judge(tmp_path, '"CONN_MAX_AGE": 0', files)
    assert isinstance(answer, CannotTell)


def test_an_unused_configuration_file_does_not_tell_the_server(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: gunicorn config.wsgi -w 4\n",
        "etc/gunicorn.py": 'bind = "0.0.0.0:1"\nworkers = 1\nworker_class = "gevent"\n',
    }
    assert judge(tmp_path, '"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True', files) == []


def test_a_check_that_django_does_not_have_yet_is_not_asked_for(tmp_path: Path) -> None:
    assert judge(tmp_path, '"CONN_MAX_AGE": 60', {"requirements.txt": "Django==3.2.25\n"}) == []


def test_settings_of_developments_containers_are_not_productions(tmp_path: Path) -> None:
    text = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}\n'
    wsgi = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.docker_compose")\n'
    files = {
        "config/docker_compose.py": text,
        "config/wsgi.py": wsgi,
        "manage.py": wsgi,
        "docker-compose.override.yml": "services:\n  web:\n    image: shop\n",
    }
    write_project(tmp_path, files)
    (answer,) = check(read_project(tmp_path))
    assert isinstance(answer, CannotTell)
    assert "only development starts" in answer.why
