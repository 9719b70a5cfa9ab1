"""LOGGING for a settings file, complete: `LOGGING = logging_config(debug=DEBUG)`.

Everything goes to the console, where whatever runs the process (systemd, Docker, `tenfold up`) collects it: a
log file of the application's own would need rotation, and two processes that rotate one file lose lines. The
servers' loggers (gunicorn, granian, uvicorn, Celery) write in the same format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = "django_tenfold.observability"

SERVERS = ("gunicorn", "gunicorn.error", "_granian", "granian", "uvicorn", "uvicorn.error", "celery")
"""Loggers of servers, which give themselves handlers of their own; here they hand on to the root's."""

ACCESS_OF_SERVERS = ("gunicorn.access", "granian.access", "uvicorn.access")
"""Silent: the block's own access log has a line for each request, with view, queries and request id."""


def logging_config(
    *,
    debug: bool = False,
    format: str = "",
    level: str = "INFO",
    loggers: Mapping[str, str] | None = None,
    static: Mapping[str, Any] | None = None,
    mail_errors: bool = False,
) -> dict[str, Any]:
    """A LOGGING dictionary.

    `format` is "json" or "plain" ("" chooses: plain with `debug`, else JSON). `level` is the root's; `loggers`
    names levels of others, {"shop": "DEBUG"}. `static` are fields of each JSON line, {"service": "shop"}.
    With `mail_errors` errors are mailed to ADMINS, limited so that they cannot flood. Raises ValueError for an
    unknown format, and for the root among `loggers`.
    """
    chosen = format or ("plain" if debug else "json")
    if chosen not in ("json", "plain"):
        raise ValueError(f'format is {chosen!r}: use "json" or "plain"')
    handlers = ["console", "mail_errors"] if mail_errors else ["console"]
    own: dict[str, Any] = {name: {"handlers": [], "propagate": True} for name in ("django", *SERVERS)}
    own |= {name: {"handlers": [], "propagate": False} for name in ACCESS_OF_SERVERS}
    # runserver tells each request; the block's access log tells more of it.
    own["django.server"] = {"handlers": [], "level": "WARNING", "propagate": True}
    for name, its_level in (loggers or {}).items():
        if name in ("", "root"):
            raise ValueError("loggers names the root logger: its level is the argument `level`")
        own[name] = {**own.get(name, {}), "level": its_level}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": f"{_PACKAGE}.log_lines.RequestIdFilter"},
            "require_debug_false": {"()": "django.utils.log.RequireDebugFalse"},
        },
        "formatters": {
            "json": {"()": f"{_PACKAGE}.log_lines.JsonFormatter", "static": dict(static or {})},
            "plain": {"()": f"{_PACKAGE}.log_lines.LineFormatter"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": chosen, "filters": ["request_id"]},
            **({"mail_errors": _MAIL} if mail_errors else {}),
        },
        "root": {"handlers": handlers, "level": level},
        "loggers": own,
    }


_MAIL = {
    "class": f"{_PACKAGE}.error_mail.ErrorMailHandler",
    "level": "ERROR",
    "formatter": "plain",
    "filters": ["require_debug_false", "request_id"],
}
