from __future__ import annotations

import os
import threading
from time import monotonic
from typing import TYPE_CHECKING

from django_tenfold.observability import probe as probe_module
from django_tenfold.observability.probe import Probe, read_all

if TYPE_CHECKING:
    import pytest

LONG = 20.0


class Question:
    """Answers when it is let; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = threading.Event()

    def __call__(self) -> int:
        self.asked += 1
        assert self.let.wait(LONG)
        return self.asked


def test_an_answer_is_kept_for_a_while() -> None:
    question = Question()
    question.let.set()
    probe = Probe("it", question, keeps=LONG)
    assert [probe.read(LONG) for _ in range(5)] == [1] * 5
    assert question.asked == 1


def test_what_hangs_is_asked_once_however_often_it_is_read() -> None:
    question = Question()
    probe = Probe("it", question, keeps=0.0)
    assert [probe.read(0.01) for _ in range(5)] == [None] * 5
    assert question.asked == 1
    question.let.set()
    assert probe.read(LONG) in (None, 1, 2)  # its time is over, or it was asked anew


def test_an_answer_that_comes_late_is_there_for_the_next_reader() -> None:
    question = Question()
    probe = Probe("it", question, keeps=LONG)
    assert probe.read(0.01) is None
    asking = probe._asking
    question.let.set()
    assert asking is not None
    assert asking.done.wait(LONG)
    assert probe.read(0.01) == 1


def test_a_failure_is_no_answer_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> int:
        raise ConnectionError("at 10.0.0.1")

    probe = Probe("the server", fail, keeps=LONG)
    assert probe.read(LONG) is None
    assert probe.read(LONG) is None
    assert [record.message for record in caplog.records] == [
        "Asking for the server failed: ConnectionError: at 10.0.0.1"
    ]


def test_a_thread_that_waits_too_long_is_left_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "GIVEN_UP", 0.0)
    question = Question()
    probe = Probe("it", question, keeps=0.0)
    assert probe.read(0.0) is None
    assert probe.read(0.0) is None
    assert question.asked == 2
    question.let.set()


def test_a_fork_asks_anew() -> None:
    question = Question()
    question.let.set()
    probe = Probe("it", question, keeps=LONG)
    probe.read(LONG)
    probe._pid = os.getpid() + 1
    assert probe.read(LONG) == 2


def test_all_are_asked_at_once() -> None:
    barrier = threading.Barrier(3, timeout=LONG)
    probes = {name: Probe(name, barrier.wait, keeps=LONG) for name in ("a", "b", "c")}
    started = monotonic()
    assert sorted(answer or 0 for answer in read_all(probes, LONG).values()) == [0, 1, 2]
    assert monotonic() - started < LONG
