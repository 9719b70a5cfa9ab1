"""Any Python value as JSON data, its secrets masked.

What JSON lacks is written as an object with one key that begins with `$`: `$tuple`, `$set`, `$pairs`
(a dict whose keys are not all strings), `$bytes` (a length), `$name` (a class or function, dotted),
`$object` (an instance: its dotted class; `arguments` and `keywords` when they are known), `$cut`.
"""

from __future__ import annotations

import datetime
import math
import os
import re
import sys
from typing import Any

DEPTH = 12
ITEMS = 5000
LENGTH = 10_000

SECRET = re.compile(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|CREDENTIAL|PRIVATE|SIGNING|API_?KEY|ACCESS_?KEY|(^|[_-])(KEYS?|PASS|PWD|DSN)$",
    re.IGNORECASE,
)
# Names that match and hold no secret, in Django's own settings and in common packages'.
OPEN = re.compile(
    r"^(AUTH_PASSWORD_VALIDATORS|PASSWORD_HASHERS|.*_(MODEL|CLASS|BACKEND|URL|NAME|TIMEOUT|PREFIX|HEADER|PATH))$"
)
URL_PASSWORD = re.compile(r"(\b[A-Za-z][\w+.-]*://[^\s:/@]*:)([^\s@]+)(@)")
URL_USER = re.compile(r"(\b[A-Za-z][\w+.-]*://)([^\s:/@]{16,})(@)")
IN_QUERY = re.compile(r"(?i)((?:password|passwd|pwd|token|secret|api_?key|access_?key)=)([^\s&;\"']+)")


def describe(value: Any) -> str:
    """What a secret is shown as: "<str of 50 characters>"."""
    return f"<{type(value).__name__} of {len(value)} characters>"


def mask_text(text: str) -> str:
    """The text with passwords in URLs, connection strings and query strings described."""
    if "://" in text:
        text = URL_PASSWORD.sub(lambda m: m.group(1) + describe(m.group(2)) + m.group(3), text)
        text = URL_USER.sub(lambda m: m.group(1) + describe(m.group(2)) + m.group(3), text)
    if "=" in text:
        text = IN_QUERY.sub(
            lambda m: m.group(0) if m.group(2).startswith("<str") else m.group(1) + describe(m.group(2)), text
        )
    return text


def is_secret_name(name: object) -> bool:
    """Whether values of that name are masked."""
    return isinstance(name, str) and bool(SECRET.search(name)) and not OPEN.match(name)


def is_dotted_path(text: str) -> bool:
    """Whether it names something importable ("app.hashers.Fast"): such a text is no secret."""
    first, dot, _rest = text.partition(".")
    return bool(dot) and first in sys.modules and all(part.isidentifier() for part in text.split("."))


def encode(value: Any, name: object = "", *, secret: bool = False, depth: int = DEPTH) -> Any:
    """JSON data of a value; `name` is its setting or key, by which secrets are known."""
    secret = secret or is_secret_name(name)
    if value is None or isinstance(value, (bool, int)):
        return value if value is None or isinstance(value, bool) else int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"$object": "float", "arguments": [str(value)]}
    if isinstance(value, (str, os.PathLike)):
        return encode_text(value, secret=secret)
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": len(value)}
    if depth <= 0:
        return {"$cut": dotted(type(value))}
    return encode_compound(value, name, secret=secret, depth=depth - 1)


def encode_text(value: Any, *, secret: bool) -> Any:
    """A string, or a path as a string."""
    text = os.fsdecode(value) if isinstance(value, os.PathLike) else str.__str__(value)
    if secret and text and not is_dotted_path(text):
        return f"<str of {len(text)} characters>"
    return mask_text(text) if len(text) <= LENGTH else {"$cut": f"str of {len(text)} characters"}


def encode_compound(value: Any, name: object, *, secret: bool, depth: int) -> Any:
    if isinstance(value, dict):
        return encode_dict(value, secret=secret, depth=depth)
    if isinstance(value, (list, tuple, set, frozenset)):
        members = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        items = [encode(item, name, secret=secret, depth=depth) for item in list(members)[:ITEMS]]
        if isinstance(value, list):
            return items
        return {"$tuple" if isinstance(value, tuple) else "$set": items}
    return encode_object(value, name, secret=secret, depth=depth)


def encode_dict(value: dict[Any, Any], *, secret: bool, depth: int) -> Any:
    pairs = list(value.items())[:ITEMS]
    if all(isinstance(key, str) and not key.startswith("$") for key, _ in pairs):
        return {str(key): encode(item, key, secret=secret, depth=depth) for key, item in pairs}
    return {
        "$pairs": [
            [encode(key, depth=depth), encode(item, key, secret=secret, depth=depth)] for key, item in pairs
        ]
    }


def encode_object(value: Any, name: object, *, secret: bool, depth: int) -> Any:
    if isinstance(value, datetime.timedelta):
        return {"$object": "datetime.timedelta", "keywords": {"seconds": value.total_seconds()}}
    if isinstance(value, re.Pattern):
        return {"$object": "re.compile", "arguments": [encode(value.pattern, depth=depth)]}
    if is_lazy_text(value):
        return encode_text(str(value), secret=secret)
    if isinstance(value, type) or (hasattr(value, "__qualname__") and hasattr(value, "__module__")):
        return {"$name": dotted(value)}
    parts = deconstruct(value)
    if parts is None:
        return {"$object": dotted(type(value))}
    path, arguments, keywords = parts
    return {
        "$object": path,
        "arguments": [encode(item, name, secret=secret, depth=depth) for item in arguments],
        "keywords": {
            str(key): encode(item, key, secret=secret, depth=depth) for key, item in keywords.items()
        },
    }


def deconstruct(value: Any) -> list[Any] | None:
    """(path, arguments, keywords) of what Django can write into a migration, else None."""
    method = getattr(value, "deconstruct", None)
    if not callable(method):
        return None
    try:
        parts = list(method())[-3:]
    except Exception:
        return None
    fits = len(parts) == 3 and isinstance(parts[1], (list, tuple)) and isinstance(parts[2], dict)
    return [str(parts[0]), parts[1], parts[2]] if fits else None


def is_lazy_text(value: Any) -> bool:
    """Whether it is one of Django's lazy translations or lazy URLs."""
    return (type(value).__name__ == "__proxy__" and hasattr(type(value), "_delegate_text")) or (
        type(value).__name__ == "__proxy__" and hasattr(value, "__str__")
    )


def dotted(value: Any) -> str:
    """The dotted name of a class or function, without `<locals>`."""
    module = getattr(value, "__module__", None) or ""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", type(value).__name__)
    name = str(name).replace(".<locals>", "")
    return name if module in ("", "builtins") else f"{module}.{name}"
