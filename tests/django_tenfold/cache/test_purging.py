"""Tags are closed while a transaction writes, and open when it is over, however it ends."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from django_tenfold.cache.purging import debt, purge
from django_tenfold.cache.tags import tags_purged
from django_tenfold.cache.tags.store import READ, StoreGoneError, get_store, name_key
from tests.django_site.goods.models import Shelf

pytestmark = pytest.mark.usefixtures("sqlite_database")


def closed(tag: str) -> bool:
    """Whether writers hold it."""
    (version,) = get_store().ask(READ, (name_key(tag),))
    return version is not None and version.startswith(b"!")


def test_a_tag_is_closed_from_the_write_to_the_commit() -> None:
    shelf = Shelf.objects.create(name="top")
    with transaction.atomic():
        assert not closed("goods.shelf")
        shelf.save()
        assert (closed("goods.shelf"), closed(f"goods.shelf:{shelf.pk}")) == (True, True)
        assert not closed("goods.shelf:*")
    assert not closed("goods.shelf")
    assert not closed(f"goods.shelf:{shelf.pk}")


def test_a_rollback_opens_the_tags_at_once() -> None:
    with transaction.atomic():
        Shelf.objects.update(name="a")
        assert closed("goods.shelf:*")
        transaction.set_rollback(True)
    assert not closed("goods.shelf:*")


def test_a_savepoint_that_is_rolled_back_leaves_what_the_transaction_closed() -> None:
    with transaction.atomic():
        Shelf.objects.create(name="outer")
        with transaction.atomic():
            Shelf.objects.update(name="inner")
            transaction.set_rollback(True)
        assert closed("goods.shelf")
        assert not closed("goods.shelf:*")
    assert not closed("goods.shelf")


def test_a_statement_that_fails_leaves_nothing_closed() -> None:
    shelf = Shelf.objects.create(name="top")
    with pytest.raises(IntegrityError):
        Shelf.objects.create(pk=shelf.pk, name="again")
    assert not closed("goods.shelf")


def test_the_store_keeps_a_tag_closed_until_the_last_writer_is_done() -> None:
    store = get_store()
    store.ask("mark", ("a",), "one", 10_000)
    store.ask("mark", ("a",), "two", 10_000)
    store.ask("release", ("a",), "one", 0)
    assert closed("a")
    store.ask("release", ("a",), "two", 5_000)
    assert closed("a"), "it settles"
    store.ask("release", ("b",), "three", 0)
    assert not closed("b")


def test_a_purge_in_a_transaction_waits_for_its_commit_and_is_told_to_listeners() -> None:
    told: list[Any] = []

    def listen(*, tags: tuple[str, ...], **_: object) -> None:
        told.append(tags)

    tags_purged.connect(listen)
    try:
        with transaction.atomic():
            purge("home", Shelf, Shelf(pk=5))
            assert closed("home")
            assert told == []
        assert told == [("home", "goods.shelf", "goods.shelf:*", "goods.shelf:5")]
        purge("prices")
        assert told[1:] == [("prices",)]
    finally:
        tags_purged.disconnect(listen)


def test_what_a_server_missed_is_owed_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    store = get_store()
    asked: list[tuple[str, tuple[str, ...]]] = []
    gone = [True]

    def ask(name: str, keys: tuple[str, ...], *_: object) -> None:
        if gone[0]:
            raise StoreGoneError
        asked.append((name, keys))

    monkeypatch.setattr(store, "ask", ask)
    monkeypatch.setattr(debt, "_start", lambda: None)
    purge("a", "b")
    assert not debt.pay()
    gone[0] = False
    assert debt.pay()
    assert [(name, set(keys)) for name, keys in asked] == [("release", {"a", "b"})]
    assert debt.is_paid()


def test_an_error_of_what_waited_for_the_commit_before_does_not_keep_the_purge_from_listeners() -> None:
    told: list[tuple[str, ...]] = []

    def listen(*, tags: tuple[str, ...], **_: Any) -> None:
        told.append(tags)

    def fail() -> None:
        raise ConnectionError("the broker is gone")

    tags_purged.connect(listen)
    try:
        with contextlib.suppress(ConnectionError), transaction.atomic():
            transaction.on_commit(fail)
            Shelf.objects.create(name="new")
        assert told == [("goods.shelf",)]
        with contextlib.suppress(LookupError), transaction.atomic():
            Shelf.objects.create(name="never")
            raise LookupError
        assert len(told) == 1
    finally:
        tags_purged.disconnect(listen)
