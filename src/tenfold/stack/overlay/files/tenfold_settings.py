"""The project's own settings with the stack's in their place: DJANGO_SETTINGS_MODULE of every process.

What is changed stands in tenfold_overlay.json beside this file, one operation after the other. The changed
values are also written back into the project's settings module and the modules it took them from, for code
that imports those instead of `django.conf.settings`. Names of this module are lower-case: an upper-case one
would be a setting.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import PurePath
from typing import Any

import tenfold_connections  # type: ignore[import-not-found]

role = os.environ.get("TENFOLD_ROLE", "app")
folder = os.path.dirname(os.path.abspath(__file__))
_missing = object()

with open(os.path.join(folder, "tenfold_overlay.json"), encoding="utf-8") as _file:
    overlay: dict[str, Any] = json.load(_file)


def load_settings(name: str, configuration: str) -> Any:
    """The project's settings module, which finds DJANGO_SETTINGS_MODULE to be itself."""
    ours = os.environ.get("DJANGO_SETTINGS_MODULE", __name__)
    os.environ["DJANGO_SETTINGS_MODULE"] = name
    try:
        if configuration:
            os.environ.setdefault("DJANGO_CONFIGURATION", configuration)
            importer = importlib.import_module("configurations.importer")
            importer.install()
        return importlib.import_module(name)
    finally:
        # Processes that this one starts must come here again.
        os.environ["DJANGO_SETTINGS_MODULE"] = ours


def forget_early(name: str) -> None:
    """Settings that read `django.conf.settings` themselves make it take the project's own, half loaded, for good."""
    from django.conf import settings
    from django.utils.functional import empty

    if settings.configured and getattr(settings, "SETTINGS_MODULE", "") == name:
        settings._wrapped = empty


def change(values: dict[str, Any], operation: dict[str, Any]) -> None:
    """Carries one operation out on a copy of whatever lies on its path: parts may be shared."""
    if operation["roles"] and role not in operation["roles"]:
        return
    path: list[str] = operation["path"]
    do, value = operation["do"], operation["value"]
    holder = values
    for key in path[:-1]:
        inner = holder.get(key)
        if inner is None and do == "drop":
            return
        holder[key] = dict(inner) if inner is not None else {}
        holder = holder[key]
    last = path[-1]
    if do == "set":
        old: Any = holder.get(last)
        # Code appends to it with "/" where it was a Path: STATIC_ROOT / "manifest.json". A database's NAME, which
        # is a Path for SQLite, is none any more.
        folder_path = holder is values and isinstance(old, PurePath) and isinstance(value, str)
        holder[last] = type(old)(value) if folder_path else value
    elif do == "tuple":
        holder[last] = tuple(value)
    elif do == "named":
        holder[last] = f"{value}-{role}"
    elif do == "drop":
        holder.pop(last, None)
    elif do == "copy":
        holder[last] = {k: dict(v) if isinstance(v, dict) else v for k, v in holder[value].items()}
    elif do == "add":
        holder[last] = add_items(holder.get(last), value)


def add_items(present: Any, items: list[Any]) -> Any:
    """The list or tuple with the items that it lacks."""
    found = list(present or ())
    found += [item for item in items if item not in found]
    return tuple(found) if isinstance(present, tuple) else found


def write_back(names: dict[str, Any], before: dict[str, Any], settings: Any) -> None:
    """New values into the settings module, and into every module that holds the very same old ones."""
    package = settings.__name__.partition(".")[0]
    for module in list(sys.modules.values()):
        name = getattr(module, "__name__", "")
        if module is not settings and name.partition(".")[0] != package:
            continue
        held = vars(module)
        for key, value in names.items():
            old = before.get(key, _missing)
            same = key in held and held[key] is old and not isinstance(old, (bool, int, type(None)))
            if module is settings or same:
                held[key] = value


def build() -> dict[str, Any]:
    """Upper-case names of the project's settings, changed."""
    settings = load_settings(overlay["settings"], overlay["configuration"])
    forget_early(overlay["settings"])
    before = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    values = dict(before)
    for operation in overlay["operations"]:
        change(values, operation)
    changed = {operation["path"][0] for operation in overlay["operations"]}
    write_back({name: values[name] for name in changed if name in values}, before, settings)
    return values


globals().update(build())
tenfold_connections.install(globals().get("DATABASES") or {})
