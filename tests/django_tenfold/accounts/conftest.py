"""What the tests of accounts share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core import mail
from django.test import override_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_MEMORY = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Mail that was sent, oldest first."""
    sent: list[Any] = []
    monkeypatch.setattr(mail, "outbox", sent, raising=False)
    mailers = {"MAILERS": {"default": {"BACKEND": _IN_MEMORY}}}
    with override_settings(**mailers if django.VERSION >= (6, 1) else {"EMAIL_BACKEND": _IN_MEMORY}):
        yield sent
