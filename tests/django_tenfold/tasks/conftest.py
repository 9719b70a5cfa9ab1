"""What the tests of this block share: the messages that were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from celery.signals import before_task_publish

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_pause() -> None:
    """No test waits for what another one learned of the broker."""
    from django_tenfold.tasks.outbox import pause

    pause.end()


@pytest.fixture
def sent() -> Iterator[list[dict[str, Any]]]:
    """A dictionary (name, args, kwargs, headers, queue) for each message that went to the broker, in order."""
    found: list[dict[str, Any]] = []

    def note(sender: str, body: Any, headers: dict[str, Any], routing_key: str, **_: Any) -> None:
        found.append(
            {
                "name": sender,
                "args": list(body[0]),
                "kwargs": body[1],
                "headers": dict(headers),
                "queue": routing_key,
            }
        )

    before_task_publish.connect(note, weak=False)
    yield found
    before_task_publish.disconnect(note)


@pytest.fixture
def calls() -> Iterator[list[str]]:
    """What the shop's tasks noted, in order."""
    from tests.django_tenfold.tasks import shop

    shop.calls.clear()
    yield shop.calls
    shop.calls.clear()


@pytest.fixture
def broken_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message is refused."""
    from kombu.exceptions import OperationalError

    from tests.django_tenfold.tasks.shop import app

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("nobody listens")

    monkeypatch.setattr(app, "send_task", refuse)
