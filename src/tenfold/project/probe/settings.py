"""The resolved settings."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from .encode import encode

if TYPE_CHECKING:
    from .places import Places


def read_settings(places: Places) -> dict[str, Any]:
    """`explicit`: what the project sets; `defaults`: what Django adds. Secrets are masked."""
    if os.environ.get("DJANGO_CONFIGURATION"):
        importlib.import_module("configurations.importer").install()
    from django.conf import settings

    names = [name for name in dir(settings) if name.isupper()]
    wrapped = settings._wrapped
    explicit = set(getattr(wrapped, "_explicit_settings", names))
    report: dict[str, Any] = {"explicit": {}, "defaults": {}, "failures": {}}
    for name in names:
        try:
            value = encode(getattr(settings, name), name)
        except Exception as error:
            report["failures"][name] = f"{type(error).__name__}: {error}"
            continue
        report["explicit" if name in explicit else "defaults"][name] = value
    return report
