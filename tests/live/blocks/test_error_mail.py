"""Limits of error mails that processes share through a real Valkey, and what happens when it dies."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import pytest

from django_tenfold.observability.error_mail import MailGate

if TYPE_CHECKING:
    from tests.django_site.servers import Servers

pytestmark = pytest.mark.live


def test_processes_agree_through_the_cache_on_one_mail_and_on_twenty_an_hour(valkey_cache: Servers) -> None:
    gates = [MailGate() for _ in range(10)]
    assert [gate.let_through("same") for gate in gates] == [0] + [None] * 9
    assert sum(gate.let_through(f"kind-{number}") is not None for number in range(50) for gate in gates) == 19


def test_a_dead_cache_neither_silences_errors_nor_holds_them_up(valkey_cache: Servers) -> None:
    gates = [MailGate() for _ in range(3)]
    valkey_cache.kill("cache")
    try:
        started = monotonic()
        answers = [[gate.let_through(f"kind-{number}") for number in range(5)] for gate in gates]
        seconds = monotonic() - started
    finally:
        valkey_cache.start("cache")
    assert answers == [[0] * 5] * 3
    assert seconds < 10  # each process finds out once; a second command would wait as long again
