"""Constants of libraries that settings read, by dotted name."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tenfold.project.readers.settings_evaluator.lifting import wrap
from tenfold.project.settings_values import Reference

CONSTANTS: dict[str, Any] = {
    "os.sep": "/",
    "os.path.sep": "/",
    "os.pathsep": ":",
    "os.curdir": ".",
    "os.linesep": "\n",
    "dj_database_url.DEFAULT_ENV": "DATABASE_URL",
    "string.ascii_letters": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "string.digits": "0123456789",
}

_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "require_debug_false": {"()": "django.utils.log.RequireDebugFalse"},
        "require_debug_true": {"()": "django.utils.log.RequireDebugTrue"},
    },
    "formatters": {
        "django.server": {
            "()": "django.utils.log.ServerFormatter",
            "format": "[{server_time}] {message}",
            "style": "{",
        }
    },
    "handlers": {
        "console": {"level": "INFO", "filters": ["require_debug_true"], "class": "logging.StreamHandler"},
        "django.server": {
            "level": "INFO",
            "class": "logging.StreamHandler",
            "formatter": "django.server",
        },
        "mail_admins": {
            "level": "ERROR",
            "filters": ["require_debug_false"],
            "class": "django.utils.log.AdminEmailHandler",
        },
    },
    "loggers": {
        "django": {"handlers": ["console", "mail_admins"], "level": "INFO"},
        "django.server": {"handlers": ["django.server"], "level": "INFO", "propagate": False},
    },
}
"""django.utils.log.DEFAULT_LOGGING, the same from Django 4.2 to 6.1."""


def constant(dotted: str) -> Any:
    """What a library's name holds: a constant when it is known, else a Reference."""
    if dotted == "django.utils.log.DEFAULT_LOGGING":
        return wrap(deepcopy(_LOGGING))
    return CONSTANTS.get(dotted, Reference(dotted))
