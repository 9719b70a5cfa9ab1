from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.http import HttpResponse
from django.test import AsyncRequestFactory, override_settings

from django_tenfold.observability import draining
from django_tenfold.observability.database_state import DatabaseState, settings_for_asking, state_probe
from django_tenfold.observability.health import read_health
from django_tenfold.observability.health_middleware import HealthMiddleware
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import RequestFactory


@pytest.fixture(autouse=True)
def _own_drain_file(tmp_path: Path) -> Any:
    draining.drain_path.cache_clear()
    with override_settings(TENFOLD_OBSERVABILITY={"drain_file": str(tmp_path / "drain")}):
        yield
    draining.drain_path.cache_clear()


def pass_on(request: Any) -> HttpResponse:
    return HttpResponse("passed on")


async def pass_on_async(request: Any) -> HttpResponse:
    return HttpResponse("passed on")


def say_state(monkeypatch: pytest.MonkeyPatch, state: DatabaseState | None) -> None:
    monkeypatch.setattr(type(state_probe("default")), "read", lambda self, timeout: state)


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("get", "/livez", b"ok\n"),
        ("head", "/livez", b"ok\n"),
        ("post", "/livez", b"passed on"),
        ("get", "/livez/", b"passed on"),
        ("get", "/livezy", b"passed on"),
        ("get", "/", b"passed on"),
    ],
)
def test_exact_paths_and_reading_methods_are_answered(
    rf: RequestFactory, method: str, path: str, text: bytes
) -> None:
    assert HealthMiddleware(pass_on)(getattr(rf, method)(path)).content == text
    asked = getattr(AsyncRequestFactory(), method)(path)
    assert async_to_sync(HealthMiddleware(pass_on_async))(asked).content == text


def test_paths_are_options_and_an_empty_one_is_off(rf: RequestFactory) -> None:
    with override_settings(TENFOLD_OBSERVABILITY={"livez_path": "/healthz", "readyz_path": ""}):
        middleware = HealthMiddleware(pass_on)
        assert middleware(rf.get("/healthz")).content == b"ok\n"
        assert middleware(rf.get("/readyz")).content == b"passed on"
        assert middleware(rf.get("")).content == b"passed on"


@pytest.mark.parametrize(
    ("state", "tolerant", "status", "text"),
    [
        (DatabaseState("postgresql"), False, 200, b"ok\n"),
        (None, False, 503, b"database: no answer\n"),
        (None, True, 503, b"database: no answer\n"),
        (DatabaseState("postgresql", read_only=True), False, 503, b"database: read-only\n"),
        (DatabaseState("postgresql", read_only=True), True, 200, b"ok\n"),
    ],
)
def test_the_database_decides_whether_the_host_is_ready(
    rf: RequestFactory,
    monkeypatch: pytest.MonkeyPatch,
    *,
    state: DatabaseState | None,
    tolerant: bool,
    status: int,
    text: bytes,
) -> None:
    say_state(monkeypatch, state)
    given = {"ready_when_read_only": tolerant, "drain_file": options().drain_file, "ready_caches": []}
    with override_settings(TENFOLD_OBSERVABILITY=given):
        answer = HealthMiddleware(pass_on)(rf.get("/readyz"))
    assert (answer.status_code, answer.content) == (status, text)


def test_a_file_database_answers(sqlite_database: None) -> None:
    assert read_health().reasons == ()


def test_draining_is_told_and_the_process_lives(sqlite_database: None, rf: RequestFactory) -> None:
    middleware = HealthMiddleware(pass_on)
    call_command("drain", "on", verbosity=0)
    answer = middleware(rf.get("/readyz"))
    assert (answer.status_code, answer.content) == (503, b"host: draining\n")
    assert middleware(rf.get("/livez")).status_code == 200
    call_command("drain", "off", verbosity=0)
    assert middleware(rf.get("/readyz")).status_code == 200


def test_sigterm_drains_and_then_does_what_it_did_before(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append(draining.is_draining()))
    try:
        assert draining.drain_on_sigterm()
        assert draining.drain_on_sigterm()  # twice is once
        signal.raise_signal(signal.SIGTERM)
        assert seen == [True]
    finally:
        signal.signal(signal.SIGTERM, before)
        draining._ending.clear()


def test_a_question_is_asked_outside_of_the_pool_and_with_time_limits() -> None:
    settings = {"OPTIONS": {"pool": True, "sslmode": "require", "connect_timeout": 30}}
    made = settings_for_asking(settings, "postgresql")["OPTIONS"]
    assert (made["sslmode"], made["connect_timeout"]) == ("require", 2)
    assert "pool" not in made
    assert settings["OPTIONS"]["pool"] is True
