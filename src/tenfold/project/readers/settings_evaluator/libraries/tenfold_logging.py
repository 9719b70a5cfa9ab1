"""django_tenfold.observability: `LOGGING = logging_config(debug=DEBUG, level=...)`.

What it gives in production: formatter and level follow from the arguments; a test holds the dictionary equal to
what the function itself returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.readers.settings_evaluator.lifting import wrap
from tenfold.project.settings_values import Entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.readers.settings_evaluator.objects import Call

PACKAGE = "django_tenfold.observability"
SERVERS = ("gunicorn", "gunicorn.error", "_granian", "granian", "uvicorn", "uvicorn.error", "celery")
ACCESS_OF_SERVERS = ("gunicorn.access", "granian.access", "uvicorn.access")


def _configure(call: Call) -> Any:
    if call.open:
        return call.untold()
    given = call.keywords
    chosen = given.get("format") or ("plain" if given.get("debug") is True else "json")
    mail = given.get("mail_errors", False) is not False
    made = wrap(build(chosen, given.get("static"), mail=mail), place=call.where)
    made["root"]["level"] = given.get("level", "INFO")
    levels = given.get("loggers")
    if isinstance(levels, Entries):
        _set_levels(made["loggers"], levels, call)
    return made


def _set_levels(loggers: Entries, levels: Entries, call: Call) -> None:
    for name in levels:
        own = loggers.setdefault(name, Entries({}, places={}))
        own["level"] = levels[name]
        own.places["level"] = levels.places.get(name) or call.where
        loggers.places.setdefault(name, call.where)


def build(formatter: Any, static: Any = None, *, mail: bool = False) -> dict[str, Any]:
    """The dictionary, its levels at their defaults."""
    loggers: dict[str, Any] = {name: {"handlers": [], "propagate": True} for name in ("django", *SERVERS)}
    loggers |= {name: {"handlers": [], "propagate": False} for name in ACCESS_OF_SERVERS}
    loggers["django.server"] = {"handlers": [], "level": "WARNING", "propagate": True}
    handlers: dict[str, Any] = {
        "console": {"class": "logging.StreamHandler", "formatter": formatter, "filters": ["request_id"]}
    }
    if mail:
        handlers["mail_errors"] = {
            "class": f"{PACKAGE}.error_mail.ErrorMailHandler",
            "level": "ERROR",
            "formatter": "plain",
            "filters": ["require_debug_false", "request_id"],
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": f"{PACKAGE}.log_lines.RequestIdFilter"},
            "require_debug_false": {"()": "django.utils.log.RequireDebugFalse"},
        },
        "formatters": {
            "json": {"()": f"{PACKAGE}.log_lines.JsonFormatter", "static": static or {}},
            "plain": {"()": f"{PACKAGE}.log_lines.LineFormatter"},
        },
        "handlers": handlers,
        "root": {"handlers": [*handlers], "level": "INFO"},
        "loggers": loggers,
    }


KNOWN: dict[str, Callable[[Call], Any]] = {f"{PACKAGE}.log_config.logging_config": _configure}
