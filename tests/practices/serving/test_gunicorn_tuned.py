from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.practice import CannotTell, Confidence, Finding, Impact
from tenfold.practices.serving.gunicorn_tuned import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement


def judge(root: Path, files: dict[str, str]) -> list[Judgement]:
    write_project(root, files)
    return list(check(read_project(root)))


def findings(root: Path, files: dict[str, str]) -> list[Finding]:
    return [j for j in judge(root, files) if isinstance(j, Finding)]


def in_image(command: str) -> dict[str, str]:
    return {"Dockerfile": f"FROM python:3.13-slim\nCMD {command}\n"}


def test_workers_left_at_one_are_found_with_high_impact(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, in_image("gunicorn config.wsgi"))
    assert (found.impact, found.confidence) == (Impact.HIGH, Confidence.PREVIEW)


def test_the_images_web_concurrency_sets_the_workers(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM python:3.13-slim\nENV WEB_CONCURRENCY=4\nCMD gunicorn config.wsgi\n"}
    assert judge(tmp_path, files) == []


def test_an_environment_file_that_names_web_concurrency_cannot_be_told(tmp_path: Path) -> None:
    files = {**in_image("gunicorn config.wsgi"), ".env.example": "WEB_CONCURRENCY=4\n"}
    (answer,) = judge(tmp_path, files)
    assert isinstance(answer, CannotTell)


def test_threads_alone_answer_several_requests(tmp_path: Path) -> None:
    assert judge(tmp_path, in_image("gunicorn config.wsgi --threads 8")) == []


def test_one_gevent_worker_is_no_single_request(tmp_path: Path) -> None:
    assert judge(tmp_path, in_image("gunicorn config.wsgi -k gevent")) == []


def test_workers_that_the_processors_decide_are_no_default(tmp_path: Path) -> None:
    files = {
        **in_image("gunicorn config.wsgi -c gunicorn.conf.py"),
        "gunicorn.conf.py": "import multiprocessing\n\nworkers = min(multiprocessing.cpu_count(), 4)\n",
    }
    assert judge(tmp_path, files) == []


def test_keepalive_on_a_class_that_defaults_to_sync_is_found_at_its_line(tmp_path: Path) -> None:
    files = {
        **in_image("gunicorn --config wsgi/config.py"),
        "wsgi/config.py": (
            "from os import getenv\n"
            'bind = "0.0.0.0:8000"\n'
            'workers = int(getenv("WORKERS", 3))\n'
            'worker_class = getenv("WORKER_CLASS", "sync")\n'
            'keepalive = int(getenv("KEEP_ALIVE", 60))\n'
        ),
    }
    (found,) = findings(tmp_path, files)
    assert str(found.where) == "wsgi/config.py:5"
    assert "WORKER_CLASS" in found.message
    assert found.confidence is Confidence.MEDIUM
    assert found.fixable is None


@pytest.mark.parametrize("option", ["--threads 4", "-k gthread", "-k uvicorn.workers.UvicornWorker"])
def test_keepalive_is_kept_by_other_workers(tmp_path: Path, option: str) -> None:
    assert judge(tmp_path, in_image(f"gunicorn config.wsgi -w 4 --keep-alive 75 {option}")) == []


def test_keepalive_at_its_default_claims_nothing(tmp_path: Path) -> None:
    assert judge(tmp_path, in_image("gunicorn config.wsgi -w 4 --keep-alive 2")) == []


def test_jitter_of_zero_is_no_jitter(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path, in_image("gunicorn config.wsgi -w 4 --max-requests 500 --max-requests-jitter 0")
    )
    assert "500" in found.message


def test_a_timeout_of_zero_is_found_on_sync_workers_only(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, in_image("gunicorn config.wsgi -w 4 --timeout 0"))
    assert "for ever" in found.message
    assert found.confidence is Confidence.MEDIUM


def test_a_timeout_of_two_minutes_is_accepted(tmp_path: Path) -> None:
    assert judge(tmp_path, in_image("gunicorn config.wsgi -w 4 --timeout 120")) == []


def test_gevent_on_a_driver_that_blocks_is_found(tmp_path: Path) -> None:
    files = {
        **in_image("gunicorn config.wsgi -w 4 -k gevent"),
        "requirements.txt": "Django==5.2\npsycopg2==2.9\n",
    }
    (found,) = findings(tmp_path, files)
    assert found.impact is Impact.HIGH


def test_a_stop_signal_of_the_image_replaces_die_on_term(tmp_path: Path) -> None:
    files = {
        "Dockerfile": 'FROM python:3.13-slim\nSTOPSIGNAL SIGINT\nCMD ["uwsgi", "uwsgi.ini"]\n',
        "uwsgi.ini": "[uwsgi]\nmodule = config.wsgi\nmaster = 1\nprocesses = 4\nharakiri = 30\nneed-app = 1\n",
    }
    assert judge(tmp_path, files) == []


def test_processes_under_a_condition_count(tmp_path: Path) -> None:
    files = {
        **in_image('["uwsgi", "uwsgi.ini"]'),
        "uwsgi.ini": (
            "[uwsgi]\nmaster\ndie-on-term\nneed-app\nharakiri = 10\n"
            "if-not-env = UWSGI_PROCESSES\nprocesses = 4\nendif =\n"
        ),
    }
    assert judge(tmp_path, files) == []


def test_a_start_that_a_variable_chooses_cannot_be_told(tmp_path: Path) -> None:
    files = {
        **in_image('["./start.sh"]'),
        "start.sh": '#!/bin/sh\nif [ "$USE_GUNICORN" = "True" ]; then\n  gunicorn config.wsgi\nfi\n',
    }
    (answer,) = judge(tmp_path, files)
    assert isinstance(answer, CannotTell)
