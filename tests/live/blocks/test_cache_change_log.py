"""Changes that never pass Django are taken back too, by the log that triggers keep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from django_tenfold.cache import change_log
from django_tenfold.cache.breaker import get_breaker
from django_tenfold.cache.rows import get_cached
from django_tenfold.cache.tags.store import get_store
from django_tenfold.cache.values import get_or_compute
from tests.django_site.goods.models import Shelf, Thing
from tests.live.blocks.cache_processes import environment_of
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.django_site.servers import Servers

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("valkey_cache")]
OPTIONS = {"models": ["goods.Shelf", "goods.Thing"], "rest_seconds": 0.1}


@pytest.fixture(autouse=True)
def logged(postgres_database: Servers, valkey_cache: Servers) -> Iterator[Servers]:
    entry = {
        "BACKEND": "django_tenfold.cache.backends.FailOpenRedisCache",
        "LOCATION": valkey_cache.cache_url,
    }
    with override_settings(TENFOLD_CACHE=OPTIONS, CACHES={"default": entry}):
        call_command("cache_purger", "--install", stdout=StringIO())
        yield postgres_database
        call_command("cache_purger", "--remove")


@contextmanager
def psql(servers: Servers) -> Iterator[Any]:
    """A connection that Django knows nothing of."""
    entry = servers.database_entry()
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    with psycopg.connect(**{name: entry[key] for key, name in names.items()}) as raw:
        yield raw


def names() -> str:
    return str(get_or_compute("names", read_names, tags=[Shelf]))


def read_names() -> str:
    return ",".join(Shelf.objects.order_by("name").values_list("name", flat=True))


def purge() -> None:
    call_command("cache_purger", "--once")


def test_what_others_change_is_taken_back(logged: Servers) -> None:
    shelf, other = Shelf.objects.create(name="a"), Shelf.objects.create(name="b")
    purge()
    assert [
        (names(), get_cached(Shelf, shelf.pk).name, get_cached(Shelf, other.pk).name) for _ in range(2)
    ] == [("a,b", "a", "b")] * 2
    with psql(logged) as raw:
        raw.execute("UPDATE goods_shelf SET name = 'c' WHERE id = %s", [shelf.pk])
    assert (names(), get_cached(Shelf, shelf.pk).name) == ("a,b", "a"), "nobody has told Django yet"
    purge()
    assert (names(), get_cached(Shelf, shelf.pk).name, get_cached(Shelf, other.pk).name) == ("b,c", "c", "b")


@pytest.mark.parametrize(
    ("statement", "tags"),
    [
        ("UPDATE goods_shelf SET name = 'x' WHERE id = {pk}", {"goods.shelf", "goods.shelf:{pk}"}),
        ("UPDATE goods_shelf SET name = 'x' WHERE id = -1", set()),
        ("DELETE FROM goods_shelf", {"goods.shelf", "goods.shelf:{pk}"}),
        ("INSERT INTO goods_shelf (name, shown_things, shown_stock) VALUES ('x', 0, 0)", {"goods.shelf"}),
        ("TRUNCATE goods_shelf CASCADE", {"goods.shelf", "goods.shelf:*", "goods.thing", "goods.thing:*"}),
        ("COPY goods_shelf (name, shown_things, shown_stock) FROM STDIN", {"goods.shelf"}),
    ],
)
def test_each_way_to_write_is_logged_by_what_it_changed(
    logged: Servers, statement: str, tags: set[str]
) -> None:
    pk = Shelf.objects.create(name="a").pk
    purge()
    with psql(logged) as raw:
        if statement.startswith("COPY"):
            with raw.cursor().copy(statement) as copy:
                copy.write_row(["x", 0, 0])
        else:
            raw.execute(statement.format(pk=pk))
        raw.commit()
        found = {tag for (tag,) in raw.execute(f"SELECT tag FROM {change_log.TABLE}")}
    assert found == {tag.format(pk=pk) for tag in tags}


def test_a_new_row_of_a_given_key_is_logged_by_it(logged: Servers) -> None:
    with override_settings(TENFOLD_CACHE={**OPTIONS, "models": ["goods.GuardedChild"]}):
        call_command("cache_purger", "--install", stdout=StringIO())
        with psql(logged) as raw:
            raw.execute("INSERT INTO goods_guarded (id, name, note, version) VALUES (7, 'a', '', 0)")
            raw.execute("INSERT INTO goods_guardedchild (guarded_ptr_id, extra) VALUES (7, 'b')")
            found = {tag for (tag,) in raw.execute(f"SELECT tag FROM {change_log.TABLE}")}
            raw.rollback()
        assert found == {"goods.guarded", "goods.guardedchild", "goods.guardedchild:7"}


def test_a_change_of_many_rows_is_one_of_all(logged: Servers) -> None:
    with psql(logged) as raw:
        raw.execute(
            "INSERT INTO goods_shelf (name, shown_things, shown_stock)"
            " SELECT i::text, 0, 0 FROM generate_series(1, 101) AS i"
        )
        raw.execute(f"DELETE FROM {change_log.TABLE}")
        raw.execute("UPDATE goods_shelf SET name = 'x'")
        assert {tag for (tag,) in raw.execute(f"SELECT tag FROM {change_log.TABLE}")} == {
            "goods.shelf",
            "goods.shelf:*",
        }


def test_a_transaction_that_ends_late_is_not_missed(logged: Servers) -> None:
    Shelf.objects.create(name="a")
    purge()
    with psql(logged) as late, psql(logged) as early:
        late.execute("UPDATE goods_shelf SET name = 'late'")
        early.execute("INSERT INTO goods_shelf (name, shown_things, shown_stock) VALUES ('early', 0, 0)")
        early.commit()
        purge()
        assert [names(), names()] == ["a,early"] * 2
        late.commit()
    purge()
    assert names() == "early,late"


def test_what_was_rolled_back_is_no_change(logged: Servers) -> None:
    with psql(logged) as raw:
        raw.execute("INSERT INTO goods_shelf (name, shown_things, shown_stock) VALUES ('x', 0, 0)")
        raw.rollback()
        assert raw.execute(f"SELECT count(*) FROM {change_log.TABLE}").fetchone() == (0,)


def test_while_the_cache_is_gone_the_log_waits(logged: Servers) -> None:
    with psql(logged) as raw:
        raw.execute("INSERT INTO goods_shelf (name, shown_things, shown_stock) VALUES ('x', 0, 0)")
    store = get_store()
    store.breaker.fail(ConnectionError("gone"))  # type: ignore[union-attr]
    with pytest.raises(CommandError, match="was not purged"):
        purge()
    wait_until(lambda: not get_breaker(store.breaker.name).rests(), "the rest is over")  # type: ignore[union-attr]
    assert change_log.purge_logged("default")[0] == 1
    assert change_log.purge_logged("default") == (0, 0.0)


def test_the_command_runs_until_it_is_told_to_stop(logged: Servers) -> None:
    shelf = Shelf.objects.create(name="a")
    assert [get_cached(Shelf, shelf.pk).name for _ in range(2)] == ["a", "a"]
    words = [sys.executable, "-m", "tests.live.blocks.cache_processes", "purge", "0"]
    with subprocess.Popen(words, env=environment_of(logged, "goods.Shelf", "goods.Thing")) as process:
        try:
            with psql(logged) as raw:
                raw.execute("UPDATE goods_shelf SET name = 'b'")
            wait_until(lambda: get_cached(Shelf, shelf.pk).name == "b", "the change is taken back")
        finally:
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_table_that_is_not_logged_is_refused(logged: Servers) -> None:
    with psql(logged) as raw:
        raw.execute("DROP TRIGGER tenfold_cache_log_update ON goods_thing")
    with pytest.raises(CommandError, match="Changes of goods_thing are not logged"):
        purge()
    assert Thing._meta.db_table == "goods_thing"
