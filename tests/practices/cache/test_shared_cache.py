from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.practice import Confidence
from tests.practices.example_project import find_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("imported", "confidence"),
    [
        ("from django.views.decorators.cache import cache_control, never_cache", Confidence.MEDIUM),
        ("from django.core.cache import CacheKeyWarning", Confidence.MEDIUM),
        ("from django.views.decorators.cache import cache_page", Confidence.HIGH),
        ("from django.core.cache import cache", Confidence.HIGH),
    ],
)
def test_only_code_that_stores_in_the_cache_uses_it(
    tmp_path: Path, imported: str, confidence: Confidence
) -> None:
    files = {"config/settings.py": "DEBUG = False\n", "shop/views.py": imported + "\n"}
    (found,) = find_in(tmp_path, "cache/shared-cache", files)
    assert found.confidence is confidence


def test_a_variable_that_decides_the_cache_is_named(tmp_path: Path) -> None:
    settings = "import django_cache_url\n\nCACHES = {'default': django_cache_url.config()}\n"
    (found,) = find_in(tmp_path, "cache/shared-cache", {"config/settings.py": settings})
    assert found.message.startswith("Unless the environment sets CACHE_URL, the default cache is LocMemCache")
    assert found.fixable is None
