"""The staff page in a real browser, under a strict Content-Security-Policy, on a server with two processes."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.live.blocks.observability_processes import gunicorn, read_json, serving
from tests.live.stack.driving import wait_until
from tests.live.test_html_report import BROWSER, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from tests.django_site.servers import Servers
    from tests.live.blocks.observability_processes import Site

pytestmark = pytest.mark.live
DATA = "/-/tenfold/data.json"


@pytest.fixture
def site(postgres_database: Servers, valkey_cache: Servers, tmp_path: Path) -> Iterator[Site]:
    words = gunicorn("--workers", "2", "--threads", "2")
    with serving(postgres_database, tmp_path, *words, SITE_SIGN_IN="1") as site:
        yield site


def figures(site: Site, query: str = "") -> Any:
    for path in ("/hello", "/people", "/cached", "/broken", "/nothing"):
        site.ask(path, host="site.example")
    answer = site.ask(DATA + query)
    assert answer.status == 200, answer.text
    return read_json(answer)


def test_history_is_kept_by_whichever_process_answers_and_asked_for_in_parts(site: Site) -> None:
    wait_until(lambda: len(figures(site)["points"]) >= 2, "two points are there")
    told = figures(site)
    first = told["points"][0]
    assert all(point["time"] > first["time"] for point in figures(site, f"?since={first['time']}")["points"])
    views = {row["view"]: row for row in told["views"]}
    assert views["broken"]["errors"] == views["broken"]["count"]
    assert views["people"]["queries"] == 1
    assert told["now"]["connections"]["default"]
    assert told["now"]["processes"] == 2


@pytest.mark.skipif(BROWSER is None, reason="no browser is installed")
def test_the_page_draws_its_charts_under_a_strict_policy(site: Site, tmp_path: Path) -> None:
    wait_until(lambda: len(figures(site)["points"]) >= 2, "two points are there")
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    rules = f"--host-resolver-rules=MAP site.example 127.0.0.1:{site.port}"
    words = [str(BROWSER), *OPTIONS, *sandbox, rules, "--virtual-time-budget=4000", "--enable-logging=stderr"]
    done = subprocess.run(
        [*words, f"--user-data-dir={tmp_path / 'profile'}", "http://site.example/-/tenfold/"],
        capture_output=True,
        timeout=90,
        check=True,
    )
    document, log = done.stdout.decode(), done.stderr.decode()
    assert "Content Security Policy" not in log
    for title in ("Requests a second", "Latency", "Database connections", "Cache hits, share of look-ups"):
        assert f"<h2>{title}</h2>" in document
    assert len(re.findall(r'<path class="line line-\d" d="M', document)) >= 4
    assert 'aria-label="Latency. Latest: p50' in document
    assert re.search(r'<th[^>]*scope="row"[^>]*>people</th>', document)
    assert re.search(r'class="state (good|warn)"[^>]*>Ready', document)


def test_the_page_tells_that_the_cache_is_gone(site: Site, valkey_cache: Servers) -> None:
    figures(site)
    valkey_cache.kill("cache")
    try:
        told = figures(site)
        assert any("The cache is gone" in note for note in told["notes"])
        assert told["now"]["requests"]["2"] > 0
    finally:
        valkey_cache.start("cache")
    wait_until(lambda: not figures(site)["notes"], "history goes on")


def test_statements_that_take_the_most_time_are_listed(site: Site) -> None:
    def statements() -> str:
        return " ".join(row["query"] for row in figures(site)["queries"])

    wait_until(lambda: "people_person" in statements(), "the statements of the site are listed")
