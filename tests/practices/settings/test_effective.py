from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.practice import Impact
from tests.practices.example_project import find_in

if TYPE_CHECKING:
    from pathlib import Path

DATABASES = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}\n'


def test_the_remedy_takes_over_the_value_as_it_is_written(tmp_path: Path) -> None:
    settings = "import os\n" + DATABASES + 'ATOMIC_REQUESTS = os.environ.get("ATOMIC") == "1"\n'
    (found,) = find_in(tmp_path, "settings/effective", {"config/settings.py": settings})
    assert 'DATABASES["default"]["ATOMIC_REQUESTS"] = os.environ.get(' in found.remedy
    assert found.impact is Impact.HIGH


def test_a_misplaced_value_that_django_uses_anyway_is_of_low_impact(tmp_path: Path) -> None:
    settings = DATABASES + "CONN_MAX_AGE = 0\n"
    (found,) = find_in(tmp_path, "settings/effective", {"config/settings.py": settings})
    assert found.impact is Impact.LOW
    assert found.remedy == "Delete the line."


def test_keys_of_other_backends_are_left_alone(tmp_path: Path) -> None:
    settings = """
DATABASES = {"default": {"ENGINE": "dj_db_conn_pool.backends.postgresql", "POOL_OPTIONS": {"POOL_SIZE": 5}}}
CACHES = {"default": {"BACKEND": "django_bmemcached.memcached.BMemcached", "USERNAME": "shop"}}
"""
    assert find_in(tmp_path, "settings/effective", {"config/settings.py": settings}) == []
