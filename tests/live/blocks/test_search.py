"""Search on a real PostgreSQL: the contract of every engine, and what only it can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.django_tenfold.search.contract import SearchContract

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live


class TestPostgres(SearchContract):
    @pytest.fixture
    def engine(self, postgres_database: Servers) -> Servers:
        return postgres_database
