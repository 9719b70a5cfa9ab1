"""Constants of libraries that settings read, by dotted name."""

from __future__ import annotations

from typing import Any

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


def constant(dotted: str) -> Any:
    """What a library's name holds: a constant when it is known, else a Reference."""
    return CONSTANTS.get(dotted, Reference(dotted))
