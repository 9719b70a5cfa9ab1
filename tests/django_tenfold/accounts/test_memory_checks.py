"""The checks of sessions and users from memory say what is wrong, and nothing where all is well."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend
from django.test import override_settings

from django_tenfold.accounts.memory_checks import check_engine, check_memory, check_session_cache

REDIS = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": "redis://r",
    "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
}
HEALTHY: dict[str, Any] = {
    "SESSION_ENGINE": "django_tenfold.accounts.sessions",
    "MIDDLEWARE": [
        "django_tenfold.accounts.middleware.SessionMiddleware",
        "django_tenfold.accounts.middleware.AuthenticationMiddleware",
    ],
    "CACHES": {"default": REDIS},
    "AUTHENTICATION_BACKENDS": ["django.contrib.auth.backends.ModelBackend"],
}


class AsksElsewhere(ModelBackend):
    """A backend whose users depend on more than their row."""

    def get_user(self, user_id: Any) -> Any:
        return None


def find_ids(**changes: Any) -> list[str | None]:
    with override_settings(**{**HEALTHY, **changes}):
        return [one.id for check in (check_memory, check_session_cache) for one in check(None)]


def test_healthy_settings_are_not_spoken_of() -> None:
    assert find_ids() == []


BROKEN: dict[str, dict[str, Any]] = {
    "tenfold.W241": {"MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware"]},
    "tenfold.W242": {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}},
    "tenfold.W243": {"CACHES": {"default": {**REDIS, "OPTIONS": {"socket_timeout": 30}}}},
    "tenfold.W244": {"AUTHENTICATION_BACKENDS": [f"{__name__}.AsksElsewhere"]},
    "tenfold.W248": {"TENFOLD_ACCOUNTS": {"poll_seconds": 0.6}},
    "tenfold.E245": {"TENFOLD_ACCOUNTS": {"user_also": ["shop.Nothing.user"]}},
}


@pytest.mark.parametrize("number", BROKEN)
def test_each_broken_setting_has_its_own_number(number: str) -> None:
    assert find_ids(**BROKEN[number]) == [number]


@pytest.mark.parametrize("named", ["admin.LogEntry.nothing", "admin.LogEntry.object_id", "LogEntry", ""])
def test_a_field_that_leads_to_no_user_is_refused(named: str) -> None:
    assert find_ids(TENFOLD_ACCOUNTS={"user_also": [named]}) == ["tenfold.E245"]


def test_a_field_that_leads_to_the_user_is_taken() -> None:
    assert find_ids(TENFOLD_ACCOUNTS={"user_also": ["admin.LogEntry.user"]}) == []


def test_a_backend_that_was_named_is_remembered() -> None:
    path = f"{__name__}.AsksElsewhere"
    told = {"remembered_backends": [path]}
    assert find_ids(AUTHENTICATION_BACKENDS=[path], TENFOLD_ACCOUNTS=told) == []


def test_timeouts_where_django_redis_keeps_them_are_seen() -> None:
    options = {"SOCKET_TIMEOUT": 0.5, "SOCKET_CONNECT_TIMEOUT": 0.5}
    cache = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://r", "OPTIONS": options}
    assert find_ids(CACHES={"default": cache}) == []


def test_a_database_without_a_change_log_is_told(sqlite_database: None) -> None:
    assert [one.id for one in check_engine(None, databases=["default"])] == ["tenfold.W247"]


def test_a_memory_that_is_off_needs_no_log(sqlite_database: None) -> None:
    with override_settings(TENFOLD_ACCOUNTS={"memory": "never"}):
        assert check_engine(None, databases=["default"]) == []
