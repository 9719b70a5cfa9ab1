"""The ground that the tests of blocks stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live


def test_a_user_is_kept_by_a_real_database_and_a_real_cache(
    postgres_database: Servers, valkey_cache: Servers
) -> None:
    get_user_model().objects.create_user("ann@x.org")
    cache.set("ann", 1)
    assert (get_user_model().objects.count(), cache.get("ann")) == (1, 1)


def test_the_next_test_finds_both_empty(postgres_database: Servers, valkey_cache: Servers) -> None:
    assert (get_user_model().objects.count(), cache.get("ann")) == (0, None)
