"""The form of the probe's answer, and its values as Python data."""

from __future__ import annotations

import math
from typing import Any

from tenfold.project.settings import Reference, Undetermined

_ROUTE = {
    "pattern": str,
    "name": str,
    "view": str,
    "style": str,
    "path": str,
    "line": int,
    "own": bool,
    "view_path": str,
    "view_line": int,
}
_FIELD = {"name": str, "kind": str, "path": str, "line": int, "to": str, "options": {str: object}}
_MODEL = {
    "label": str,
    "dotted": str,
    "path": str,
    "line": int,
    "abstract": bool,
    "fields": [_FIELD],
    "meta": {str: object},
    "bases": [str],
}
_MIGRATION = {
    "app": str,
    "name": str,
    "path": str,
    "dependencies": [[str]],
    "replaces": [[str]],
    "initial": bool,
    "atomic": bool,
    "operations": [str],
}
_MESSAGE = {"id": str, "level": int, "text": str, "hint": str, "object": str, "silenced": bool}
_APP = {"label": str, "name": str, "config": str, "path": str, "own": bool, "models": [str]}

SHAPES: dict[str, Any] = {
    "environment": {
        "python": str,
        "django": str,
        "executable": str,
        "prefix": str,
        "installed": {str: str},
    },
    "settings": {"explicit": {str: object}, "defaults": {str: object}, "failures": {str: str}},
    "apps": [_APP],
    "models": [_MODEL],
    "urls": {"root": str, "routes": [_ROUTE], "unfollowed": [[str]]},
    "migrations": [_MIGRATION],
    "checks": {"messages": [_MESSAGE], "failures": {str: str}},
    "templates": [{"backend": str}],
    "middleware": [{"path": str, "is": str, "failure": str}],
}


def fits(value: Any, shape: Any) -> bool:
    """Whether JSON data has a shape: a type, `[shape]`, `{str: shape}`, or the keys that it must have."""
    if isinstance(shape, type):
        return isinstance(value, shape) and not (shape is int and isinstance(value, bool))
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    if not isinstance(value, dict):
        return False
    if str in shape:
        return all(fits(item, shape[str]) for item in value.values())
    return all(key in value and fits(value[key], inner) for key, inner in shape.items())


def decode(value: Any) -> object:
    """A value of the settings: tuples and sets again, objects as `Reference`, cut parts `Undetermined`."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    marker = next((key for key in value if key.startswith("$")), None)
    if marker is None:
        return {key: decode(item) for key, item in value.items()}
    return _decode_marked(marker, value)


def _decode_marked(marker: str, value: dict[str, Any]) -> object:
    inner = value[marker]
    if marker in ("$tuple", "$set") and isinstance(inner, list):
        items = [decode(item) for item in inner]
        return tuple(items) if marker == "$tuple" or not _hashable(items) else frozenset(items)
    if marker == "$pairs" and fits(inner, [list]):
        pairs = [(decode(pair[0]), decode(pair[1])) for pair in inner if len(pair) == 2]
        return dict(pairs) if _hashable([key for key, _ in pairs]) else Undetermined("a dict of odd keys")
    if marker == "$bytes":
        return f"<bytes of {inner} characters>"
    if marker == "$name":
        return Reference(str(inner))
    if marker == "$object":
        return _decode_object(str(inner), value)
    return Undetermined(f"a {inner} that was too deep or too large to read")


def _decode_object(dotted: str, value: dict[str, Any]) -> object:
    arguments, keywords = value.get("arguments", []), value.get("keywords", {})
    if not isinstance(arguments, list) or not isinstance(keywords, dict):
        return Undetermined(f"a {dotted} of an unexpected form")
    if dotted == "float" and arguments in (["inf"], ["-inf"]):
        return math.inf if arguments == ["inf"] else -math.inf
    return Reference(
        dotted,
        tuple(decode(item) for item in arguments),
        tuple((key, decode(item)) for key, item in keywords.items()),
        called=True,
    )


def _hashable(items: list[object]) -> bool:
    try:
        hash(tuple(items))
    except TypeError:
        return False
    return True
