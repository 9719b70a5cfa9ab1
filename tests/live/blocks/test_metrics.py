"""Metrics over real servers: many processes, recycled, killed and restarted."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.live.blocks.observability_processes import BEARER, granian, gunicorn, serving, uvicorn
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.django_site.servers import Servers
    from tests.live.blocks.observability_processes import Site

pytestmark = pytest.mark.live


def metric_files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("tenfold-*/metrics/*") if ".db" in path.name]


def owners(folder: Path) -> set[str]:
    return {path.stem.rpartition("_")[2] for path in metric_files(folder)} - {""}


def ask_many(site: Site, times: int, path: str = "/hello") -> set[str]:
    """The pids that answered."""
    pids = set()
    for _ in range(times):
        answer = site.ask(path)
        assert answer.status == 200, answer.text
        pids.add(answer.text)
    return pids


def wait_for_count(site: Site, expected: int) -> None:
    """Each process may answer with a reading of up to a second ago; never with more than there was."""

    def complete() -> bool:
        count = site.count("hello")
        assert count <= expected
        return count == expected

    wait_until(complete, f"{expected} requests are counted")


@pytest.mark.parametrize("more", [(), ("--preload",)], ids=["loaded by each worker", "preloaded"])
def test_counters_never_go_down_while_gunicorn_recycles_its_workers(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path, more: tuple[str, ...]
) -> None:
    words = gunicorn("--workers", "2", "--max-requests", "50", *more)
    with serving(postgres_database, tmp_path, *words) as site:
        pids: set[str] = set()
        for tenth in range(1, 11):
            pids |= ask_many(site, 40)
            wait_for_count(site, 40 * tenth)
        assert len(pids) > 4  # workers were recycled
        # Two live ones, perhaps one that is ending, the preloading master; an archive per kind.
        wait_until(
            lambda: site.metrics() and len(metric_files(tmp_path)) < 20, "files of the dead are folded"
        )
        assert site.metrics()["tenfold_processes"] <= 3


def test_the_only_worker_continues_its_counters_when_it_is_recycled(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    words = gunicorn("--workers", "1", "--max-requests", "20")
    with serving(postgres_database, tmp_path, *words) as site:
        pids = ask_many(site, 90)
        assert len(pids) > 2
        wait_for_count(site, 90)


def test_a_worker_of_granian_that_is_killed_leaves_its_counts(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    words = granian("--workers", "2", "--respawn-failed-workers")
    with serving(postgres_database, tmp_path, *words) as site:
        first = ask_many(site, 60)
        os.kill(int(min(first)), signal.SIGKILL)
        wait_until(lambda: len(ask_many_or_none(site) - first) > 0, "another worker answers")
        assert site.count("hello") >= 60
        assert min(first) not in {name.rpartition("_")[2] for name in owners(tmp_path)}


def ask_many_or_none(site: Site) -> set[str]:
    try:
        return ask_many(site, 10)
    except (OSError, AssertionError):
        return set()


def test_a_restarted_server_begins_at_zero(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    for _ in range(2):
        with serving(postgres_database, tmp_path, *gunicorn("--workers", "2")) as site:
            ask_many(site, 10)
            wait_for_count(site, 10)


def test_another_server_of_the_same_deployment_joins_and_leaves_the_counts(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    with serving(postgres_database, tmp_path, *gunicorn()) as first:
        ask_many(first, 10)
        with serving(postgres_database, tmp_path, *gunicorn()) as second:
            ask_many(second, 5)
            wait_for_count(first, 15)
            wait_for_count(second, 15)
        wait_until(lambda: first.metrics()["tenfold_processes"] == 1, "the second server is gone")
        assert first.count("hello") == 15


def test_an_async_server_counts_sync_and_async_views(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    with serving(postgres_database, tmp_path, *uvicorn("--workers", "2")) as site:
        ask_many(site, 6)
        ask_many(site, 7, "/hello-async")
        wait_for_count(site, 6)
        assert site.count("hello-async") == 7


def test_what_is_counted_of_requests_caches_and_databases(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    with serving(postgres_database, tmp_path, *gunicorn()) as site:
        site.ask("/people")
        site.ask("/cached")
        assert site.ask("/broken").status == 500
        assert site.ask("/wp-login.php").status == 404
        told = site.metrics()
    assert told['tenfold_request_queries_sum{view="people"}'] == 1
    assert told['tenfold_request_sql_seconds_count{view="people"}'] == 1
    assert told['tenfold_cache_misses_total{cache="default"}'] == 1
    assert told['tenfold_requests_total{method="GET",status="500",view="broken"}'] == 1
    assert told['tenfold_requests_total{method="GET",status="404",view="unmatched"}'] == 1
    assert told['tenfold_database_up{alias="default"}'] == 1
    assert told['tenfold_database_connections_max{alias="default"}'] > 0
    assert told["tenfold_resident_bytes"] > 1e6


def test_cache_errors_are_counted_while_the_cache_is_gone(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    with serving(postgres_database, tmp_path, *gunicorn()) as site:
        valkey_cache.kill("cache")
        try:
            assert site.ask("/cached").status == 500
            assert site.metrics()['tenfold_cache_errors_total{cache="default"}'] == 1
        finally:
            valkey_cache.start("cache")


def test_metrics_are_refused_to_strangers_and_given_as_openmetrics_when_asked(
    postgres_database: Servers, valkey_cache: Servers, tmp_path: Path
) -> None:
    with serving(postgres_database, tmp_path, *gunicorn()) as site:
        assert site.ask("/metrics").status == 403
        assert site.ask("/metrics", Authorization="Bearer sesam").status == 403
        asked = "application/openmetrics-text;version=1.0.0"
        answer = site.ask("/metrics", host="10.0.0.1:8000", Accept=asked, **BEARER)
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        assert answer.text.endswith("# EOF\n")
