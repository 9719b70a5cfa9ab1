from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from django_tenfold.observability.internal_access import is_internal

if TYPE_CHECKING:
    from django.test import RequestFactory

NEAR = {"internal_networks": ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"]}


@pytest.mark.parametrize(
    "headers",
    [
        {"REMOTE_ADDR": "10.1.2.3"},
        {"REMOTE_ADDR": "fd00::1"},
        {"REMOTE_ADDR": "::ffff:10.1.2.3"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.2.2.2, 10.3.3.3"},
    ],
)
def test_a_way_that_is_internal_throughout_is_let_in(rf: RequestFactory, headers: dict[str, str]) -> None:
    with override_settings(TENFOLD_OBSERVABILITY=NEAR):
        assert is_internal(rf.get("/", **headers))
    with override_settings(TENFOLD_OBSERVABILITY={}):
        assert not is_internal(rf.get("/", **headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.1, 192.0.2.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1, 10.0.0.1"},
        {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "192.0.2.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "unknown"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": ","},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "192.0.2.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=10.0.0.1"},
        {"REMOTE_ADDR": "no address"},
    ],
)
def test_a_stranger_behind_an_internal_proxy_stays_outside(
    rf: RequestFactory, headers: dict[str, str]
) -> None:
    with override_settings(TENFOLD_OBSERVABILITY=NEAR):
        assert not is_internal(rf.get("/", **headers))


@pytest.mark.parametrize(
    ("sent", "let_in"),
    [
        ("Bearer sesame", True),
        ("Bearer sesam", False),
        ("Bearer ", False),
        ("sesame", False),
        ("Bearer ключ", False),
    ],
)
def test_the_token_opens_from_anywhere(rf: RequestFactory, sent: str, let_in: bool) -> None:
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_AUTHORIZATION=sent)
    with override_settings(TENFOLD_OBSERVABILITY={"metrics_token": "sesame"}):
        assert is_internal(request) is let_in
    with override_settings(TENFOLD_OBSERVABILITY={}):
        assert not is_internal(request)
