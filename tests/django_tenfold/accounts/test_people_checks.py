from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

from django_tenfold.accounts.email_user import AbstractEmailUser
from django_tenfold.accounts.people_checks import MIDDLEWARE, THROTTLED, check_email_constraints

if TYPE_CHECKING:
    from collections.abc import Iterator

REDIS = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://r"}
DJANGOS = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _good() -> Iterator[None]:
    with override_settings(
        AUTHENTICATION_BACKENDS=[THROTTLED], MIDDLEWARE=[MIDDLEWARE], CACHES={"default": REDIS}
    ):
        yield


def ids(**changed: Any) -> list[str]:
    with override_settings(**changed):
        found = run_checks(tags=["accounts"], include_deployment_checks=True)
    return [one.id for one in found if one.id in {f"tenfold.{kind}20{n}" for kind in "EW" for n in range(9)}]


def test_good_settings_are_not_warned_of() -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"TENFOLD_ACCOUNTS": {"login_free_failure": 3}}, ["tenfold.E201"]),
        ({"TENFOLD_ACCOUNTS": {"trusted_proxies": "1"}}, ["tenfold.E201"]),
        ({"AUTH_USER_MODEL": "auth.User"}, ["tenfold.W202"]),
        ({"AUTHENTICATION_BACKENDS": [DJANGOS]}, ["tenfold.W204"]),
        ({"AUTHENTICATION_BACKENDS": [DJANGOS, THROTTLED]}, ["tenfold.W204"]),
        ({"AUTHENTICATION_BACKENDS": []}, ["tenfold.W204"]),
        ({"AUTHENTICATION_BACKENDS": [THROTTLED, DJANGOS]}, ["tenfold.W205"]),
        (
            {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}},
            ["tenfold.W206"],
        ),
        (
            {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}}},
            ["tenfold.W206"],
        ),
        ({"TENFOLD_ACCOUNTS": {"login_cache": "logins"}}, ["tenfold.E207"]),
        ({"MIDDLEWARE": []}, ["tenfold.W208"]),
        ({"AUTHENTICATION_BACKENDS": [DJANGOS], "TENFOLD_ACCOUNTS": {"login_throttle": False}}, []),
    ],
)
def test_each_setting_that_hurts_is_told(changed: dict[str, Any], expected: list[str]) -> None:
    assert ids(**changed) == expected


@isolate_apps("tests.django_site.people")
def told_of(bases: type | None, constraints: list[Any] | None = None, *, proxy: bool = False) -> list[str]:
    """What the check says of a model whose Meta inherits `bases`."""
    body: dict[str, Any] = {"app_label": "people"}
    if constraints is not None:
        body["constraints"] = constraints
    meta = type("Meta", (bases,) if bases else (), body)
    made: Any = type(
        "Member", (AbstractEmailUser,), {"__module__": "tests.django_site.people.models", "Meta": meta}
    )
    if proxy:
        made = type(
            "Boss",
            (made,),
            {"__module__": made.__module__, "Meta": type("Meta", (), {"proxy": True, "app_label": "people"})},
        )
    models_before = apps.get_models
    try:
        apps.get_models = lambda: [made]  # type: ignore[method-assign, assignment]
        return [one.id for one in check_email_constraints(None)]
    finally:
        apps.get_models = models_before  # type: ignore[method-assign]


def test_a_user_model_whose_meta_forgets_to_inherit_is_an_error() -> None:
    assert told_of(None) == ["tenfold.E203"]
    assert told_of(AbstractEmailUser.Meta) == []


def test_a_user_model_with_constraints_of_its_own_must_keep_those_on_the_address() -> None:
    own = models.CheckConstraint(condition=models.Q(is_active=True), name="own")
    assert told_of(AbstractEmailUser.Meta, [own]) == ["tenfold.E203"]
    assert told_of(AbstractEmailUser.Meta, [*AbstractEmailUser.Meta.constraints, own]) == []


def test_a_proxy_has_the_constraints_of_its_model() -> None:
    assert told_of(AbstractEmailUser.Meta, proxy=True) == []
