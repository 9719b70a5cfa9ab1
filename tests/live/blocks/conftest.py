from __future__ import annotations

from tests.django_site.fixtures import (
    _file_with_tables,
    postgres_database,
    servers,
    sqlite_database,
    valkey_cache,
)

__all__ = [
    "_file_with_tables",
    "postgres_database",
    "servers",
    "sqlite_database",
    "valkey_cache",
]
