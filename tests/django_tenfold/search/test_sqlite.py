"""The contract on SQLite with FTS5."""

from __future__ import annotations

import pytest

from tests.django_tenfold.search.contract import SearchContract


class TestSqlite(SearchContract):
    @pytest.fixture
    def engine(self, sqlite_database: None) -> None:
        return None
