from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenfold.practice import Confidence, Safety
from tests.practices.example_project import find_in

if TYPE_CHECKING:
    from pathlib import Path

MIDDLEWARE = """
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
]
"""


@pytest.mark.parametrize(
    ("setting", "safety"),
    [
        ('SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")\n', Safety.SAFE),
        ("SECURE_HSTS_SECONDS = 3600\n", Safety.SAFE),
        ("", Safety.UNSAFE),
    ],
)
def test_secure_cookies_are_safe_where_visitors_come_over_https(
    tmp_path: Path, setting: str, safety: Safety
) -> None:
    found = find_in(tmp_path, "security/deploy-check", {"config/settings.py": MIDDLEWARE + setting})
    (cookie,) = (one for one in found if one.symbol == "SESSION_COOKIE_SECURE")
    assert cookie.fixable is safety


def test_a_proxy_in_the_repository_may_redirect(tmp_path: Path) -> None:
    settings = MIDDLEWARE + "SESSION_COOKIE_SECURE = True\n"
    (found,) = find_in(tmp_path / "a", "security/deploy-check", {"config/settings.py": settings})
    assert (found.symbol, found.confidence) == ("SECURE_SSL_REDIRECT", Confidence.PREVIEW)
    files = {"config/settings.py": settings, "Caddyfile": "www.example.com\nreverse_proxy app:8000\n"}
    assert find_in(tmp_path / "b", "security/deploy-check", files) == []


def test_a_redirect_that_no_middleware_makes_is_certain_and_its_absence_alone_is_not(tmp_path: Path) -> None:
    plain = 'MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]\n'
    (found,) = find_in(tmp_path / "a", "security/deploy-check", {"config/settings.py": plain})
    assert found.confidence is Confidence.MEDIUM
    idle = {"config/settings.py": plain + "SECURE_SSL_REDIRECT = True\n"}
    (found,) = find_in(tmp_path / "b", "security/deploy-check", idle)
    assert found.confidence is Confidence.HIGH
    assert "SECURE_SSL_REDIRECT does nothing" in found.message
    assert [str(where) for where in found.related] == ["config/settings.py:2"]
