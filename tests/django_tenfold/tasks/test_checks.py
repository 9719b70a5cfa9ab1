"""What the system checks of the block find, and what they leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
import pytest
from celery import Celery
from django.core.checks import run_checks
from django.test import override_settings

from django_tenfold.tasks import checks, periodic
from django_tenfold.tasks.celery import configure
from tests.django_tenfold.tasks.shop import add
from tests.django_tenfold.tasks.shop import app as shop

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIL = "django_tenfold.tasks.mail.EmailBackend"


@pytest.fixture(autouse=True)
def _shop() -> Iterator[None]:
    shop.set_current()
    yield
    shop.set_current()


def found(app: Celery, **conf: Any) -> set[str]:
    """Ids of what the production checks say of an application with such settings."""
    app.conf.update(conf)
    app.set_current()
    return {one.id for one in checks.check_production(None)}


def make_app() -> Celery:
    return configure(Celery("other", broker="redis://127.0.0.1:1/0", set_as_current=False))


def test_an_application_with_the_defaults_of_the_block_is_left_alone() -> None:
    assert found(make_app()) == set()
    assert checks.check_application(None) == []


@pytest.mark.parametrize(
    ("conf", "number"),
    [
        ({"task_acks_late": False}, "tenfold.W305"),
        ({"task_reject_on_worker_lost": False}, "tenfold.W305"),
        ({"task_always_eager": True}, "tenfold.W307"),
        ({"broker_transport_options": {"visibility_timeout": 300}}, "tenfold.W308"),
        ({"accept_content": ["json", "pickle"]}, "tenfold.W309"),
        (
            {
                "beat_scheduler": "celery.beat:PersistentScheduler",
                "beat_schedule": {"x": {"task": "tenfold.sweep"}},
            },
            "tenfold.W312",
        ),
    ],
)
def test_what_loses_tasks_or_doubles_them_is_found(conf: dict[str, Any], number: str) -> None:
    assert number in found(make_app(), **conf)


def test_a_task_without_any_limit_is_found() -> None:
    assert "tenfold.W306" in found(make_app(), task_time_limit=None, task_soft_time_limit=None)


def test_an_application_that_does_not_use_the_block_is_found() -> None:
    Celery("plain", broker="memory://").set_current()
    (problem,) = checks.check_application(None)
    assert (problem.id, "'plain'" in problem.msg) == ("tenfold.W302", True)


def test_options_are_checked_together() -> None:
    with override_settings(TENFOLD_TASKS={"retires": 3, "time_limit": "x"}):
        assert len(checks.check_options(None)) == 2
    with override_settings(TENFOLD_TASKS={"soft_time_limit": 300, "time_limit": 300}):
        (problem,) = checks.check_options(None)
        assert "not below" in problem.msg


def test_periodic_tasks_that_clash_or_do_not_exist_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periodic, "_declared", [])
    periodic.periodic(every=60)(add)
    periodic.periodic(every=90)(add)
    shop.conf.beat_schedule = {"lost": {"task": "shop.gone", "schedule": 60}}
    try:
        assert {one.id for one in checks.check_periodic(None)} == {"tenfold.E303", "tenfold.E304"}
    finally:
        shop.conf.beat_schedule = {}


@pytest.mark.skipif(django.VERSION < (6, 1), reason="MAILERS came with Django 6.1")
def test_a_mailer_that_sends_in_the_request_is_found() -> None:
    smtp = {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": {"host": "mail"}}
    with override_settings(MAILERS={"default": smtp}):
        assert [one.id for one in checks.check_mail(None)] == ["tenfold.W310"]
    with override_settings(
        MAILERS={"default": {"BACKEND": MAIL, "OPTIONS": {"mailer": "smtp"}}, "smtp": smtp}
    ):
        assert checks.check_mail(None) == []


@pytest.mark.skipif(django.VERSION >= (6, 1), reason="EMAIL_BACKEND is deprecated from Django 6.1 on")
def test_an_email_backend_that_sends_in_the_request_is_found() -> None:
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend"):
        assert [one.id for one in checks.check_mail(None)] == ["tenfold.W310"]
    with override_settings(EMAIL_BACKEND=MAIL):
        assert checks.check_mail(None) == []


@pytest.mark.skipif(django.VERSION < (6, 0), reason="django.tasks came with Django 6.0")
def test_django_tasks_that_run_in_the_request_are_found() -> None:
    immediate = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    with override_settings(TASKS=immediate):
        assert [one.id for one in checks.check_django_tasks(None)] == ["tenfold.W311"]
    with override_settings(TASKS={"default": {"BACKEND": "django_tenfold.tasks.backends.CeleryBackend"}}):
        assert checks.check_django_tasks(None) == []


def test_the_checks_are_registered_those_of_production_for_deployment_only() -> None:
    shop.conf.task_always_eager = True
    try:
        usual = {one.id for one in run_checks(tags=["tasks"])}
        deployed = {one.id for one in run_checks(tags=["tasks"], include_deployment_checks=True)}
    finally:
        shop.conf.task_always_eager = False
    assert "tenfold.W307" in deployed - usual
