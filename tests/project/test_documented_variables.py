from __future__ import annotations

import pytest

from tenfold.project.documented_variables import is_secret_name


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "API_KEY", "SENTRY_DSN", "AWS_SECRET_ACCESS_KEY", "email_host_password"]
)
def test_a_name_of_a_credential_is_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "CACHE_KEY_PREFIX",
        "STRIPE_PUBLISHABLE_KEY",
        "RECAPTCHA_SITE_KEY",
        "PASSWORD_RESET_TIMEOUT",
        "KEYBOARD",
    ],
)
def test_a_name_that_only_sounds_like_one_is_not(name: str) -> None:
    assert not is_secret_name(name)
