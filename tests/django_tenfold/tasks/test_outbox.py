"""The outbox: no task is lost between the commit and the broker, and none is sent twice by two senders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from django_tenfold.tasks.models import OutboxTask
from django_tenfold.tasks.outbox import sweep_outbox
from tests.django_tenfold.tasks.shop import add, app, write

pytestmark = pytest.mark.usefixtures("sqlite_database")


def make_due() -> None:
    OutboxTask.objects.update(send_after=timezone.now() - timedelta(seconds=1))


def test_a_row_is_written_with_the_data_and_deleted_when_it_is_sent(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        result = write.delay("one")
        assert OutboxTask.objects.get().task_id == result.id
    assert [one["headers"]["id"] for one in sent] == [result.id]
    assert not OutboxTask.objects.exists()


def test_a_rolled_back_transaction_leaves_neither_row_nor_message(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        write.delay("lost")
        transaction.set_rollback(True)
    assert (sent, OutboxTask.objects.count()) == ([], 0)


def test_a_rolled_back_savepoint_takes_its_own_tasks_only(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        with transaction.atomic():
            write.delay("inner")
            transaction.set_rollback(True)
        write.delay("outer")
        with transaction.atomic():
            write.delay("kept")
        write.delay("outer again")
    assert sorted(one["args"][0] for one in sent) == ["kept", "outer", "outer again"]
    assert not OutboxTask.objects.exists()


@pytest.mark.usefixtures("broken_broker")
def test_what_the_broker_refuses_waits_for_the_sweeper() -> None:
    with transaction.atomic():
        write.delay("one")
        write.delay("two")
    assert sorted(OutboxTask.objects.values_list("tries", flat=True)) == [0, 1]
    assert "nobody listens" in OutboxTask.objects.get(tries=1).error


def test_after_a_refusal_the_next_requests_leave_their_tasks_to_the_sweeper(
    broken_broker: None, monkeypatch: pytest.MonkeyPatch, sent: list[dict[str, Any]]
) -> None:
    with transaction.atomic():
        write.delay("one")
    monkeypatch.undo()  # the broker is back, and nobody knows yet
    with transaction.atomic():
        write.delay("two")
    assert (sent, OutboxTask.objects.count()) == ([], 2)
    make_due()
    sweep_outbox(app)
    with transaction.atomic():
        write.delay("three")
    assert [one["args"][0] for one in sent] == ["one", "two", "three"]


@pytest.mark.usefixtures("broken_broker")
def test_outside_a_transaction_the_outbox_takes_what_the_broker_refuses() -> None:
    result = write.delay("one")
    assert OutboxTask.objects.get().task_id == result.id


@pytest.mark.usefixtures("broken_broker")
def test_without_an_outbox_the_caller_is_told() -> None:
    with pytest.raises(OperationalError):
        add.delay(1, 2)


def test_the_sweeper_sends_what_a_dead_process_left(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        write.apply_async(("one",), task_id="id-7", queue="slow", headers={"X-Request-ID": "request-1"})
        transaction.get_connection().run_on_commit.clear()  # as if the process died after its commit
    assert (sent, sweep_outbox(app)) == ([], 0)
    make_due()
    assert sweep_outbox(app) == 1
    (message,) = sent
    assert (message["headers"]["id"], message["queue"]) == ("id-7", "slow")
    assert message["headers"]["X-Request-ID"] == "request-1"
    assert not OutboxTask.objects.exists()


def test_a_hook_that_comes_after_the_sweeper_sends_nothing_again(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        write.delay("one")
        ((_, hook, _),) = transaction.get_connection().run_on_commit
        transaction.get_connection().run_on_commit.clear()
    make_due()
    sweep_outbox(app)
    hook()
    assert len(sent) == 1


@pytest.mark.usefixtures("broken_broker")
def test_a_sweeper_without_a_broker_keeps_every_row() -> None:
    with transaction.atomic():
        write.delay("one")
    make_due()
    assert sweep_outbox(app) == 0
    assert OutboxTask.objects.get().tries == 2


def test_a_task_due_far_away_waits_in_the_database(sent: list[dict[str, Any]]) -> None:
    result = add.apply_async((1, 2), countdown=86_400)
    row = OutboxTask.objects.get()
    assert (sent, row.task_id) == ([], result.id)
    assert row.send_after > timezone.now() + timedelta(hours=23)
    make_due()
    sweep_outbox(app)
    assert sent[0]["headers"]["eta"] is not None


def test_a_task_due_soon_waits_in_the_worker(sent: list[dict[str, Any]]) -> None:
    add.apply_async((1, 2), countdown=10)
    assert (len(sent), OutboxTask.objects.count()) == (1, 0)


def test_links_survive_the_outbox(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        write.apply_async(("one",), link=add.si(1, 2))
        transaction.get_connection().run_on_commit.clear()
    make_due()
    sweep_outbox(app)
    assert len(sent) == 1


def test_every_task_uses_the_outbox_when_the_option_says_so(sent: list[dict[str, Any]]) -> None:
    with override_settings(TENFOLD_TASKS={"outbox": True}), transaction.atomic():
        add.delay(1, 2)
        assert OutboxTask.objects.count() == 1
    assert len(sent) == 1


def test_a_hook_that_fails_is_logged_and_its_rows_stay(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr("django_tenfold.tasks.outbox.send_rows", fail)
    with transaction.atomic():
        write.delay("one")
    assert OutboxTask.objects.count() == 1
    assert "unforeseen" in caplog.text
