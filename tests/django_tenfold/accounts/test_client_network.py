from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from django_tenfold.accounts.client_network import UNKNOWN, find_client_network, name_network


def network(trusted_proxies: int = 0, **meta: str) -> str:
    request: Any = SimpleNamespace(META=meta)
    return find_client_network(request, trusted_proxies=trusted_proxies)


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7:5123 ", "203.0.113.7"),
        ("2001:db8:0:1:aaaa::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("[2001:db8:0:1::9]:443", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", UNKNOWN),
        ("unknown", UNKNOWN),
        ("203.0.113.7; drop", UNKNOWN),
        ("999.1.1.1", UNKNOWN),
        (":" * 100_000, UNKNOWN),
    ],
)
def test_an_address_is_counted_by_its_network(address: str, named: str) -> None:
    assert name_network(address) == named


def test_a_forwarding_header_is_not_read_without_trusted_proxies() -> None:
    assert network(REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="198.51.100.1") == "203.0.113.7"


@pytest.mark.parametrize(
    ("header", "proxies", "named"),
    [
        ("203.0.113.7", 1, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", 1, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("203.0.113.7", 2, "10.0.0.1"),
        ("198.51.100.1, nonsense", 1, UNKNOWN),
        ("", 1, UNKNOWN),
    ],
)
def test_the_entry_of_the_outermost_trusted_proxy_names_the_client(
    header: str, proxies: int, named: str
) -> None:
    assert network(proxies, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=header) == named


def test_without_a_request_or_behind_a_socket_the_network_is_unknown() -> None:
    assert find_client_network(None, trusted_proxies=0) == UNKNOWN
    assert network(REMOTE_ADDR="") == UNKNOWN
    assert network() == UNKNOWN
