"""Which settings the project's own code reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

    from tenfold.project.source import Source

_SETTING = re.compile(r"[A-Z][A-Z0-9_]*\Z")


def settings_read(source: Source, settings_files: Container[str]) -> frozenset[str]:
    """Names that look like settings and are read anywhere: `settings.X`, a bare `X`, or the string "X"
    (as in `getattr(settings, "X")`; in the settings files a string names an environment variable)."""
    found: set[str] = set()
    for module in source:
        found.update(last for name in module.names if _SETTING.match(last := name.rpartition(".")[2]))
        if module.path not in settings_files:
            found.update(text for text in module.strings if _SETTING.match(text))
    return frozenset(found)
