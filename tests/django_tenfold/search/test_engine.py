"""The contract on Elasticsearch's and OpenSearch's API, by a double of it; the outbox is SQLite's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.django_tenfold.search.contract import SearchContract
from tests.django_tenfold.search.engine_double.server import run_double

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_tenfold.search.engine_double.server import Double


class TestEngine(SearchContract):
    @pytest.fixture
    def engine(self, sqlite_database: None) -> Iterator[Double]:
        with run_double() as double:
            yield double

    @pytest.fixture
    def chosen(self, engine: Double) -> dict[str, Any]:
        return {"engine_urls": [engine.url], "engine_refresh": "true", "engine_replicas": 0}
