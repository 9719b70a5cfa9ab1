"""What a thread writes and what interrupts it, on real servers: no old answer, and none that was another's."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import override_settings

from django_tenfold.cache.purging import Writer, debt
from django_tenfold.cache.rows import get_cached, get_many_cached
from django_tenfold.cache.tags.store import READ, RedisStore, get_store
from django_tenfold.cache.values import get_or_compute
from tests.django_site.goods.models import Shelf
from tests.live.stack.driving import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.django_site.servers import Servers

BACKEND = "django_tenfold.cache.backends.FailOpenRedisCache"
pytestmark = [pytest.mark.live, pytest.mark.usefixtures("postgres_database")]


@pytest.fixture(autouse=True)
def site(valkey_cache: Servers) -> Iterator[None]:
    entry = {"BACKEND": BACKEND, "LOCATION": valkey_cache.cache_url}
    options = {"models": ["goods.Shelf"], "rest_seconds": 0.1}
    with override_settings(CACHES={"default": entry}, TENFOLD_CACHE=options):
        yield
        wait_until(debt.pay, "what is owed to the server is paid")


def list_names() -> list[str]:
    def find() -> list[str]:
        return [*Shelf.objects.order_by("pk").values_list("name", flat=True)]

    return get_or_compute("names", find, tags=[Shelf])


def ask_elsewhere() -> list[str]:
    def ask() -> list[str]:
        try:
            return list_names()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ask).result()


def write_script() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '9s'; UPDATE goods_shelf SET name = 'new'")


def write_after_a_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1); UPDATE goods_shelf SET name = 'new'")


def write_keys() -> None:
    Shelf.objects.bulk_create([Shelf(pk=number, name="new") for number in (901, 902)])


def commit_by_hand() -> None:
    transaction.set_autocommit(False)
    try:
        Shelf.objects.update(name="new")
        assert ask_elsewhere() == ask_elsewhere() == ["old"]
        transaction.commit()
        assert ask_elsewhere() == ["new"]
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


def roll_back_within() -> None:
    with transaction.atomic():
        try:
            with transaction.atomic():
                Shelf.objects.update(name="never")
                raise LookupError
        except LookupError:
            assert ask_elsewhere() == ["old"]
        Shelf.objects.update(name="new")
        assert ask_elsewhere() == ["old"]


WAYS: list[Callable[[], Any]] = [
    write_script,
    write_after_a_lock,
    write_keys,
    commit_by_hand,
    roll_back_within,
]


@pytest.mark.parametrize("write", WAYS)
def test_each_way_to_write_takes_back_what_shows_it(write: Callable[[], Any]) -> None:
    Shelf.objects.create(name="old")
    assert [ask_elsewhere() for _ in range(2)] == [["old"]] * 2
    write()
    assert ask_elsewhere() == [*Shelf.objects.order_by("pk").values_list("name", flat=True)] != ["old"]


def test_a_writer_that_is_collected_within_a_question_does_not_take_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rolled back one may be part of a cycle (an error and its frames): it goes whenever Python collects."""
    assert get_or_compute("a", lambda: "right", tags=["x"]) == "right"
    store = get_store()
    assert isinstance(store, RedisStore)
    held = store._hold()
    send = held.send_command

    def send_and_collect(*command: Any) -> None:
        send(*command)
        monkeypatch.setattr(held, "send_command", send)
        Shelf.objects.exists()  # the connection is there: the writer opens its tags
        gc.freeze()  # what other tests left is theirs
        writer: Any = Writer(connection)
        writer.tags = {"y": None}
        writer.cycle = writer
        del writer
        gc.collect()
        gc.unfreeze()

    monkeypatch.setattr(held, "send_command", send_and_collect)
    assert get_or_compute("a", lambda: "wrong", tags=["x"]) == "right"
    assert store.ask(READ, ("nothing",)) == [None]
    wait_until(debt.is_paid, "its tags are opened afterwards")


def test_an_interrupted_question_leaves_no_answer_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task's time limit raises wherever the thread is."""
    assert get_or_compute("a", lambda: "right", tags=["x"]) == "right"
    store = get_store()
    assert isinstance(store, RedisStore)
    held = store._hold()
    read = held.read_response

    def interrupt(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(held, "read_response", read)
        raise TimeLimitError

    monkeypatch.setattr(held, "read_response", interrupt)
    with pytest.raises(TimeLimitError):
        get_or_compute("b", lambda: "never", tags=["x"])
    assert get_or_compute("a", lambda: "wrong", tags=["x"]) == "right"


class TimeLimitError(Exception):
    """As celery's soft time limit."""


def test_rows_that_are_given_twice_or_for_no_time_are_found() -> None:
    shelf = Shelf.objects.create(name="top")
    for _ in range(2):
        found = get_many_cached(Shelf, [shelf.pk, str(shelf.pk)], seconds=0)
        assert {pk: row.name for pk, row in found.items()} == {shelf.pk: "top", str(shelf.pk): "top"}
        assert get_cached(Shelf, shelf.pk, seconds=-1).name == "top"
        assert get_or_compute("no time", lambda: 1, seconds=0) == 1


def test_a_row_of_two_keys_is_kept_too() -> None:
    class Place(models.Model):
        pk = models.CompositePrimaryKey("shelf_id", "number")
        shelf_id = models.IntegerField()
        number = models.IntegerField()
        name = models.CharField(max_length=50)

        class Meta:
            app_label = "goods"

    with override_settings(TENFOLD_CACHE={"models": ["goods.Place"], "rest_seconds": 0.1}):
        with connection.schema_editor() as editor:
            editor.create_model(Place)
        try:
            Place.objects.create(shelf_id=1, number=2, name="old")
            for name in ("old", "new"):
                Place.objects.filter(shelf_id=1).update(name=name)
                for _ in range(2):
                    assert get_cached(Place, (1, 2)).name == name
                    assert [one.name for one in get_many_cached(Place, [(1, 2), (3, 4)]).values()] == [name]
            Place(shelf_id=1, number=2, name="saved").save()
            assert get_cached(Place, (1, 2)).name == "saved"
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(Place)
            apps.all_models["goods"].pop("place")
            apps.clear_cache()


def test_a_value_too_large_for_the_server_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    large = "x" * 200_000_000
    for _ in range(2):
        assert len(get_or_compute("large", lambda: large)) == len(large)
        assert get_or_compute("small", lambda: "kept") == "kept"
    assert get_or_compute("small", lambda: "made anew") == "kept"
    assert "failed" not in caplog.text
    assert caplog.text.count("large") == 1
