"""Sessions and users from memory on a real PostgreSQL and a real Valkey, in one process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import auth
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from django_tenfold.accounts.follower import follow, stop_following
from django_tenfold.accounts.models import Session
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live

MIDDLEWARE = [
    "django_tenfold.accounts.middleware.SessionMiddleware",
    "django_tenfold.accounts.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
PROMISED = 1.0
"""Seconds after which a commit is effective everywhere."""


@pytest.fixture
def site(postgres_database: Servers, valkey_cache: Servers) -> Iterator[Servers]:
    with override_settings(
        MIDDLEWARE=MIDDLEWARE,
        SESSION_ENGINE="django_tenfold.accounts.sessions",
        ROOT_URLCONF="tests.django_site.accounts_urls",
    ):
        stop_following()
        yield postgres_database
        stop_following()


@pytest.fixture
def ann(site: Servers) -> Any:
    return get_user_model().objects.create_user("ann@example.org", "pw")


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def warm(client: Client, path: str = "/who/") -> None:
    """Until two requests in a row cost no query."""

    def costs_nothing() -> bool:
        return all(count_queries(lambda: client.get(path)) == 0 for _ in range(2))

    wait_until(costs_nothing, "a request costs no query", 20)


def count_queries(do: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as caught:
        do()
    return len(caught)


def test_an_authenticated_request_costs_no_query(ann: Any) -> None:
    client = client_of(ann)
    warm(client)
    assert client.get("/who/").content == b"ann@example.org"


def test_a_change_by_update_is_heard_of_within_the_promised_second(ann: Any) -> None:
    client = client_of(ann)
    warm(client)
    get_user_model().objects.filter(pk=ann.pk).update(is_active=False)
    wait_until(lambda: client.get("/who/").content == b"", "the user is inactive", PROMISED)
