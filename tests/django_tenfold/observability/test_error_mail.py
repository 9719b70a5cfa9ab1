from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core import mail
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.test import override_settings

from django_tenfold.observability import error_mail
from django_tenfold.observability.error_mail import ErrorMailHandler, MailGate, find_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCAL = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": __name__}}
NO_CACHE = {"default": {"BACKEND": f"{__name__}.GoneCache"}}
MAIL: dict[str, Any] = (
    {"MAILERS": {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}}
    if django.VERSION >= (6, 1)
    else {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
)


class GoneCache(LocMemCache):
    """Every command fails, and is counted."""

    asked = 0

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__("gone", params)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        GoneCache.asked += 1
        raise ConnectionError("gone")


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    monkeypatch.setattr(mail, "outbox", [], raising=False)
    monkeypatch.setattr(error_mail, "gate", MailGate())
    admins = ["ops@shop.example"] if django.VERSION >= (6, 0) else [("Ops", "ops@shop.example")]
    with override_settings(ADMINS=admins, CACHES=LOCAL, **MAIL):
        cache.clear()
        yield mail.outbox


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the gate's clock on by seconds."""
    now = [1_000_000.0]
    monkeypatch.setattr(error_mail, "monotonic", lambda: now[0])
    monkeypatch.setattr(error_mail, "time", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


def fail(
    error: Exception | None = None, message: str = "Internal Server Error", **extra: Any
) -> logging.LogRecord:
    logger = logging.getLogger("django.request")
    try:
        raise error or ValueError("broken")
    except Exception:
        return logger.makeRecord(
            logger.name, logging.ERROR, "log.py", 1, message, (), sys.exc_info(), extra=extra
        )


def test_a_flood_of_ten_thousand_errors_is_one_mail(outbox: list[Any]) -> None:
    handler = ErrorMailHandler()
    for number in range(10_000):
        handler.emit(fail(ValueError(f"broken {number}")))
    handler.flush()
    assert len(outbox) == 1


def test_the_next_mail_tells_how_many_were_held_back(
    outbox: list[Any], clock: Callable[[float], None]
) -> None:
    handler = ErrorMailHandler()
    for _ in range(50):
        handler.emit(fail())
    clock(601)
    cache.clear()  # the cache's own clock does not move
    handler.emit(fail())
    handler.flush()
    assert len(outbox) == 2
    assert "[+49 alike held back]" in outbox[1].subject


def test_different_errors_are_twenty_mails_an_hour(outbox: list[Any], clock: Callable[[float], None]) -> None:
    handler = ErrorMailHandler()
    for number in range(100):
        handler.emit(fail(type(f"Error{number}", (Exception,), {})()))
    handler.flush()
    assert len(outbox) == 20
    clock(3_600)
    handler.emit(fail(type("OneMore", (Exception,), {})()))
    handler.flush()
    assert len(outbox) == 21


def test_processes_share_the_limits_and_the_count(outbox: list[Any], clock: Callable[[float], None]) -> None:
    gates = [MailGate() for _ in range(8)]
    assert [gate.let_through("same") for gate in gates] == [0] + [None] * 7
    assert sum(gate.let_through(f"kind-{n}") is not None for n in range(10) for gate in gates) == 10
    cache.delete("tenfold:error:same")
    clock(31)
    assert gates[3].let_through("same") == 7


def test_without_the_cache_each_process_limits_by_itself_and_rarely_asks(outbox: list[Any]) -> None:
    GoneCache.asked = 0
    with override_settings(CACHES=NO_CACHE):
        handler = ErrorMailHandler()
        for number in range(1_000):
            handler.emit(fail(type(f"Error{number % 40}", (Exception,), {})()))
        handler.flush()
    assert len(outbox) == 20
    assert GoneCache.asked == 1


def test_threads_that_fail_at_the_same_time_send_one_mail(outbox: list[Any]) -> None:
    handler = ErrorMailHandler()
    threads = [threading.Thread(target=lambda: handler.emit(fail())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handler.flush()
    assert len(outbox) == 1


def test_the_request_that_failed_does_not_wait_for_the_mail_server(
    outbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, asked = threading.Event(), threading.Event()

    def hang(*args: Any, **kwargs: Any) -> None:
        asked.set()
        answer.wait(20)

    monkeypatch.setattr(mail, "mail_admins", hang)
    handler = ErrorMailHandler()
    handler.emit(fail())
    assert asked.wait(10)  # emit has come back, though the server has not answered
    answer.set()
    handler.flush()


def test_a_mail_server_that_refuses_is_told_below_error(
    outbox: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError("no mail today")

    monkeypatch.setattr(mail, "mail_admins", refuse)
    handler = ErrorMailHandler()
    handler.emit(fail())
    handler.flush()
    assert [(one.levelname, one.args[0]) for one in caplog.records] == [("WARNING", "ConnectionRefusedError")]


def test_secrets_of_the_request_are_not_mailed(outbox: list[Any], rf: Any) -> None:
    request = rf.get("/", headers={"Authorization": "Bearer hunter2"})
    request.COOKIES["sessionid"] = "hunter3"
    with override_settings(API_TOKEN="hunter4"):
        handler = ErrorMailHandler(include_html=True)
        handler.emit(fail(request=request))
        handler.flush()
    assert "broken" in outbox[0].body
    # Django's own filter cleans settings and cookies; of META only what is named like a secret.
    assert "hunter" not in outbox[0].body


def test_a_subject_stays_one_line(outbox: list[Any]) -> None:
    handler = ErrorMailHandler()
    handler.emit(fail(message="failed\r\nBcc: all@shop.example"))
    handler.flush()
    assert "\n" not in outbox[0].subject
    assert outbox[0].bcc == []


def test_nobody_to_write_to_is_no_mail(outbox: list[Any]) -> None:
    with override_settings(ADMINS=[]):
        ErrorMailHandler().emit(fail())
    assert outbox == []


def deep(number: int) -> None:
    if number:
        deep(number - 1)
    raise KeyError(number)


def test_the_same_error_is_known_by_its_type_and_place() -> None:
    same = {find_fingerprint(fail(ValueError(str(number)))) for number in range(3)}
    assert len(same) == 1
    assert find_fingerprint(fail(KeyError("other type"))) not in same
    try:
        deep(3)
    except KeyError:
        other = fail()
        other.exc_info = sys.exc_info()
    assert find_fingerprint(other) not in same


def test_an_error_without_exception_is_known_by_where_it_was_logged() -> None:
    one, other = fail(message="a"), fail(message="b")
    one.exc_info = other.exc_info = None
    assert find_fingerprint(one) == find_fingerprint(other)
    other.lineno = 2
    assert find_fingerprint(one) != find_fingerprint(other)
