"""`search_index update --follow`: a worker that outlives restarts of the database, and whose death loses nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections, transaction
from django.test import override_settings

from django_tenfold.search.models import SearchChange
from django_tenfold.search.rebuilding import rebuild_index, remove_index
from django_tenfold.search.searching import search
from django_tenfold.search.updating import update_index
from django_tenfold.search.verifying import verify_index
from tests.django_site.articles.models import Article
from tests.django_site.articles.search import ArticleIndex
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live

OPTIONS = {
    "indexes": ["tests.django_site.articles.search.ArticleIndex"],
    "batch_rows": 5,
    "poll_seconds": 0.05,
}
ROOT = Path(__file__).resolve().parents[3]
ENDS_WITHIN = 20
"""Seconds, on a busy machine."""


@pytest.fixture(autouse=True)
def _built(postgres_database: Servers) -> Iterator[None]:
    with override_settings(TENFOLD_SEARCH=OPTIONS):
        rebuild_index(ArticleIndex)
        yield
        remove_index(ArticleIndex)


@contextmanager
def follow(servers: Servers, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "DATABASE": json.dumps(servers.database_entry(), default=str),
        "SEARCH": json.dumps(OPTIONS),
    }
    command = [sys.executable, "-W", "ignore", "-m", "tests.live.blocks.search_processes"]
    with log.open("ab") as out:
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            yield worker
        finally:
            worker.kill()
            worker.wait()


def count_waiting() -> int:
    return SearchChange.objects.filter(index="article").count()


def find(words: str) -> int:
    return search(ArticleIndex, words, correct=False).total.number


def test_a_following_worker_applies_changes_and_ends_on_sigterm(
    postgres_database: Servers, tmp_path: Path
) -> None:
    with follow(postgres_database, tmp_path / "log") as worker:
        Article.objects.create(title="Lamp")
        wait_until(lambda: find("lamp") == 1, "the first change is applied")
        Article.objects.update(title="Candle")
        wait_until(lambda: find("candle") == 1, "the second change is applied")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(ENDS_WITHIN) == 0, (tmp_path / "log").read_text()
    assert not verify_index(ArticleIndex)


def test_a_worker_with_much_to_do_ends_after_its_batch(postgres_database: Servers, tmp_path: Path) -> None:
    Article.objects.bulk_create(Article(title=f"Lamp {number}") for number in range(5_000))
    with follow(postgres_database, tmp_path / "log") as worker:
        wait_until(lambda: count_waiting() < 5_000, "it has begun")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(ENDS_WITHIN) == 0, (tmp_path / "log").read_text()
    assert 0 < count_waiting() < 5_000


def test_a_following_worker_survives_a_restart_of_the_database(
    postgres_database: Servers, tmp_path: Path
) -> None:
    with follow(postgres_database, tmp_path / "log") as worker:
        Article.objects.create(title="Lamp")
        wait_until(lambda: find("lamp") == 1, "the worker works")
        connections.close_all()
        postgres_database.kill("postgres")
        wait_until(lambda: "No answer" in (tmp_path / "log").read_text(), "the worker noticed")
        postgres_database.start("postgres")
        Article.objects.create(title="Candle")
        wait_until(lambda: find("candle") == 1, "the worker goes on")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(ENDS_WITHIN) == 0, (tmp_path / "log").read_text()


def test_workers_that_are_killed_lose_no_change(postgres_database: Servers, tmp_path: Path) -> None:
    """Two at once, killed without warning again and again, while rows are written and deleted."""
    chosen = random.Random(5)
    made = Article.objects.bulk_create(Article(title=f"Lamp {number}") for number in range(60))
    for turn in range(4):
        with follow(postgres_database, tmp_path / "a"), follow(postgres_database, tmp_path / "b"):
            for number in range(60):
                row = Article.objects.filter(pk=chosen.choice(made).pk)
                if number % 15 == 14:
                    row.delete()
                else:
                    row.update(title=f"Candle {turn} {number}")
            before = count_waiting()
            wait_until(lambda before=before: count_waiting() < max(before, 1), "they are in the midst of it")
    update_index(ArticleIndex)
    wait_until(lambda: update_index(ArticleIndex) == 0 and not count_waiting(), "all is worked off")
    assert not verify_index(ArticleIndex)
    assert find("") == Article.objects.count()
    for log in ("a", "b"):
        assert "Traceback" not in (tmp_path / log).read_text()


def test_what_a_slow_worker_has_claimed_holds_up_no_other(postgres_database: Servers) -> None:
    first, second = Article.objects.bulk_create([Article(title="Lamp"), Article(title="Candle")])
    slow = connections.create_connection("default")
    try:
        with slow.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute(
                "select id from tenfold_search_searchchange where key = %s for update", [str(first.pk)]
            )
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = '5s'")
            assert update_index(ArticleIndex) == 1
        assert (find("candle"), find("lamp")) == (1, 0)
    finally:
        slow.close()
    wait_until(lambda: update_index(ArticleIndex) == 1, "the change of the slow one is free again")
    assert find("lamp") == 1
    assert {first.pk, second.pk} == {hit.key for hit in search(ArticleIndex, "").hits}
