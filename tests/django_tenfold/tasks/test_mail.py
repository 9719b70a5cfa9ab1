"""The e-mail backend: what it hands to the worker, and what it sends itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import override_settings
from kombu.exceptions import OperationalError

from django_tenfold.tasks.mail import EmailBackend, send_mail
from django_tenfold.tasks.models import StoredMail
from tests.django_tenfold.tasks.shop import app, run_as_worker

pytestmark = pytest.mark.usefixtures("sqlite_database", "_shop")
LOCAL = {"mail_backend": "django.core.mail.backends.locmem.EmailBackend"}


@pytest.fixture
def _shop(monkeypatch: pytest.MonkeyPatch) -> None:
    app.set_current()
    monkeypatch.setattr(mail, "outbox", [], raising=False)


def make_message(cls: type[EmailMessage] = EmailMessage) -> EmailMessage:
    return cls("Hello", "text", "shop@x.example", ["ann@x.example"])


def test_a_mail_is_a_task_after_the_commit(sent: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        assert EmailBackend().send_messages([make_message(), make_message()]) == 2
        assert sent == []
    assert [one["name"] for one in sent] == ["tenfold.send_mail"] * 2
    assert json.loads(sent[0]["args"][0])["subject"] == "Hello"


def test_a_mail_to_nobody_is_not_sent(sent: list[dict[str, Any]]) -> None:
    assert EmailBackend().send_messages([EmailMessage("Hello")]) == 0
    assert sent == []


def test_the_worker_sends_a_message_id_once() -> None:
    with override_settings(TENFOLD_TASKS=LOCAL):
        from django_tenfold.tasks.mail_json import pack_message

        text = json.dumps(pack_message(make_message()))
        run_as_worker(send_mail, text)
        run_as_worker(send_mail, text, id="id-2")
    assert [one.subject for one in mail.outbox] == ["Hello"]


def test_a_large_mail_is_a_row_and_a_small_message(sent: list[dict[str, Any]]) -> None:
    with override_settings(TENFOLD_TASKS={**LOCAL, "mail_in_message": 100}):
        EmailBackend().send_messages([make_message()])
        stored = str(StoredMail.objects.get().pk)
        assert (sent[0]["args"], sent[0]["kwargs"]["stored"]) == ([""], stored)
        run_as_worker(send_mail, "", stored)
        run_as_worker(send_mail, "", stored, id="id-2")
    assert (len(mail.outbox), StoredMail.objects.count()) == (1, 0)


def test_a_class_of_the_projects_own_is_sent_from_here_on_commit(sent: list[dict[str, Any]]) -> None:
    class Signed(EmailMessage):
        pass

    with override_settings(TENFOLD_TASKS=LOCAL):
        with transaction.atomic():
            EmailBackend().send_messages([make_message(Signed)])
            assert mail.outbox == []
        assert (len(mail.outbox), sent) == (1, [])


@pytest.mark.usefixtures("broken_broker")
def test_a_broker_that_is_down_is_told_unless_failing_is_silent() -> None:
    with pytest.raises(OperationalError):
        EmailBackend().send_messages([make_message()])
    assert EmailBackend(fail_silently=True).send_messages([make_message()]) == 1
