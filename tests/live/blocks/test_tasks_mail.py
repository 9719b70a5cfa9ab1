"""E-mail through a real worker and a real SMTP conversation."""

from __future__ import annotations

import os
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from django_tenfold.tasks.mail import EmailBackend
from django_tenfold.tasks.models import DeadTask, OnceKey, StoredMail
from tests.live.blocks.task_fixtures import task_site
from tests.live.stack.driving import free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.blocks.task_processes import TaskSite

__all__ = ["task_site"]

pytestmark = pytest.mark.live


class Sink:
    """Keeps what it is sent; refuses the first `refusals` messages for now."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self.refusals = 0
        self.tries = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.tries += 1
        if self.tries <= self.refusals:
            return "451 try again later"
        self.received.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 taken"


@pytest.fixture
def sink(task_site: TaskSite) -> Iterator[Sink]:
    task_site.mail_port = free_port()
    made = Sink()
    controller = Controller(made, hostname="127.0.0.1", port=task_site.mail_port)
    controller.start()
    task_site.start_worker()
    yield made
    controller.stop()


def make_backend() -> EmailBackend:
    """As Django's own constructs it from the site's settings."""
    import django

    return EmailBackend(mailer="smtp", alias="default") if django.VERSION >= (6, 1) else EmailBackend()


def test_a_mail_arrives_once_and_whole_after_the_commit(task_site: TaskSite, sink: Sink) -> None:
    mail = EmailMultiAlternatives(
        "Grüße", "plain", "shop@x.example", ["ann@x.example"], bcc=["log@x.example"]
    )
    mail.attach_alternative("<b>rich</b>", "text/html")
    mail.attach("bill.pdf", b"%PDF\x00\xff", "application/pdf")
    mail.extra_headers = {"Message-ID": "<bill-1@x.example>", "X-Shop": "7"}
    with transaction.atomic():
        make_backend().send_messages([mail])
        make_backend().send_messages([mail])
        assert not sink.received
    wait_until(
        lambda: OnceKey.objects.filter(key="mail:<bill-1@x.example>", done=True).exists(), "it is sent"
    )
    wait_until(lambda: len(sink.received) == 1, "it arrived")
    envelope, message = sink.received[0]
    assert envelope.rcpt_tos == ["ann@x.example", "log@x.example"]
    assert (message["Subject"], message["X-Shop"], message["Bcc"]) == ("Grüße", "7", None)
    attachment = next(message.iter_attachments())
    assert (attachment.get_filename(), attachment.get_content()) == ("bill.pdf", b"%PDF\x00\xff")
    assert message.get_body(("html",)).get_content().strip() == "<b>rich</b>"


def test_a_large_mail_travels_through_the_database(task_site: TaskSite, sink: Sink) -> None:
    mail = EmailMultiAlternatives("Large", "plain", "shop@x.example", ["ann@x.example"])
    mail.attach("large.bin", os.urandom(300_000), "application/octet-stream")
    make_backend().send_messages([mail])
    wait_until(lambda: sink.received, "it arrived")
    wait_until(lambda: not StoredMail.objects.exists(), "its row is deleted")
    assert len(sink.received) == 1


def test_a_mail_server_that_refuses_for_now_is_asked_again(task_site: TaskSite, sink: Sink) -> None:
    sink.refusals = 1
    mail = EmailMultiAlternatives("Again", "plain", "shop@x.example", ["ann@x.example"])
    make_backend().send_messages([mail])
    wait_until(lambda: sink.received, "it arrived")
    assert (sink.tries, DeadTask.objects.count()) == (2, 0)
