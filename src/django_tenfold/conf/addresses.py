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
_DAY = 86_400
"""Seconds. More is a slip of the unit (milliseconds)."""
OptionValue = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a URL, percent-decoded. `path` keeps its leading slash; `port` is None when not given;
    several hosts and their ports have commas between."""

    scheme: str
    user: str
    password: str
    host: str
    port: int | str | None
    path: str
    options: dict[str, str] = field(default_factory=dict)


def parse_address(url: str, *, schemes: Container[str] = (), known: str = "") -> Address:
    """Raises MalformedError; `known` lists the schemes for its text."""
    if any(ord(letter) < 32 for letter in url):
        raise MalformedError("holds a line break or another control character; percent-encode it")
    scheme, colon, _ = url.partition(":")
    if not colon:
        raise MalformedError(f"is no URL: it needs a scheme{f' ({known})' if known else ''}")
    if schemes and scheme.lower() not in schemes:
        raise MalformedError(f"has a scheme that is not known; known: {known}")
    if "#" in url:
        raise MalformedError('holds a "#", which would end the URL there; percent-encode it as %23')
    try:
        split = urlsplit(url)
        user, password = unquote(split.username or ""), unquote(split.password or "")
        host, port = _parse_hosts(split.netloc.rpartition("@")[2])
        if "@" in split.path:  # what came before is the half of a password with a "/" in it
            raise ValueError
    except ValueError:
        raise MalformedError(
            "has a host or port that cannot be read; percent-encode / ? # [ ] @ : % in its password"
        ) from None
    return Address(split.scheme, user, password, host, port, unquote(split.path), _parse_options(split.query))


def _parse_hosts(netloc: str) -> tuple[str, int | str | None]:
    """Several hosts have commas between, as libpq takes them; each may have a port. Raises ValueError."""
    found = [_parse_host(one) for one in netloc.split(",")]
    hosts = ",".join(host for host, _ in found)
    if len(found) == 1:
        return hosts, found[0][1]
    ports = [port for _, port in found if port is not None]
    if len(ports) in (0, len(found)):
        return hosts, ",".join(map(str, ports)) or None
    if len(ports) == 1 and found[-1][1] is not None:
        return hosts, ports[0]
    raise ValueError


def _parse_host(text: str) -> tuple[str, int | None]:
    """ "host", "host:5432", "[::1]:5432", "%2Frun%2Fpostgresql"; `urllib` would lower-case it."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        before, colon, port = rest.partition(":")
        if not bracket or before:
            raise ValueError
    else:
        host, colon, port = text.partition(":")
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise ValueError
    return unquote(host), int(port) if port else None


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
    """Removes an option that is a time in seconds, a day at most; raises MalformedError."""
    text = options.pop(name, None)
    if text is None:
        return default
    value = read_value(text)
    if isinstance(value, bool | str) or not 0 <= value <= _DAY:
        raise MalformedError(f"gives the option {name!r} no number of seconds (0 to {_DAY})")
    return float(value)


def take_count(options: dict[str, str], name: str, default: int) -> int:
    """Removes an option that is a whole number from 0 on; raises MalformedError."""
    text = options.pop(name, None)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise MalformedError(f"gives the option {name!r} no whole number")
    return int(text)


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
