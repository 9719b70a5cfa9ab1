from __future__ import annotations

import pytest

from tenfold.audit.masking import known_secrets, mask_known, mask_line, mask_lines
from tenfold.project.model import Location
from tenfold.project.settings import FromEnvironment, Possible

SECRET = "k3y-with!odd$characters"


@pytest.mark.parametrize(
    "line",
    [
        f'SECRET_KEY = "{SECRET}"',
        f"SECRET_KEY: str = '{SECRET}'",
        f'SECRET_KEY = os.environ.get("SECRET_KEY", "{SECRET}")',
        f'SECRET_KEY = env("DJANGO_SECRET_KEY", default="{SECRET}")',
        f'    "PASSWORD": "{SECRET}",',
        f'"OPTIONS": {{"password": "{SECRET}"}},',
        f'os.environ["AWS_SECRET_ACCESS_KEY"] = "{SECRET}"',
        f'os.environ.setdefault("SECRET_KEY", "{SECRET}")',
        f'connect(host="db", password="{SECRET}")',
        f"      POSTGRES_PASSWORD: {SECRET}",
        f"      - POSTGRES_PASSWORD={SECRET}",
        f"SECRET_KEY={SECRET}",
        f"export API_TOKEN={SECRET}",
        f"ENV SECRET_KEY={SECRET}",
        f"ENV SECRET_KEY {SECRET}",
        f"RUN SECRET_KEY={SECRET} python manage.py collectstatic",
        f'environment=DJANGO_SECRET_KEY="{SECRET}",A=1',
        f'Environment="SECRET_KEY={SECRET}"',
        f'DATABASE_URL = "postgres://shop:{SECRET}@db/shop"',
        f"DATABASE_URL=postgres://shop:{SECRET}@db/shop",
        f'SENTRY_DSN = "{SECRET}"',
        "SECRET_KEY = 'hunter'",
        '"PASSWORD": "AKIAHUNTER",',
        'ANYTHING = "6f1ed002ab5595859014ebf0951522d9a1b2c3d4"',
        "MIIEpAIBAAKCAQEA7bq1kmT9x0YkTn5fX8Hs2vKkQwErTyUiOpAsDfGhJkLzXcVbNm12",
    ],
)
def test_a_secret_is_masked(line: str) -> None:
    masked = mask_line(line)
    assert "***" in masked
    assert SECRET not in masked
    assert "hunter" not in masked.lower()
    assert "6f1ed002" not in masked
    assert "MIIE" not in masked


@pytest.mark.parametrize(
    "line",
    [
        'SECRET_KEY = os.environ["SECRET_KEY"]',
        'SECRET_KEY = env("DJANGO_SECRET_KEY")',
        "SECRET_KEY = get_random_secret_key()",
        "SECRET_KEY = config.secret_key",
        'DEBUG = os.environ.get("DEBUG", "True") == "True"',
        'ROOT_URLCONF = "shop.urls"',
        "      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}",
        "SECRET_KEY=$SECRET_KEY",
        'DATABASE_URL = "postgres://db/shop"',
        "def reset_password(request):",
        'PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]',
        "PASSWORD_RESET_TIMEOUT = 3600",
        '("America/Argentina/Salta", "America/Argentina/Salta"),',
        '("shop", "0030_alter_settings_language_alter_settings_timezone"),',
        "path('password/reset/', views.reset, name='password')",
        "proxy_pass http://app:8000;",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert mask_line(line) == line


def test_the_name_of_a_secret_stays_readable() -> None:
    assert mask_line(f'SECRET_KEY = "{SECRET}"') == 'SECRET_KEY = "***"'
    assert (
        mask_line(f"DATABASE_URL=postgres://shop:{SECRET}@db/shop")
        == "DATABASE_URL=postgres://shop:***@db/shop"
    )


def test_a_secret_on_the_lines_after_its_name_is_masked() -> None:
    lines = ["SECRET_KEY = (", f'    "{SECRET}"', f'    "{SECRET}"', ")", 'NAME = "shop"']
    assert mask_lines(lines) == ("SECRET_KEY = (", '    "***"', '    "***"', ")", 'NAME = "shop"')


def possible(value: object) -> tuple[Possible, ...]:
    return (Possible(value, Location("shop/settings.py", 1)),)


def test_known_secrets_are_found_at_any_depth() -> None:
    values = {
        "SECRET_KEY": possible(FromEnvironment("SECRET_KEY", "secret-1-of-many")),
        "DATABASES": possible({"default": {"NAME": "shop-2-of-many", "PASSWORD": "secret-22-of-many"}}),
        "API_KEYS": possible(["secret-333-of-many"]),
        "NAME": possible("not-1-secret"),
    }
    assert known_secrets(values) == ("secret-333-of-many", "secret-22-of-many", "secret-1-of-many")


def test_words_and_short_values_are_not_masked_everywhere() -> None:
    values = {"SECRET_KEY": possible("postgres"), "API_TOKEN": possible("a1!")}
    assert known_secrets(values) == ()


def test_a_known_secret_is_masked_in_any_text() -> None:
    assert mask_known(f"the key {SECRET!r} is committed", (SECRET,)) == "the key '***' is committed"


def test_backslashes_without_a_closing_quote_cost_no_time() -> None:
    line = 'TOKEN = "' + "\\" * 200
    assert mask_line(line) == line
