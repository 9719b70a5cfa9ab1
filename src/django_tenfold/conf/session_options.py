"""The limits that a connection starts with, read back from its settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPTION = re.compile(r"(?:-c\s*|--)(\w+_timeout)\s*=\s*(\d+)\s*(ms|s|min|h|d)?(?!\w)")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "": 0.001}
"""A bare number counts milliseconds.
https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT"""


def read_session_limits(database: Mapping[str, Any]) -> dict[str, float]:
    """Seconds of each `..._timeout` in libpq's `options` ("-c statement_timeout=30s"); the last one counts."""
    text = str((database.get("OPTIONS") or {}).get("options") or "")
    return {name: int(number) * _SECONDS[unit] for name, number, unit in _OPTION.findall(text)}
