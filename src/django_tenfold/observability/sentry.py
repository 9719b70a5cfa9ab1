"""Sentry for a settings file: `init_sentry(env.str("SENTRY_DSN", ""))`.

Nothing happens without a DSN, and nothing is imported then. Nothing personal is sent unless asked for; fields
whose name says that they are secret are masked before anything leaves the process; each event carries the
request id, so that the log lines of the request are found from it.
https://docs.sentry.io/platforms/python/integrations/django/
"""

from __future__ import annotations

import importlib
import logging
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django_tenfold.observability.masking import MASK, is_secret
from django_tenfold.observability.request_id import get_request_id

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

RELEASE_VARIABLES = ("SENTRY_RELEASE", "RELEASE", "GIT_SHA", "SOURCE_VERSION")
"""Environment variables that name what is deployed, in this order."""

_PERSONAL_HEADERS = frozenset({"cookie", "set-cookie", "authorization", "x-forwarded-for", "x-real-ip"})
_DEEPEST = 12


def init_sentry(
    dsn: str | None,
    *,
    environment: str = "production",
    release: str | None = None,
    traces: float = 0.0,
    profiles: float = 0.0,
    errors: float = 1.0,
    personal: bool = False,
    ignore: Sequence[type[BaseException] | str] = (),
    **more: Any,
) -> bool:
    """Starts Sentry's client; whether it did.

    `traces`, `profiles` and `errors` are shares from 0 to 1 of requests, of traced requests, of errors.
    `release` defaults to the first of RELEASE_VARIABLES. `personal` sends users, addresses and cookies along.
    `more` goes to sentry_sdk.init as it is. With a DSN but without sentry-sdk it is told in the log: a site must
    not stay down because its errors cannot be reported. Raises ValueError for a share that is none.
    """
    for name, share in (("traces", traces), ("profiles", profiles), ("errors", errors)):
        if not 0 <= share <= 1:
            raise ValueError(f"{name} is {share}: a share from 0 to 1 is meant")
    if not dsn:
        return False
    if find_spec("sentry_sdk") is None:
        logger.warning("A DSN of Sentry is set, but sentry-sdk is not installed: pip install sentry-sdk")
        return False
    sdk = importlib.import_module("sentry_sdk")
    chosen: dict[str, Any] = {
        "dsn": dsn,
        "environment": environment,
        "release": release
        or next((os.environ[name] for name in RELEASE_VARIABLES if os.environ.get(name)), None),
        "traces_sample_rate": traces,
        "profiles_sample_rate": profiles,
        "sample_rate": errors,
        "max_request_body_size": "small" if personal else "never",
        **(_collect_personal() if personal else {}),  # nothing personal is sent unless told so
        "integrations": _make_integrations(),
        "ignore_errors": [*ignore],
        "before_send": _prepare(personal),
        "before_send_transaction": _prepare(personal),
    }
    sdk.init(**{**chosen, **more})
    return True


def _collect_personal() -> dict[str, Any]:
    """Newer versions of sentry-sdk call it otherwise: https://docs.sentry.io/platforms/python/configuration/options/#data_collection"""
    if "data_collection" in importlib.import_module("sentry_sdk.consts").DEFAULT_OPTIONS:
        return {"data_collection": {"user_info": True}}
    return {"send_default_pii": True}


def _make_integrations() -> list[Any]:
    """Django always, Celery where it is installed; an error is an event, what was logged before it a crumb."""
    folder = "sentry_sdk.integrations"
    made = [
        importlib.import_module(f"{folder}.django").DjangoIntegration(transaction_style="url"),
        importlib.import_module(f"{folder}.logging").LoggingIntegration(
            level=logging.INFO, event_level=logging.ERROR
        ),
    ]
    if find_spec("celery") is not None:
        made.append(importlib.import_module(f"{folder}.celery").CeleryIntegration())
    return made


def _prepare(personal: bool) -> Any:
    """A `before_send`: the request id as a tag, secrets masked. What fails here must not lose the event."""

    def prepare(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
        if request_id := get_request_id():
            event.setdefault("tags", {})["request_id"] = request_id
        for part in ("request", "extra", "contexts", "breadcrumbs", "exception", "threads"):
            if part in event:
                event[part] = _scrub(event[part], personal)
        if not personal:
            event.pop("user", None)
            event.pop("server_name", None)
        return event

    return prepare


def _scrub(value: Any, personal: bool, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return MASK
    if isinstance(value, dict):
        return {
            key: MASK if _hides(str(key), personal) else _scrub(one, personal, depth + 1)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_scrub(one, personal, depth + 1) for one in value]
    return value


def _hides(key: str, personal: bool) -> bool:
    if personal and key.lower() in _PERSONAL_HEADERS - {"authorization"}:
        return False
    return is_secret(key) or key.lower() in _PERSONAL_HEADERS or (not personal and key == "query_string")
