from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Finding, NotApplicable
from tenfold.practices.tasks.broker_verified import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement


def judge(root: Path, settings: str) -> list[Judgement]:
    write_project(root, {"config/settings.py": settings})
    return list(check(read_project(root)))


def test_settings_without_cache_and_broker_are_not_concerned(tmp_path: Path) -> None:
    (answer,) = judge(tmp_path, "DEBUG = False\n")
    assert isinstance(answer, NotApplicable)


def test_a_query_parameter_that_turns_verification_off_is_found(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, 'CELERY_BROKER_URL = "rediss://cache:6379/0?ssl_cert_reqs=none"\n')
    assert isinstance(found, Finding)


def test_a_verified_query_parameter_holds(tmp_path: Path) -> None:
    assert judge(tmp_path, 'CELERY_BROKER_URL = "rediss://cache:6379/0?ssl_cert_reqs=required"\n') == []
