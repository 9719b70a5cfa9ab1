from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Confidence, Finding, Impact
from tenfold.practices.serving.no_runserver import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement


def judge(root: Path, files: dict[str, str]) -> list[Judgement]:
    write_project(root, files)
    return list(check(read_project(root)))


def test_a_compose_file_of_unsure_purpose_is_reported_with_less_confidence(tmp_path: Path) -> None:
    compose = "services:\n  web:\n    image: shop\n    command: python manage.py runserver 0.0.0.0:8000\n"
    (found,) = judge(tmp_path, {"docker-compose.yml": compose})
    assert isinstance(found, Finding)
    assert found.confidence is Confidence.MEDIUM


def test_what_an_image_starts_by_default_is_critical_as_a_preview(tmp_path: Path) -> None:
    (found,) = judge(
        tmp_path, {"Dockerfile": "FROM python:3.13\nCMD python manage.py runserver 0.0.0.0:80\n"}
    )
    assert isinstance(found, Finding)
    assert (found.impact, found.confidence) == (Impact.CRITICAL, Confidence.PREVIEW)


def test_a_procfile_that_starts_it_is_reported_with_more_confidence_than_an_image(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, {"Procfile": "web: python manage.py runserver 0.0.0.0:$PORT\n"})
    assert isinstance(found, Finding)
    assert found.confidence is Confidence.MEDIUM


def test_a_repository_that_starts_nothing_cannot_be_told(tmp_path: Path) -> None:
    (answer,) = judge(tmp_path, {})
    assert isinstance(answer, CannotTell)
