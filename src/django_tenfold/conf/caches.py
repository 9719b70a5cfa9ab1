"""A cache's URL as an entry of CACHES."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_tenfold.conf.addresses import parse_address, read_value, take_seconds
from django_tenfold.conf.variables import MalformedError

if TYPE_CHECKING:
    from django_tenfold.conf.addresses import Address

_BACKENDS = "django.core.cache.backends."
SCHEMES = {
    "redis": _BACKENDS + "redis.RedisCache",
    "rediss": _BACKENDS + "redis.RedisCache",
    "valkey": _BACKENDS + "redis.RedisCache",
    "valkeys": _BACKENDS + "redis.RedisCache",
    "unix": _BACKENDS + "redis.RedisCache",
    "memcached": _BACKENDS + "memcached.PyMemcacheCache",
    "locmem": _BACKENDS + "locmem.LocMemCache",
    "dummy": _BACKENDS + "dummy.DummyCache",
    "file": _BACKENDS + "filebased.FileBasedCache",
    "db": _BACKENDS + "db.DatabaseCache",
}
KNOWN = ", ".join(SCHEMES)
CONNECT = 1.0
"""Seconds to connect: a cache that does not answer must not hold the request it was to speed up."""
ANSWER = 1.0
"""Seconds for an answer; Redis answers in 0.1 ms."""
IDLE = 30
"""Seconds after which a connection is tried before it is used again: a restarted server costs no request.
https://redis.io/docs/latest/develop/clients/redis-py/produsage/#health-checks"""


def build_cache(text: str, *, prefix: str = "", timeout: int | None = 300) -> dict[str, Any]:
    """`text` is one URL, or the primary's and its replicas' (Redis) or several servers' (memcached) with commas
    between. Raises MalformedError, whose text never holds the URL."""
    urls = [one for one in text.split(",") if one]
    addresses = [parse_address(url, schemes=SCHEMES, known=KNOWN) for url in urls]
    if not addresses:
        raise MalformedError("is empty")
    first = addresses[0]
    backend = SCHEMES[first.scheme]
    if len({SCHEMES[one.scheme] for one in addresses}) > 1:
        raise MalformedError("names servers of different kinds")
    options = dict(first.options)
    entry: dict[str, Any] = {
        "BACKEND": backend,
        "KEY_PREFIX": options.pop("key_prefix", prefix),
        "TIMEOUT": take_seconds(options, "ttl", 300 if timeout is None else timeout),
    }
    entry["TIMEOUT"] = None if timeout is None and "ttl" not in first.options else int(entry["TIMEOUT"])
    made: dict[str, Any] = {name: read_value(value) for name, value in options.items()}
    if backend.endswith("RedisCache"):
        _refuse_nowhere(addresses)
        entry["LOCATION"] = [_bare(url) for url in urls] if len(urls) > 1 else _bare(urls[0])
        made = {
            "socket_connect_timeout": CONNECT,
            "socket_timeout": ANSWER,
            "health_check_interval": IDLE,
            **made,
        }
    elif backend.endswith("PyMemcacheCache"):
        entry["LOCATION"] = [
            f"unix:{one.path}" if not one.host else f"{one.host}:{one.port or 11211}" for one in addresses
        ]
        made = {"connect_timeout": CONNECT, "timeout": ANSWER, "no_delay": True, **made}
    else:
        entry["LOCATION"] = first.path if first.scheme == "file" else first.host or first.path.strip("/")
    if made:
        entry["OPTIONS"] = made
    return entry


def _refuse_nowhere(addresses: list[Address]) -> None:
    """redis-py would take its own localhost."""
    for address in addresses:
        if address.scheme == "unix" and not address.path.strip("/"):
            raise MalformedError("names no path: it is unix:// and the whole path of the socket")
        if address.scheme != "unix" and not address.host:
            raise MalformedError("names no host")


def _bare(url: str) -> str:
    """The URL as redis-py takes it: its query is given as options, Valkey speaks Redis's protocol."""
    scheme, _, rest = url.partition("?")[0].partition(":")
    return f"{scheme.replace('valkey', 'redis')}:{rest}"
