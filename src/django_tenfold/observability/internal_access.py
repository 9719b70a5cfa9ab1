"""Who may read metrics and the details of the host's health: internal addresses and bearers of the token.

Nobody by default. Behind a proxy every request comes from the proxy's address, so each address that the
request claims to have come by must be internal too: a stranger's own is appended by the first proxy that he
reaches, whatever he sends himself.
"""

from __future__ import annotations

import os
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from django.utils.crypto import constant_time_compare

from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Network, IPv6Network

VARIABLE = "TENFOLD_METRICS_TOKEN"
_BEARER = "Bearer "


def is_internal(request: Any) -> bool:
    """Whether the details are for whoever sends this request."""
    return _has_token(request.META.get("HTTP_AUTHORIZATION", "")) or _is_near(request.META)


def read_token() -> str:
    """The token that opens; "" when none does."""
    return options().metrics_token or os.environ.get(VARIABLE, "")


def parse_networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Raises ValueError for what is no network."""
    return tuple(ip_network(text, strict=False) for text in texts)


_parse_networks = lru_cache(maxsize=8)(parse_networks)


def _has_token(header: str) -> bool:
    token = read_token()
    return bool(token) and header.startswith(_BEARER) and constant_time_compare(header[len(_BEARER) :], token)


def _is_near(meta: dict[str, Any]) -> bool:
    networks = _parse_networks(options().internal_networks)
    # `Forwarded` (RFC 7239) has a grammar of its own; who uses it has the token.
    if not networks or "HTTP_FORWARDED" in meta:
        return False
    try:
        return all(
            any(address in network for network in networks) for address in map(_parse_address, _way(meta))
        )
    except ValueError:
        return False


def _way(meta: dict[str, Any]) -> Iterator[str]:
    """Every address on the request's way. A Unix socket has none: the process behind it is on this host."""
    if peer := meta.get("REMOTE_ADDR", ""):
        yield peer
    else:
        yield "127.0.0.1"
    for header in ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"):
        if given := meta.get(header):
            yield from given.split(",")


def _parse_address(text: str) -> Any:
    address = ip_address(text.strip())
    return getattr(address, "ipv4_mapped", None) or address
