"""What one process changes, every other knows within the promised second: two servers, PostgreSQL, Valkey."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import override_settings

from django_tenfold.accounts.follower import stop_following
from tests.live.blocks.account_processes import (
    PROMISED,
    Browser,
    assert_effective,
    site_processes,
    under_load,
    warm,
)
from tests.live.blocks.accounts_site.wsgi import SESSIONS, make_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live

NAME = b"ann@example.org"
MAY = "/may/auth.view_group/"


@pytest.fixture(scope="module")
def ports(servers: Servers) -> Iterator[list[int]]:
    with site_processes(servers, 2) as found:
        yield found


@pytest.fixture
def ann(ports: list[int], postgres_database: Servers, valkey_cache: Servers) -> Iterator[Any]:
    stop_following()
    with override_settings(**SESSIONS, CACHES={"default": make_cache(valkey_cache.cache_url)}):
        yield get_user_model().objects.create_user(NAME.decode(), "pw")
    stop_following()


@pytest.fixture
def psql(postgres_database: Servers) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_database.database_url(), autocommit=True) as connection:
        yield connection


def shows(browser: Browser, port: int, expected: bytes, path: str = "/who/") -> Callable[[], bool]:
    return lambda: browser.ask(port, path) == expected


def test_a_logout_in_one_process_ends_the_session_in_the_other(ann: Any, ports: list[int]) -> None:
    browser = Browser.signed_in(ann)
    thief = Browser(dict(browser.cookies))
    warm(thief, ports)
    assert thief.ask(ports[1], "/who/") == NAME
    browser.ask(ports[0], "/leave/", {})
    assert_effective(shows(thief, ports[1], b""), time.monotonic())


CHANGES = {
    "a password changed by psql": "UPDATE people_person SET password = 'other' WHERE email = %s",
    "an account closed by psql": "UPDATE people_person SET is_active = false WHERE email = %s",
    "an account deleted by psql": "DELETE FROM people_person WHERE email = %s",
    "all sessions deleted by psql": "DELETE FROM tenfold_accounts_session WHERE %s <> ''",
    "a session ended by its date": "UPDATE tenfold_accounts_session SET expire_date = now() WHERE %s <> ''",
    "all sessions truncated": "TRUNCATE tenfold_accounts_session -- %s",
}


@pytest.mark.parametrize("sql", CHANGES.values(), ids=CHANGES.keys())
def test_what_psql_changes_is_effective_in_every_process(
    ann: Any, ports: list[int], psql: psycopg.Connection[Any], sql: str
) -> None:
    browser = Browser.signed_in(ann)
    warm(browser, ports)
    assert [browser.ask(port, "/who/") for port in ports] == [NAME, NAME]
    text = sql.replace("%s", f"'{NAME.decode()}'")
    psql.execute(text)  # type: ignore[call-overload]
    committed = time.monotonic()
    for port in ports:
        assert_effective(shows(browser, port, b""), committed)


def test_update_of_a_queryset_is_effective_in_every_process(ann: Any, ports: list[int]) -> None:
    browser = Browser.signed_in(ann)
    warm(browser, ports)
    get_user_model().objects.filter(pk=ann.pk).update(email="ann@other.org")
    committed = time.monotonic()
    for port in ports:
        assert_effective(shows(browser, port, b"ann@other.org"), committed)


def test_a_password_change_ends_the_sessions_of_others_and_not_ones_own(ann: Any, ports: list[int]) -> None:
    browser, other = Browser.signed_in(ann), Browser.signed_in(ann)
    warm(other, ports)
    browser.ask(ports[0], "/password/", {"password": "new"})
    committed = time.monotonic()
    assert [browser.ask(port, "/who/") for port in ports] == [NAME, NAME]
    for port in ports:
        assert_effective(shows(other, port, b""), committed)


def test_a_permission_given_to_a_group_by_psql_is_effective(
    ann: Any, ports: list[int], psql: psycopg.Connection[Any]
) -> None:
    group = Group.objects.create(name="readers")
    ann.groups.add(group)
    browser = Browser.signed_in(ann)
    warm(browser, ports, MAY)
    assert browser.ask(ports[1], MAY) == b"False"
    permission = Permission.objects.get(codename="view_group")
    psql.execute(
        "INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (%s, %s)",
        [group.pk, permission.pk],
    )
    assert_effective(shows(browser, ports[1], b"True", MAY), time.monotonic())
    psql.execute("DELETE FROM people_person_groups")
    assert_effective(shows(browser, ports[1], b"False", MAY), time.monotonic())


def test_a_transaction_that_commits_late_is_not_missed(
    ann: Any, ports: list[int], psql: psycopg.Connection[Any], postgres_database: Servers
) -> None:
    browser = Browser.signed_in(ann)
    warm(browser, ports)
    with psycopg.connect(postgres_database.database_url()) as late:
        late.execute("UPDATE people_person SET is_active = false")
        for _ in range(20):  # later transactions, each committed and followed before the first is
            psql.execute(
                "INSERT INTO tenfold_accounts_change (txid, kind, key) VALUES"
                " (pg_current_xact_id()::text::bigint, 'user', '0')"
            )
            browser.ask(ports[0], "/who/")
            time.sleep(0.05)
        assert browser.ask(ports[0], "/who/") == NAME
        late.commit()
        assert_effective(shows(browser, ports[0], b""), time.monotonic())


def test_no_request_ever_sees_what_was_more_than_the_promised_second_before(
    ann: Any, ports: list[int], psql: psycopg.Connection[Any], postgres_database: Servers
) -> None:
    """Quick and slow writers by turns, readers of both processes all the time."""
    browser = Browser.signed_in(ann)
    committed = [time.monotonic()]
    shown: list[tuple[float, int]] = []
    over = threading.Event()

    def read(port: int) -> None:
        reader = Browser(dict(browser.cookies))
        while not over.is_set():
            started = time.monotonic()
            name = reader.ask(port, "/who/").partition(b"@")[0]
            shown.append((started, int(name.removeprefix(b"ann") or 0)))

    readers = [threading.Thread(target=read, args=(port,)) for port in ports]
    for one in readers:
        one.start()
    with psycopg.connect(postgres_database.database_url()) as slow:
        for number in range(1, 16):
            writer = slow if number % 3 == 0 else psql
            writer.execute("UPDATE people_person SET email = %s", (f"ann{number}@example.org",))
            time.sleep(random.uniform(0, 0.4))
            writer.commit()
            committed.append(time.monotonic())
    over.set()
    for one in readers:
        one.join()
    late = [
        (at, seen) for at, seen in shown if seen + 1 < len(committed) and committed[seen + 1] + PROMISED < at
    ]
    assert (late, len(shown) > 15) == ([], True)


def test_who_posts_to_one_process_sees_it_in_the_other_at_once(ann: Any, ports: list[int]) -> None:
    browser = Browser.signed_in(ann)
    warm(browser, ports, "/keep/")
    for number in range(40):
        written = str(number)
        browser.ask(ports[number % 2], "/keep/", {"kept": written})
        assert browser.ask(ports[(number + 1) % 2], "/keep/").decode() == written


def test_who_changes_a_name_in_one_process_sees_it_in_the_other_at_once(ann: Any, ports: list[int]) -> None:
    browser = Browser.signed_in(ann)
    warm(browser, ports)
    for number in range(20):
        name = f"ann{number}@example.org"
        browser.ask(ports[number % 2], "/rename/", {"name": name})
        assert browser.ask(ports[(number + 1) % 2], "/who/").decode() == name


def test_a_cache_that_is_killed_and_comes_back_costs_no_answer_and_no_login(
    ann: Any, ports: list[int], servers: Servers
) -> None:
    browsers = [Browser.signed_in(ann) for _ in range(4)]
    with under_load(browsers, ports, NAME) as wrong:
        servers.kill("cache")
        try:
            for browser in browsers:
                browser.ask(ports[0], "/keep/", {"kept": "without a cache"})
            newcomer = Browser.signed_in(ann)
            assert [newcomer.ask(port, "/who/") for port in ports] == [NAME, NAME]
        finally:
            servers.start("cache")
        assert browsers[0].ask(ports[1], "/keep/") == b"without a cache"
    assert wrong == []


def test_a_follower_whose_connection_is_cut_begins_anew(
    ann: Any, ports: list[int], psql: psycopg.Connection[Any]
) -> None:
    browser = Browser.signed_in(ann)
    warm(browser, ports)
    psql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%%tenfold_accounts_change%%'"
        " AND pid <> pg_backend_pid()"
    )
    get_user_model().objects.filter(pk=ann.pk).update(is_active=False)
    committed = time.monotonic()
    for port in ports:
        assert_effective(shows(browser, port, b""), committed)


def test_async_servers_answer_from_memory_and_hear_of_changes_too(
    ann: Any, servers: Servers, psql: psycopg.Connection[Any]
) -> None:
    with site_processes(servers, 2, asgi=True) as ports:
        browser = Browser.signed_in(ann)
        warm(browser, ports, "/who-async/")
        for number in range(10):
            browser.ask(ports[number % 2], "/keep-async/", {"kept": str(number)})
            assert browser.ask(ports[(number + 1) % 2], "/keep-async/").decode() == str(number)
        psql.execute("UPDATE people_person SET is_active = false")
        committed = time.monotonic()
        for port in ports:
            assert_effective(shows(browser, port, b"", "/who-async/"), committed)
