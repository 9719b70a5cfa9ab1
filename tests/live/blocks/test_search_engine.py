"""The contract on a real Elasticsearch or OpenSearch, where one is at hand.

TENFOLD_TEST_SEARCH_ENGINE is its address, `https://user:password@host:9200`; none is in a wheel or in Debian.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.django_tenfold.search.contract import SearchContract

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live

URL = os.environ.get("TENFOLD_TEST_SEARCH_ENGINE", "")
if not URL:
    pytest.skip("TENFOLD_TEST_SEARCH_ENGINE names no search engine", allow_module_level=True)


class TestRealEngine(SearchContract):
    @pytest.fixture
    def engine(self, postgres_database: Servers) -> Servers:
        return postgres_database

    @pytest.fixture
    def chosen(self, engine: Servers) -> dict[str, Any]:
        return {
            "engine_urls": [URL],
            "engine_refresh": "true",
            "engine_replicas": 0,
            "engine_prefix": "tenfold-test-",
            "engine_ca_file": os.environ.get("TENFOLD_TEST_SEARCH_CA", ""),
        }
