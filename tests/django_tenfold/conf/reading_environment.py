"""An `Environment` over variables that a test gives, and nothing else of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from django_tenfold.conf import Environment
from django_tenfold.conf.databases import Serving
from django_tenfold.conf.ladder import build_ladder

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

WEB = Serving("shop", "web", "wsgi", "none", build_ladder("web"))
"""A process of a threaded server."""

EVERY = (
    *("DEBUG", "SECRET_KEY", "DATABASE_URL", "REPLICA_URLS", "DIRECT_URL", "DATABASE_POOLER", "SERVER_TYPE"),
    *(
        "PROCESS_ROLE",
        "REQUEST_TIMEOUT",
        "TASK_TIMEOUT",
        "CACHE_URL",
        "STORAGE_URL",
        "EMAIL_URL",
        "BROKER_URL",
    ),
    *("TENFOLD_BUILD", "GUNICORN_CMD_ARGS"),
)


def set_variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name in EVERY:
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def problems_of(read: Callable[[Environment], Any], **options: Any) -> str:
    """What `check()` says after `read`; "" when nothing is wrong."""
    env = Environment(**options)
    read(env)
    try:
        env.check()
    except ImproperlyConfigured as error:
        return str(error)
    return ""
