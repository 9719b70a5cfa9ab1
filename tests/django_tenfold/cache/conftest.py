"""A cache of this process alone, and the models that are watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import override_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

WATCHED = {"models": ["goods.Shelf", "goods.Thing", "goods.GuardedChild"], "jitter": 0}


@pytest.fixture(autouse=True)
def local_cache() -> Iterator[None]:
    entry = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    with override_settings(CACHES={"default": entry}, TENFOLD_CACHE=WATCHED):
        yield
        cache.clear()
