from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Finding
from tenfold.practices.serving.timeouts_aligned import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement

NGINX = "server {\nlocation / {\nproxy_pass http://web:8000;\n}\n}\n"


def judge(root: Path, files: dict[str, str]) -> list[Judgement]:
    write_project(root, files)
    return list(check(read_project(root)))


def database(options: str) -> dict[str, str]:
    text = f'DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "OPTIONS": {options}}}}}\n'
    return {"config/settings.py": text}


def test_nginxs_default_is_a_step(tmp_path: Path) -> None:
    files = {"nginx.conf": NGINX, "Procfile": "web: gunicorn config.wsgi -w 4 -t 90\n"}
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    assert "60 s, its default" in found.message
    assert str(found.where) == "Procfile:1"


def test_waiting_for_the_pool_as_long_as_the_worker_lives_is_found(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: gunicorn config.wsgi -w 4\n",
        **database('{"pool": {"max_size": 2, "timeout": 30}}'),
    }
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    assert "pool" in found.message


def test_a_lock_outlasting_its_statement_is_found(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: gunicorn config.wsgi -w 4\n",
        **database('{"options": "-c statement_timeout=10s -c lock_timeout=20s"}'),
    }
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    assert "lock_timeout (20 s)" in found.message


def test_herokus_router_is_a_step_above_the_server(tmp_path: Path) -> None:
    files = {"Procfile": "web: gunicorn config.wsgi -w 4 --timeout 60\n", "heroku.yml": "build: {}\n"}
    (found,) = judge(tmp_path, files)
    assert isinstance(found, Finding)
    assert "Heroku's router (30 s" in found.message


def test_one_known_step_is_no_ladder(tmp_path: Path) -> None:
    (answer,) = judge(tmp_path, {"Procfile": "web: gunicorn config.wsgi -w 4 --timeout 300\n"})
    assert isinstance(answer, CannotTell)


def test_an_event_loop_has_no_limit_per_request(tmp_path: Path) -> None:
    files = {"nginx.conf": NGINX, "Procfile": "web: uvicorn config.asgi:application\n"}
    (answer,) = judge(tmp_path, files)
    assert isinstance(answer, CannotTell)
