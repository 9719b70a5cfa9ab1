from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Confidence, Finding
from tenfold.practices.database.supported_engine import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement


def judge(root: Path, settings: str) -> list[Judgement]:
    write_project(root, {"config/settings.py": settings})
    return list(check(read_project(root)))


def test_sqlite_below_a_database_url_is_left_to_the_deployment(tmp_path: Path) -> None:
    settings = (
        "import os\n\nimport dj_database_url\n\n"
        'if "DATABASE_URL" in os.environ:\n'
        '    DATABASES = {"default": dj_database_url.config()}\n'
        "else:\n"
        '    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n'
    )
    (answer,) = judge(tmp_path, settings)
    assert isinstance(answer, CannotTell)
    assert "DATABASE_URL" in answer.why


def test_a_second_database_on_sqlite_is_only_a_preview(tmp_path: Path) -> None:
    settings = (
        "DATABASES = {\n"
        '    "default": {"ENGINE": "django.db.backends.postgresql"},\n'
        '    "queue": {"ENGINE": "django.db.backends.sqlite3"},\n'
        "}\n"
    )
    (found,) = judge(tmp_path, settings)
    assert isinstance(found, Finding)
    assert found.confidence is Confidence.PREVIEW
    assert str(found.where) == "config/settings.py:3"


def test_a_default_of_sqlite_is_reported_with_medium_confidence(tmp_path: Path) -> None:
    settings = (
        "import os\n\n"
        'DATABASES = {"default": {"ENGINE": os.environ.get("ENGINE", "django.db.backends.sqlite3")}}\n'
    )
    (found,) = judge(tmp_path, settings)
    assert isinstance(found, Finding)
    assert found.confidence is Confidence.MEDIUM


def test_a_sample_of_productions_environment_that_sets_the_engine_is_believed(tmp_path: Path) -> None:
    settings = (
        "import os\n\n"
        'DATABASES = {"default": {"ENGINE": os.environ.get("ENGINE", "django.db.backends.sqlite3")}}\n'
    )
    (tmp_path / ".env.prod-sample").write_text("DEBUG=0\nENGINE=django.db.backends.postgresql\n", "utf-8")
    (answer,) = judge(tmp_path, settings)
    assert isinstance(answer, CannotTell)
    assert ".env.prod-sample" in answer.why


def test_a_server_that_only_development_starts_says_nothing_of_production(tmp_path: Path) -> None:
    settings = (
        "import os\n\n"
        'DATABASES = {"default": {"ENGINE": os.environ.get("ENGINE", "django.db.backends.sqlite3")}}\n'
    )
    compose = "services:\n  db:\n    image: postgres:17\n"
    (tmp_path / "docker-compose.dev.yml").write_text(compose, "utf-8")
    (answer,) = judge(tmp_path, settings)
    assert isinstance(answer, Finding)
