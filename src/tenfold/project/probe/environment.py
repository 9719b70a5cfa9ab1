"""Versions, installed distributions, template engines, middleware."""

from __future__ import annotations

import platform
import re
import sys
from typing import TYPE_CHECKING, Any

from .encode import dotted, encode

if TYPE_CHECKING:
    from .places import Places


def read_environment(places: Places) -> dict[str, Any]:
    """Python's and Django's versions, the interpreter, and what is installed (normalised name -> version)."""
    import django

    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "prefix": sys.prefix,
        "django": django.get_version(),
        "installed": read_distributions(),
    }


def read_distributions() -> dict[str, str]:
    from importlib import metadata

    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), str(distribution.version))
    return found


def read_engines(places: Places) -> list[dict[str, Any]]:
    """Template engines: backend, name, folders; an engine that cannot be made says why."""
    from django.conf import settings
    from django.template import engines

    found = []
    for position, configured in enumerate(settings.TEMPLATES):
        record: dict[str, Any] = {"backend": str(configured.get("BACKEND", ""))}
        try:
            engine = engines.all()[position]
            record["name"] = engine.name
            record["directories"] = [str(folder) for folder in engine.template_dirs]
            record["own"] = [places.relative(folder) for folder in record["directories"]]
            record["loaders"] = encode(getattr(getattr(engine, "engine", None), "loaders", None))
        except Exception as error:
            record["failure"] = f"{type(error).__name__}: {error}"
        found.append(record)
    return found


def read_middleware(places: Places) -> list[dict[str, str]]:
    """Every entry of MIDDLEWARE: what it is, or why it cannot be imported."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    found = []
    for path in settings.MIDDLEWARE:
        try:
            found.append({"path": path, "is": dotted(import_string(path)), "failure": ""})
        except Exception as error:
            found.append({"path": str(path), "is": "", "failure": f"{type(error).__name__}: {error}"})
    return found
