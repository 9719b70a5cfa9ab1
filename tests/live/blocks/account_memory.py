"""What the tests of remembered sessions and users share: the site, its user, and a client that is warm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from django_tenfold.accounts import shared_sessions
from django_tenfold.accounts.follower import follow, stop_following
from django_tenfold.accounts.models import Session
from tests.live.blocks.accounts_site.wsgi import SESSIONS, make_cache
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.django_site.servers import Servers

NAME = b"ann@example.org"


@pytest.fixture
def site(postgres_database: Servers, valkey_cache: Servers) -> Iterator[Servers]:
    with override_settings(**SESSIONS, CACHES={"default": make_cache(valkey_cache.cache_url)}):
        stop_following()
        yield postgres_database
        stop_following()
        shared_sessions.breaker.reset()


@pytest.fixture
def ann(site: Servers) -> Any:
    return get_user_model().objects.create_user(NAME.decode(), "pw")


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def key_of(client: Client) -> str:
    return client.cookies["sessionid"].value


def begin_following() -> None:
    """Until the follower is current."""
    wait_until(follow(Session).is_current, "the follower is current", 20)


def forget_in_process() -> None:
    """As a process that has just started."""
    stop_following()
    begin_following()


def warm(client: Client, path: str = "/who/") -> None:
    """Until two requests in a row cost no query."""
    wait_until(
        lambda: all(count_queries(lambda: client.get(path)) == 0 for _ in range(2)),
        "requests cost no query",
        20,
    )


def count_queries(do: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as caught:
        do()
    return len(caught)
