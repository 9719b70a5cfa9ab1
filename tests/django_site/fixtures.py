"""Fixtures for tests of blocks; the conftest files of tests/django_tenfold and tests/live/blocks take them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import override_settings

from tests.django_site.databases import databases, empty_tables, make_tables
from tests.django_site.servers import Servers
from tests.django_site.settings import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator


if not settings.configured:  # while tests are collected: their modules import models
    settings.configure(**SITE)
    django.setup()


@pytest.fixture(scope="session")
def _file_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "site.sqlite3"
    with databases({"default": _sqlite(path)}):
        make_tables()
    return path


def _sqlite(path: Path) -> dict[str, object]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": {"timeout": 20}}


@pytest.fixture
def sqlite_database(_file_with_tables: Path) -> Iterator[None]:
    """The default database is an SQLite file with all tables; they are emptied afterwards."""
    with databases({"default": _sqlite(_file_with_tables)}):
        yield
        empty_tables()


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Valkey, running, for the whole session. What a test kills it starts again."""
    with tempfile.TemporaryDirectory(prefix="tenfold-", ignore_cleanup_errors=True) as folder:
        made = Servers(Path(folder))
        try:
            made.start("postgres")
            made.start("cache")
            with databases({"default": made.database_entry()}):
                make_tables()
            yield made
        finally:
            made.stop()


@pytest.fixture
def postgres_database(servers: Servers) -> Iterator[Servers]:
    """The default database is a real PostgreSQL with all tables; they are emptied afterwards."""
    with databases({"default": servers.database_entry()}):
        yield servers
        empty_tables()


@pytest.fixture
def valkey_cache(servers: Servers) -> Iterator[Servers]:
    """The default cache is a real Valkey; it is emptied afterwards."""
    entry = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": servers.cache_url}
    with override_settings(CACHES={"default": entry}):
        yield servers
        caches["default"].clear()
