"""An e-mail backend that sends in the worker, on commit, each message once.

Django 6.1 and later:

    MAILERS = {
        "default": {"BACKEND": "django_tenfold.tasks.mail.EmailBackend", "OPTIONS": {"mailer": "smtp"}},
        "smtp": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": {...}},
    }

Before:

    EMAIL_BACKEND = "django_tenfold.tasks.mail.EmailBackend"
    TENFOLD_TASKS = {"mail_backend": "django.core.mail.backends.smtp.EmailBackend"}    # the default
"""

from __future__ import annotations

import json
import logging
import smtplib
from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from django_tenfold.tasks.idempotency import leased
from django_tenfold.tasks.mail_json import CannotPackError, pack_message, unpack_message
from django_tenfold.tasks.models import StoredMail
from django_tenfold.tasks.retries import Transient
from django_tenfold.tasks.settings import options
from django_tenfold.tasks.transactions import after_commit, open_transactions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.mail import EmailMessage

log = logging.getLogger("django_tenfold.tasks")
SOFT_LIMIT, HARD_LIMIT = 60, 90
"""Seconds. The lease lasts a little longer than any try can."""
LEASE = HARD_LIMIT + 5
LOGIN = ("username", "password")
SMTP_PERMANENT = 500
"""Replies from here on say that another try is in vain: https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1"""


class EmailBackend(BaseEmailBackend):
    """Hands messages to the worker. What cannot be handed over is sent from here, on commit."""

    def __init__(
        self, fail_silently: bool = False, *, mailer: str = "", alias: str | None = None, **told: Any
    ) -> None:
        self.login = {name: told.pop(name) for name in LOGIN if told.get(name) is not None}
        if alias is None:
            super().__init__(**told)
        else:
            super().__init__(alias=alias, **told)
        self.fail_silently = fail_silently
        self.mailer = mailer

    def send_messages(self, email_messages: Iterable[EmailMessage]) -> int:
        """How many were taken. Raises ValueError for a line break in a header, and kombu's OperationalError."""
        sent = 0
        for message in email_messages or ():
            if message.recipients():
                self._send(message)
                sent += 1
        return sent

    def _send(self, message: EmailMessage) -> None:
        try:
            if self.login:
                raise CannotPackError("it is to be sent with a login of its own, which no message carries")
            packed = pack_message(message)
        except CannotPackError as error:
            log.warning("An e-mail is sent from this process, not in the worker: %s", error)
            after_commit(lambda: self._send_here(message), open_transactions())
            return
        try:
            self._hand_over(packed)
        except OperationalError:
            if not self.fail_silently:
                raise
            log.exception("An e-mail could not be handed to the worker")

    def _hand_over(self, packed: dict[str, Any]) -> None:
        text = json.dumps(packed)
        if len(text) <= options().mail_in_message:
            send_mail.delay(text, mailer=self.mailer)
            return
        stored = StoredMail.objects.create(body=text)
        send_mail.delay("", stored=str(stored.pk), mailer=self.mailer)

    def _send_here(self, message: EmailMessage) -> None:
        with open_mailer(self.mailer, **self.login) as backend:
            backend.send_messages([message])


def open_mailer(alias: str, **login: str) -> Any:
    """The backend that really sends: of MAILERS where `alias` names one, else the option `mail_backend`."""
    if alias:
        from django.core.mail import mailers

        return mailers[alias]
    return import_string(options().mail_backend)(**login)


@shared_task(name="tenfold.send_mail", soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def send_mail(text: str, stored: str = "", mailer: str = "") -> None:
    """Send a packed message once per Message-ID. Raises Transient for what the mail server refuses for now."""
    if stored:
        found = StoredMail.objects.filter(pk=stored).values_list("body", flat=True).first()
        if found is None:
            log.info("The e-mail %s was sent before", stored)
            return
        text = found
    message = unpack_message(json.loads(text))
    identity = next(value for name, value in message.extra_headers.items() if name.lower() == "message-id")
    with leased(f"mail:{identity}", seconds=LEASE) as claim:
        if claim.first:
            _deliver(message, mailer)
    if stored:
        StoredMail.objects.filter(pk=stored).delete()


def _deliver(message: EmailMessage, mailer: str) -> None:
    try:
        with open_mailer(mailer) as backend:
            backend.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if codes and max(codes) < SMTP_PERMANENT:
            raise Transient(f"The mail server refuses all recipients for now: {codes}") from error
        raise
    except smtplib.SMTPResponseException as error:
        if error.smtp_code < SMTP_PERMANENT:
            raise Transient(f"The mail server refuses for now: {error}") from error
        raise
