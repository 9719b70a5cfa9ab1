from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from django_tenfold.conf import checks
from django_tenfold.conf.caches import build_cache
from django_tenfold.conf.constructing import find_refusals
from django_tenfold.conf.mail import HAS_MAILERS, build_mail
from django_tenfold.conf.storages import build_storage


def refused(**changes: Any) -> list[str]:
    whole = {
        "CACHES": {"default": build_cache("redis://h")},
        "STORAGES": {"default": build_storage("memory:")},
    }
    with override_settings(**{**whole, **changes}):
        return [f"{place} {why}" for place, why in find_refusals()]


def test_services_that_can_be_made_are_not_told() -> None:
    assert refused() == []
    assert refused(CACHES={"default": build_cache("locmem://"), "other": build_cache("dummy://")}) == []


def test_an_option_that_a_client_does_not_know_is_told_before_the_first_request() -> None:
    (told,) = refused(CACHES={"default": build_cache("redis://h?no_such_option=1")})
    assert told.startswith("CACHES['default'] TypeError")
    assert "no_such_option" in told
    (told,) = refused(STORAGES={"default": build_storage("s3://media?no_such_option=1")})
    assert told.startswith("STORAGES['default'] ImproperlyConfigured")


def test_a_package_that_is_not_installed_is_told() -> None:
    (told,) = refused(CACHES={"default": {"BACKEND": "no_such_package.Cache"}})
    assert "no_such_package" in told


@pytest.mark.skipif(not HAS_MAILERS, reason="Django before 6.1")
def test_a_mailer_that_cannot_be_made_is_told() -> None:
    settings = build_mail("smtp://h", mailers=True)
    settings["MAILERS"]["default"]["OPTIONS"]["no_such_option"] = 1
    (told,) = refused(**settings)
    assert told.startswith("MAILERS['default']")


def test_the_check_tells_where_and_why() -> None:
    with override_settings(CACHES={"default": build_cache("redis://h?no_such_option=1")}):
        (found,) = checks.check_services(None)
    assert (found.id, found.msg.startswith("CACHES['default'] cannot be made")) == ("tenfold.E105", True)
