from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.checks import checking_pipeline, checking_texts
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.project.model import Project

CALLS_ONLY = "on: push\njobs:\n  a:\n    uses: example/workflows/.github/workflows/merge.yml@main\n"
BUILDS = "on: push\njobs:\n  a:\n    steps:\n      - run: docker build .\n"
RUNS = "on: push\njobs:\n  a:\n    steps:\n      - run: python manage.py test\n"


def project(root: Path, files: dict[str, str]) -> Project:
    write_project(root, files)
    return read_project(root)


def test_a_workflow_that_only_calls_another_is_no_place_for_a_check(tmp_path: Path) -> None:
    assert checking_pipeline(project(tmp_path, {".github/workflows/ci.yml": CALLS_ONLY})) == ""


def test_the_workflow_that_runs_tests_comes_first(tmp_path: Path) -> None:
    files = {".github/workflows/check.yml": BUILDS, ".github/workflows/django.yml": RUNS}
    assert checking_pipeline(project(tmp_path, files)) == ".github/workflows/django.yml"


def test_without_tests_the_workflow_named_after_checks_comes_first(tmp_path: Path) -> None:
    files = {".github/workflows/build.yml": BUILDS, ".github/workflows/lint.yml": BUILDS}
    assert checking_pipeline(project(tmp_path, files)) == ".github/workflows/lint.yml"


def test_an_image_build_checks_what_it_runs_and_not_what_it_installs(tmp_path: Path) -> None:
    text = "FROM python:3.13\nRUN pip install flake8==7.3.0 && flake8 .\n"
    texts = [t.strip() for t in checking_texts(project(tmp_path, {"Dockerfile": text})) if "flake8" in t]
    assert texts == ["flake8 ."]
