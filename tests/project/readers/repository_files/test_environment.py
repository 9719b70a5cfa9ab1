from __future__ import annotations

import pytest

from tenfold.project.readers.repository_files.environment import (
    is_environment_file,
    is_secret,
    read_variables,
)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("SECRET_KEY", "k3J9x!pQ2vLm8wZt7RbN4cYd", True),
        ("STRIPE_API_KEY", "sk_live_51HqJv8Kd02ndKw9", True),
        ("DB_PASSWORD", "xK9mQ2vL", True),
        ("DATABASE_URL", "postgres://shop:xK9mQ2vL@db4.shop.net/shop", True),
        ("DATABASE_URL", "postgres://shop:xK9mQ2vL@localhost/shop", False),
        ("DATABASE_URL", "postgres://shop:password@db4.shop.net/shop", False),
        ("DATABASE_URL", "sqlite:///db.sqlite3", False),
        ("SECRET_KEY", "", False),
        ("SECRET_KEY", "changeme-in-production", False),
        ("SECRET_KEY", "django-insecure-k3J9xpQ2vLm8wZt7", False),
        ("SECRET_KEY", "<your secret key>", False),
        ("SECRET_KEY", "${SECRET_KEY}", False),
        ("SECRET_KEY", "---", False),
        ("DB_PASSWORD", "postgres", False),
        ("API_KEY_RATE_LIMIT", "60/minute", False),
        ("TOKEN_LIFETIME", "36000000001a", False),
        ("STRIPE_PUBLISHABLE_KEY", "pk_live_51HqJv8Kd02ndKw9", False),
        ("SECRET_KEY_FILE", "/run/keys/k3J9xpQ2vLm8", False),
        ("MONKEY", "k3J9x!pQ2vLm8wZt7RbN4cYd", False),
        ("DEBUG", "True", False),
    ],
)
def test_a_secret_has_a_telling_name_and_no_placeholder(name: str, value: str, secret: bool) -> None:
    assert is_secret(name, value) is secret


def test_variables_lose_quotes_comments_and_export() -> None:
    text = "# A=0\nexport A='b # c'\nB=c # d\n C = \"e\"\nnothing\nD=\n"
    assert list(read_variables(text)) == [("A", "b # c", 2), ("B", "c", 3), ("C", "e", 4), ("D", "", 6)]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        (".env", True),
        (".env.production", True),
        (".env-dist", True),
        ("web.env", True),
        (".envrc", True),
        ("local_settings.py", True),
        ("environment.py", False),
        (".env.ts", False),
        ("env.py", False),
    ],
)
def test_environment_files_are_known_by_name(name: str, is_one: bool) -> None:
    assert is_environment_file(name) is is_one
