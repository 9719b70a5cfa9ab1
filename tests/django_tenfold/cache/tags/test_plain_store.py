"""The block on Django's other caches: files, a table, one that keeps nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from django_tenfold.cache.rows import get_cached, get_many_cached
from django_tenfold.cache.tags.plain_store import name_plain_key
from django_tenfold.cache.values import forget, get_or_compute
from tests.django_site.goods.models import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("sqlite_database")
BACKENDS = "django.core.cache.backends"


@pytest.fixture(params=["filebased.FileBasedCache", "db.DatabaseCache", "dummy.DummyCache"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    table = request.param.startswith("db.")
    entry = {"BACKEND": f"{BACKENDS}.{request.param}", "LOCATION": "cache_table" if table else str(tmp_path)}
    with override_settings(CACHES={"default": entry}):
        if table:
            call_command("createcachetable", verbosity=0)
        yield request.param


def test_values_and_rows_are_taken_back_on_every_cache(backend: str) -> None:
    shelf = Shelf.objects.create(name="old")
    calls: list[int] = []

    def find() -> list[str]:
        calls.append(1)
        return [*Shelf.objects.values_list("name", flat=True)]

    def ask() -> Any:
        rows = get_many_cached(Shelf, [shelf.pk]).values()
        names = get_or_compute("names", find, tags=[Shelf])
        return names, get_cached(Shelf, shelf.pk).name, [one.name for one in rows]

    assert [ask(), ask()] == [(["old"], "old", ["old"])] * 2
    assert len(calls) == (2 if "dummy" in backend else 1)
    Shelf.objects.update(name="new")
    assert ask() == (["new"], "new", ["new"])


@pytest.mark.parametrize("key", ["k" * 5_000, "кот" * 500, "a b\n"])
def test_long_and_strange_keys_are_kept_apart(backend: str, key: str) -> None:
    for end in ("1", "2"):
        assert get_or_compute(key + end, lambda end=end: end, tags=[key]) == end
    assert get_or_compute(key + "1", lambda: "anew") == ("anew" if "dummy" in backend else "1")
    forget(key + "1")
    assert get_or_compute(key + "1", lambda: "anew") == "anew"
    assert len(name_plain_key(key)) <= 200
