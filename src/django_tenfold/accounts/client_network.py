"""The network that a request comes from: what attempts are counted by.

An IPv4 address stands for itself. An IPv6 address stands for its /64, since that is the least that one
customer gets (https://www.rfc-editor.org/rfc/rfc6177): whoever has it could use another address each time.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipaddress import IPv4Address

UNKNOWN = ""
"""No request, a UNIX socket, or a header that holds no address."""


def find_client_network(request: Any, *, trusted_proxies: int) -> str:
    """ "203.0.113.7", "2001:db8:0:1::/64", or UNKNOWN.

    Each trusted proxy adds the address that it was called from at the right of X-Forwarded-For, so the last
    `trusted_proxies` entries are theirs, and the first of those is the client. Whatever stands left of it came
    with the request and is not read. A header with fewer entries did not come through the proxies.
    """
    if request is None:
        return UNKNOWN
    meta = request.META
    if trusted_proxies:
        hops = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) >= trusted_proxies:
            return name_network(hops[-trusted_proxies])
    return name_network(meta.get("REMOTE_ADDR") or "")


def name_network(text: str) -> str:
    """The network of an address as text; a port, brackets and an IPv6 zone beside it are dropped."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address: IPv4Address | IPv6Address | None = ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return f"{IPv6Address(int(address) >> 64 << 64)}/64"
        address = address.ipv4_mapped
    return str(address)
