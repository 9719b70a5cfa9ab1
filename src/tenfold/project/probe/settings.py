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
    if os.environ.get("DJANGO_CONFIGURATION"):
        # Its class brings every default along as if the project had set it.
        explicit = {name for name in explicit if not is_default(name, getattr(settings, name, None))}
    report: dict[str, Any] = {"explicit": {}, "defaults": {}, "failures": {}}
    for name in names:
        try:
            value = encode(getattr(settings, name), name)
        except Exception as error:
            report["failures"][name] = f"{type(error).__name__}: {error}"
            continue
        report["explicit" if name in explicit else "defaults"][name] = value
    return report


def is_default(name: str, value: Any) -> bool:
    """Whether a value is what Django sets when the project does not."""
    from django.conf import global_settings

    return hasattr(global_settings, name) and bool(getattr(global_settings, name) == value)
