from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Confidence, Finding, NotApplicable
from tenfold.practices.database.pooler import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement


def judge(root: Path, files: dict[str, str]) -> list[Judgement]:
    write_project(root, files)
    return list(check(read_project(root)))


def database(inside: str = "") -> dict[str, str]:
    text = f'DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", {inside}}}}}\n'
    return {"config/settings.py": text}


def compose(web: str, *others: str) -> dict[str, str]:
    return {"docker-compose.prod.yml": "services:\n  web:\n    image: shop\n" + web + "".join(others)}


WEB = "    command: gunicorn config.wsgi -w 4 --threads 4\n    deploy: {replicas: 4}\n"


def test_the_sum_of_web_and_workers_is_printed(tmp_path: Path) -> None:
    worker = (
        "  worker:\n    image: shop\n    command: celery -A config worker -c 16\n    deploy: {replicas: 2}\n"
    )
    (found,) = judge(tmp_path, {**database(), **compose(WEB, worker)})
    assert isinstance(found, Finding)
    assert "web: 4 processes x 4 threads x 4 replicas = 64" in found.message
    assert "worker: 16 processes x 1 thread x 2 replicas = 32" in found.message
    assert "96 connections, and PostgreSQL admits 100 by default, 87" in found.message
    assert found.confidence is Confidence.MEDIUM


def test_a_larger_server_admits_them(tmp_path: Path) -> None:
    server = "  db:\n    image: postgres:17\n    command: postgres -c max_connections=300\n"
    web = WEB.replace("4}", "10}")
    assert judge(tmp_path, {**database(), **compose(web, server)}) == []


def test_a_pool_bounds_the_sum(tmp_path: Path) -> None:
    pool = '"OPTIONS": {"pool": {"min_size": 1, "max_size": 2}}'
    web = WEB.replace("4}", "10}")
    assert judge(tmp_path, {**database(pool), **compose(web)}) == []


def test_unknown_replicas_cannot_be_told(tmp_path: Path) -> None:
    (answer,) = judge(tmp_path, {**database(), "Procfile": "web: gunicorn config.wsgi -w 4\n"})
    assert isinstance(answer, CannotTell)


def test_kept_connections_in_front_of_a_transaction_pooler_are_fine(tmp_path: Path) -> None:
    bouncer = (
        "  pgbouncer:\n    image: bitnami/pgbouncer\n    environment: {PGBOUNCER_POOL_MODE: transaction}\n"
    )
    inside = '"CONN_MAX_AGE": 60, "DISABLE_SERVER_SIDE_CURSORS": True'
    assert judge(tmp_path, {**database(inside), **compose(WEB, bouncer)}) == []


def test_a_pooler_named_by_host_has_an_unknown_mode(tmp_path: Path) -> None:
    (answer,) = judge(tmp_path, database('"HOST": "pgbouncer.internal", "PORT": 6432'))
    assert isinstance(answer, CannotTell)
    assert "mode" in answer.why


def test_cursors_turned_off_by_the_environment_are_left_to_it(tmp_path: Path) -> None:
    bouncer = "  pgbouncer:\n    image: bitnami/pgbouncer\n    environment: {POOL_MODE: transaction}\n"
    text = (
        'import os\n\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", '
        '"DISABLE_SERVER_SIDE_CURSORS": os.environ.get("POOLED") == "1"}}\n'
    )
    assert judge(tmp_path, {"config/settings.py": text, **compose(WEB, bouncer)}) == []


def test_sqlite_is_not_concerned(tmp_path: Path) -> None:
    text = 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n'
    (answer,) = judge(tmp_path, {"config/settings.py": text})
    assert isinstance(answer, NotApplicable)
