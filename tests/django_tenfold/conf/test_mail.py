from __future__ import annotations

import django
import pytest
from django.core import mail
from django.test import override_settings

from django_tenfold.conf.mail import HAS_MAILERS, build_mail
from django_tenfold.conf.variables import MalformedError

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def test_a_mail_server_is_a_mailer_where_django_has_them() -> None:
    assert build_mail("smtp+tls://u%40x:p%2Fw@h?timeout=3", mailers=True) == {
        "MAILERS": {
            "default": {
                "BACKEND": SMTP,
                "OPTIONS": {
                    "host": "h",
                    "port": 587,
                    "username": "u@x",
                    "password": "p/w",
                    "use_tls": True,
                    "use_ssl": False,
                    "timeout": 3.0,
                },
            }
        }
    }


def test_a_mail_server_is_settings_where_django_has_no_mailers() -> None:
    assert build_mail("smtps://h:2465?ssl_certfile=/c.pem", mailers=False) == {
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": "h",
        "EMAIL_PORT": 2465,
        "EMAIL_HOST_USER": "",
        "EMAIL_HOST_PASSWORD": "",
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": True,
        "EMAIL_TIMEOUT": 10.0,
        "EMAIL_SSL_CERTFILE": "/c.pem",
    }


def test_the_django_that_runs_decides() -> None:
    assert HAS_MAILERS is (django.VERSION >= (6, 1))
    assert ("MAILERS" in build_mail("smtp://h")) is HAS_MAILERS


@pytest.mark.parametrize(
    ("url", "name", "options"),
    [
        ("console:", "console", None),
        ("memory://", "locmem", None),
        ("dummy:", "dummy", None),
        ("file:///var/mail", "filebased", {"file_path": "/var/mail"}),
    ],
)
def test_other_backends_are_made_by_their_scheme(url: str, name: str, options: object) -> None:
    entry = build_mail(url, mailers=True)["MAILERS"]["default"]
    assert (entry["BACKEND"], entry.get("OPTIONS")) == (
        f"django.core.mail.backends.{name}.EmailBackend",
        options,
    )


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("smtp://", "names no host"),
        ("file:///", "names no folder"),
        ("smtp://h?from=a", "mail does not take: from"),
        ("imap://h", "scheme that is not known"),
    ],
)
def test_what_is_no_mail_server_is_told(url: str, why: str) -> None:
    with pytest.raises(MalformedError, match=why):
        build_mail(url)


@pytest.mark.skipif(not HAS_MAILERS, reason="Django before 6.1")
def test_django_makes_the_mailer_of_the_entry() -> None:
    with override_settings(**build_mail("smtp+tls://u:p@h")):
        made = mail.mailers["default"]
    assert (made.host, made.port, made.use_tls, made.timeout) == ("h", 587, True, 10.0)
