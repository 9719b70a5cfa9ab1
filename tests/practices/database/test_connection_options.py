from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import CannotTell, Confidence, Finding
from tenfold.practices.database.connection_options import check
from tenfold.project.readers.project import read_project
from tests.practices.example_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from tenfold.practice import Judgement

BRANCHES = """import os

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"timeout": 5}}}
if os.getenv("DB") == "postgres":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "OPTIONS": {"sslmode": "prefer"},
        }
    }
if os.getenv("DB") == "mysql":
    DATABASES = {"default": {"ENGINE": "django.db.backends.mysql"}}
"""


def judge(root: Path, settings: str) -> list[Judgement]:
    write_project(root, {"config/settings.py": settings})
    return list(check(read_project(root)))


def test_the_finding_stands_in_the_branch_of_the_engine_that_it_judges(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, BRANCHES)
    assert isinstance(found, Finding)
    assert str(found.where) == "config/settings.py:8"
    assert "timeout" not in found.proof


def test_an_engine_from_a_url_beside_sqlite_cannot_be_told(tmp_path: Path) -> None:
    settings = (
        "import os\n\nimport dj_database_url\n\n"
        'if "DATABASE_URL" in os.environ:\n'
        '    DATABASES = {"default": dj_database_url.config()}\n'
        "else:\n"
        '    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n'
    )
    (answer,) = judge(tmp_path, settings)
    assert isinstance(answer, CannotTell)


PARSED = """import os
from config.parsing import parse


def databases():
    engine = os.environ.get("ENGINE")
    if engine == "sqlite":
        config = {"ENGINE": "django.db.backends.sqlite3"}
        options = {"transaction_mode": "IMMEDIATE"}
    else:
        config = {
            "ENGINE": "django.db.backends.postgresql",
        }
        options = {"sslmode": os.environ.get("SSL", "prefer")}
        if os.environ.get("POOL"):
            options["application_name"] = "shop"
    config["OPTIONS"] = parse(options)
    return {"default": config}


DATABASES = databases()
"""
PARSING = """import copy
import os


def parse(given=None):
    parsed = copy.deepcopy(given) if given else {}
    if not os.environ.get("OPTIONS"):
        return parsed
    return parsed
"""


def test_options_made_in_another_file_are_reported_at_their_engine_as_a_preview(
    tmp_path: Path,
) -> None:
    write_project(tmp_path, {"config/parsing.py": PARSING})
    (found,) = judge(tmp_path, PARSED)
    assert isinstance(found, Finding)
    assert str(found.where) == "config/settings.py:12"
    assert found.confidence is Confidence.PREVIEW
    assert found.proof == "OPTIONS = application_name, sslmode"
