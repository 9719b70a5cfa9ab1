"""Probes of a real server while its database and cache are killed, stopped and made read-only."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tests.live.blocks.observability_processes import BEARER, gunicorn, read_json, serving, uvicorn
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.django_site.servers import Servers
    from tests.live.blocks.observability_processes import Answer, Site

pytestmark = pytest.mark.live

LIMIT = 2.0
"""Seconds: `ready_seconds` of the site."""
SLACK = 3.0
"""Seconds beyond the limit that a busy machine may take."""
SERVERS = {"sync": gunicorn("--threads", "2"), "async": uvicorn()}


@pytest.fixture(params=list(SERVERS))
def site(
    request: pytest.FixtureRequest, postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> Iterator[Site]:
    with serving(postgres_database, tmp_path, *SERVERS[request.param], SITE_HTTPS="1") as site:
        yield site


@contextmanager
def stopped(servers: Servers, name: str) -> Iterator[None]:
    process = servers.driver.running[name]
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def ready_within_limit(site: Site) -> Answer:
    started = time.monotonic()
    answer = site.ask("/readyz")
    assert time.monotonic() - started < LIMIT + SLACK
    return answer


def await_ready(site: Site, status: int, text: str) -> None:
    wait_until(
        lambda: ((answer := ready_within_limit(site)).status, answer.text.strip()) == (status, text),
        f"/readyz says {status} {text}",
    )


def test_probes_are_answered_for_any_host_over_plain_http(site: Site) -> None:
    assert site.ask("/hello").status == 301  # to HTTPS
    assert site.ask("/hello", host="10.2.3.4").status in (301, 400)
    for path in ("/livez", "/readyz"):
        answer = site.ask(path, host="10.2.3.4")
        assert (answer.status, answer.text, answer.headers["cache-control"]) == (200, "ok\n", "no-store")


def test_a_database_that_is_killed_is_told_and_comes_back(site: Site, servers: Servers) -> None:
    await_ready(site, 200, "ok")
    servers.kill("postgres")
    try:
        await_ready(site, 503, "database: no answer")
        assert site.ask("/livez").status == 200
        assert not site.metrics()['tenfold_database_up{alias="default"}']
    finally:
        servers.start("postgres")
    await_ready(site, 200, "ok")


def test_a_database_that_hangs_is_told_within_the_limit(site: Site, servers: Servers) -> None:
    with stopped(servers, "postgres"):
        await_ready(site, 503, "database: no answer")
        assert site.ask("/livez").status == 200
    await_ready(site, 200, "ok")


def test_a_read_only_database_is_not_ready_for_writes(site: Site, postgres_database: Servers) -> None:
    name = postgres_database.database_entry()["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    try:
        await_ready(site, 503, "database: read-only")
        assert site.ask("/livez").status == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            cursor.execute("RESET default_transaction_read_only")
    await_ready(site, 200, "ok")


@pytest.mark.parametrize("fault", ["kill", "stop"])
def test_a_cache_that_is_gone_leaves_the_host_ready_and_is_told_to_those_who_may_know(
    site: Site, servers: Servers, fault: str
) -> None:
    def degraded() -> list[str]:
        answer = site.ask("/readyz?verbose", **BEARER)
        assert answer.status == 200
        return list(read_json(answer)["degraded"])

    assert degraded() == []
    if fault == "stop":
        with stopped(servers, "cache"):
            wait_until(lambda: degraded() == ["cache default: no answer"], "the cache is told")
        return
    servers.kill("cache")
    try:
        wait_until(lambda: degraded() == ["cache default: no answer"], "the cache is told")
        assert site.ask("/readyz?verbose").text == "ok\n"
    finally:
        servers.start("cache")
    wait_until(lambda: degraded() == [], "the cache is back")


def test_the_drain_command_takes_the_host_out_and_back(site: Site) -> None:
    await_ready(site, 200, "ok")
    assert site.manage("drain", "on").startswith("draining")
    await_ready(site, 503, "host: draining")
    assert site.ask("/livez").status == 200
    assert site.manage("drain", "status").startswith("draining")
    assert site.manage("drain", "off").startswith("in service")
    await_ready(site, 200, "ok")


def test_sigterm_still_ends_a_gunicorn_whose_workers_drain_by_it(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    words = gunicorn("--worker-class", "gthread", "--threads", "2", "--keep-alive", "20")
    options = '{"drain_on_sigterm": true}'
    with serving(postgres_database, tmp_path, *words, SITE_OPTIONS=options) as site:
        site.process.terminate()
        assert site.process.wait(15) == 0  # gunicorn's own handler ran as well
        assert "SIGTERM does not drain" not in site.log.read_text()


def test_pending_migrations_keep_a_host_out_where_it_asks_for_them(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    options = '{"ready_needs_migrations": true}'
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'admin' AND name LIKE '0003%'")
    try:
        with serving(postgres_database, tmp_path, *gunicorn(), SITE_OPTIONS=options) as site:
            await_ready(site, 503, "migrations: 1 to be applied")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied)"
                " SELECT 'admin', '0003_logentry_add_action_flag_choices', now()"
            )


def test_a_replica_is_told_with_its_lag_and_is_not_ready_as_a_primary(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    postgres_database.start("replica-1")
    replica = json.dumps(postgres_database.database_entry("replica-1", CONN_MAX_AGE=0))
    try:
        with serving(postgres_database, tmp_path, *gunicorn(), SITE_REPLICA=replica) as site:
            await_ready(site, 200, "ok")
            assert site.metrics()['tenfold_replica_lag_seconds{alias="replica"}'] >= 0
            parts = read_json(site.ask("/readyz?verbose", **BEARER))["parts"]
            assert parts["database replica"]["lag_seconds"] >= 0
            postgres_database.kill("replica-1")
            wait_until(
                lambda: site.metrics()['tenfold_database_up{alias="replica"}'] == 0, "the replica is missed"
            )
            await_ready(site, 200, "ok")
            postgres_database.start("replica-1")
        with serving(postgres_database, tmp_path, *gunicorn(), SITE_DATABASE=replica) as site:
            await_ready(site, 503, "database: read-only")
    finally:
        if "replica-1" in postgres_database.driver.running:
            postgres_database.kill("replica-1")
