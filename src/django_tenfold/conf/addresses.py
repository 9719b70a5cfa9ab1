"""URLs of services taken apart, strictly: what would be lost silently is refused with the reason.

`urllib` lower-cases the host (wrong for the path of a socket), drops empty query values, and takes what
follows an unquoted "#" for a fragment. Nothing here ever quotes the URL: it may hold a password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from django_tenfold.conf.variables import MalformedError

if TYPE_CHECKING:
    from collections.abc import Container

_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
OptionValue = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a URL, percent-decoded. `path` keeps its leading slash; `port` is None when not given."""

    scheme: str
    user: str
    password: str
    host: str
    port: int | None
    path: str
    options: dict[str, str] = field(default_factory=dict)


def parse_address(url: str, *, schemes: Container[str] = (), known: str = "") -> Address:
    """Raises MalformedError; `known` lists the schemes for its text."""
    if url != url.strip() or any(ord(letter) < 33 for letter in url):
        raise MalformedError("holds a blank or a control character; percent-encode it (a space is %20)")
    scheme, colon, _ = url.partition(":")
    if not colon:
        raise MalformedError(f"is no URL: it needs a scheme{f' ({known})' if known else ''}")
    if schemes and scheme.lower() not in schemes:
        raise MalformedError(f"has a scheme that is not known; known: {known}")
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise MalformedError(
            "has a host or port that cannot be read; percent-encode / ? # [ ] @ : % in the password"
            " (python -c 'import urllib.parse, getpass; print(urllib.parse.quote(getpass.getpass(), safe=\"\"))')"
        ) from None
    if split.fragment or "#" in url:
        raise MalformedError('holds a "#", which would end the URL there; percent-encode it as %23')
    where = split.netloc.rpartition("@")[2]
    host = where[1 : where.index("]")] if where.startswith("[") else where.rpartition(":")[0] or where
    if where.startswith(":"):
        host = ""
    return Address(
        scheme=split.scheme,
        user=unquote(split.username or ""),
        password=unquote(split.password or ""),
        host=unquote(host),
        port=port,
        path=unquote(split.path),
        options=_parse_options(split.query),
    )


def _parse_options(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise MalformedError("has a query that is no list of name=value&name=value") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise MalformedError(f"gives the option {name!r} twice")
        if not value:
            raise MalformedError(f"gives the option {name!r} no value")
        found[name] = value
    return found


def read_value(text: str) -> OptionValue:
    """An option as what it looks like: a whole number, a number, a truth value, else the text."""
    if text.isascii() and text.removeprefix("-").isdigit():
        return int(text)
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    try:
        return float(text) if text.isascii() and text.count(".") == 1 else text
    except ValueError:
        return text


def take_seconds(options: dict[str, str], name: str, default: float) -> float:
    """Removes an option that is a time in seconds; raises MalformedError."""
    text = options.pop(name, None)
    if text is None:
        return default
    value = read_value(text)
    if isinstance(value, bool | str) or value < 0:
        raise MalformedError(f"gives the option {name!r} no number of seconds")
    return float(value)


def take_flag(options: dict[str, str], name: str, *, default: bool) -> bool:
    """Removes an option that is true or false; raises MalformedError."""
    text = options.pop(name, None)
    if text is None:
        return default
    if text.lower() in _TRUE | {"1"}:
        return True
    if text.lower() in _FALSE | {"0"}:
        return False
    raise MalformedError(f"gives the option {name!r} neither true nor false")


def take_choice(options: dict[str, str], name: str, choices: tuple[str, ...]) -> str:
    """Removes an option that is one of a few words, "" when not given; raises MalformedError."""
    text = options.pop(name, "")
    if text and text not in choices:
        raise MalformedError(f"gives the option {name!r} another value than {', '.join(choices)}")
    return text
