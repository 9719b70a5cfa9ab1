from __future__ import annotations

import logging
import subprocess
import sys
import warnings
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings
from django.utils.log import AdminEmailHandler

from django_tenfold.observability import checks
from django_tenfold.observability.log_config import logging_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEALTHY: dict[str, Any] = {
    "DEBUG": False,
    "ADMINS": [],
    "MIDDLEWARE": [checks.MIDDLEWARE, "django.middleware.security.SecurityMiddleware"],
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "LOGGING": logging_config(),
    "TENFOLD_OBSERVABILITY": {},
}
OURS = (*checks.CHECKS, *checks.DEPLOY_CHECKS)


@pytest.fixture(autouse=True)
def _heard() -> Iterator[None]:
    """The access log as LOGGING of HEALTHY would have it: that one is not put into effect here."""
    handler, ours = logging.NullHandler(), logging.getLogger("tenfold")
    before = ours.level, ours.propagate
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield
    ours.removeHandler(handler)
    ours.setLevel(before[0])
    ours.propagate = before[1]


def found(**changed: Any) -> list[Any]:
    """What the checks of this file say of HEALTHY with `changed` over it."""
    given = {**deepcopy(HEALTHY), **changed}
    logging_settings = given.pop("LOGGING")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Django: overriding DATABASES may surprise
        with override_settings(**given):
            settings.LOGGING = logging_settings  # not by override_settings, which would configure logging
            return [message for check in OURS for message in check(None)]


def handlers(**handler: Any) -> dict[str, Any]:
    return {"LOGGING": {"version": 1, "handlers": {"console": {"class": "logging.StreamHandler", **handler}}}}


def options(**chosen: Any) -> dict[str, Any]:
    return {"TENFOLD_OBSERVABILITY": chosen}


PREPARED = {"default": {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"server_side_binding": True}}}


def test_healthy_settings_are_not_warned_of() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "ids"),
    [
        (options(slow_querys_ms=1), ["tenfold.E401"]),
        (options(error_mail_cache="gone"), ["tenfold.E402"]),
        ({"MIDDLEWARE": []}, ["tenfold.W403"]),
        ({"MIDDLEWARE": [*reversed(HEALTHY["MIDDLEWARE"])]}, ["tenfold.W404"]),
        ({"MIDDLEWARE": ["whitenoise.middleware.WhiteNoiseMiddleware", checks.MIDDLEWARE]}, []),
        ({"SECURE_PROXY_SSL_HEADER": None}, ["tenfold.W405"]),
        ({"SECURE_PROXY_SSL_HEADER": None, **options(trust_request_id=False)}, []),
        ({"SECURE_PROXY_SSL_HEADER": None, **options(client_header="X-Forwarded-For")}, []),
        (handlers(), ["tenfold.W406"]),
        (handlers(filters=["request_id"]), ["tenfold.W406"]),
        (handlers(**{"class": "logging.NullHandler"}), []),
        ({"LOGGING": logging_config(format="plain", mail_errors=True)}, []),
        ({"LOGGING": {}}, []),
        ({"DATABASES": PREPARED, **options(sql_comments="request", sql_comment_sample=1)}, ["tenfold.W407"]),
        ({"DATABASES": PREPARED, **options(sql_comments="request")}, []),
        ({"DATABASES": PREPARED, **options(sql_comments="view")}, []),
        ({"INSTALLED_APPS": ["zeal"]}, ["tenfold.W409"]),
        ({"INSTALLED_APPS": ["zeal"], "DEBUG": True}, []),
    ],
)
def test_each_setting_is_warned_of_under_its_own_id(changed: dict[str, Any], ids: list[str]) -> None:
    messages = found(**changed)
    assert [message.id for message in messages] == ids
    assert all(message.hint for message in messages)


def test_an_unlimited_mail_handler_is_warned_of_where_there_is_somebody_to_write_to() -> None:
    logger, handler = logging.getLogger("django"), AdminEmailHandler()
    before, logger.handlers = logger.handlers, [handler]
    try:
        assert [message.id for message in found(ADMINS=["ops@shop.example"])] == ["tenfold.W408"]
        assert found() == []
    finally:
        logger.handlers = before


def ids_of_access_log(**changed: Any) -> list[Any]:
    return [one.id for one in found(**changed) if one.id == "tenfold.W415"]


def test_an_access_log_that_no_handler_writes_is_warned_of() -> None:
    ours = logging.getLogger("tenfold")
    ours.propagate = False
    ours.removeHandler(ours.handlers[0])
    assert ids_of_access_log() == ["tenfold.W415"]
    assert ids_of_access_log(**options(access_log=False)) == []
    assert ids_of_access_log(MIDDLEWARE=[]) == []  # W403 says it


def test_an_access_log_below_the_level_of_the_root_is_warned_of_unless_that_was_chosen() -> None:
    ours = logging.getLogger("tenfold")
    ours.setLevel(logging.NOTSET)
    assert ids_of_access_log() == ["tenfold.W415"]
    ours.setLevel(logging.WARNING)
    assert ids_of_access_log() == []


@pytest.mark.parametrize("check", OURS)
def test_every_check_is_registered_and_says_its_ids(check: Callable[..., Any]) -> None:
    assert check.__doc__
    assert check.__doc__[0] in "EW"
    assert check.tags == (checks.TAG,)  # type: ignore[attr-defined]


def test_checks_run_by_their_tag() -> None:
    with override_settings(MIDDLEWARE=[]):
        assert "tenfold.W403" in [message.id for message in run_checks(tags=[checks.TAG])]


BROKEN = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django_tenfold.observability"], TENFOLD_OBSERVABILITY={"slow_query_ms": 0}
)
django.setup()
from django.core.checks import run_checks
print([message.id for message in run_checks()])
"""


def test_options_that_cannot_be_are_said_by_the_check_not_by_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BROKEN], capture_output=True, text=True, timeout=60, check=False
    )
    assert "tenfold.E401" in done.stdout, done.stderr
