"""A mail server's URL as Django's settings: MAILERS from Django 6.1 on, EMAIL_* before.

https://docs.djangoproject.com/en/6.1/topics/email/ - the EMAIL_* settings are deprecated there, and may not
stand beside MAILERS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django

from django_tenfold.conf.addresses import parse_address, take_seconds
from django_tenfold.conf.variables import MalformedError

if TYPE_CHECKING:
    from django_tenfold.conf.addresses import Address

_BACKENDS = "django.core.mail.backends."
SCHEMES = {
    "smtp": _BACKENDS + "smtp.EmailBackend",
    "smtp+tls": _BACKENDS + "smtp.EmailBackend",
    "smtps": _BACKENDS + "smtp.EmailBackend",
    "smtp+ssl": _BACKENDS + "smtp.EmailBackend",
    "console": _BACKENDS + "console.EmailBackend",
    "file": _BACKENDS + "filebased.EmailBackend",
    "memory": _BACKENDS + "locmem.EmailBackend",
    "dummy": _BACKENDS + "dummy.EmailBackend",
}
KNOWN = ", ".join(SCHEMES)
TIMEOUT = 10.0
"""Seconds for each step of SMTP; without one, a mail server that hangs holds its sender for ever."""
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465, "smtp+ssl": 465}
HAS_MAILERS = django.VERSION >= (6, 1)


def build_mail(url: str, *, mailers: bool = HAS_MAILERS) -> dict[str, Any]:
    """The settings. Raises MalformedError, whose text never holds the URL."""
    address = parse_address(url, schemes=SCHEMES, known=KNOWN)
    options = _build_options(address)
    if mailers:
        entry = {"BACKEND": SCHEMES[address.scheme], **({"OPTIONS": options} if options else {})}
        return {"MAILERS": {"default": entry}}
    return {
        "EMAIL_BACKEND": SCHEMES[address.scheme],
        **{_OLD[name]: value for name, value in options.items()},
    }


def _build_options(address: Address) -> dict[str, Any]:
    given = dict(address.options)
    options: dict[str, Any] = {}
    if address.scheme in PORTS:
        if not address.host:
            raise MalformedError("names no host")
        options = {
            "host": address.host,
            "port": address.port or PORTS[address.scheme],
            "username": address.user,
            "password": address.password,
            "use_tls": address.scheme == "smtp+tls",
            "use_ssl": address.scheme in ("smtps", "smtp+ssl"),
            "timeout": take_seconds(given, "timeout", TIMEOUT),
        }
        options.update({name: given.pop(name) for name in ("ssl_certfile", "ssl_keyfile") if name in given})
    elif address.scheme == "file":
        if not address.path.strip("/"):
            raise MalformedError("names no folder: it is file:/// and the whole path")
        options = {"file_path": address.path}
    if given:
        raise MalformedError(f"gives options that mail does not take: {', '.join(sorted(given))}")
    return options


_OLD = {
    "host": "EMAIL_HOST",
    "port": "EMAIL_PORT",
    "username": "EMAIL_HOST_USER",
    "password": "EMAIL_HOST_PASSWORD",
    "use_tls": "EMAIL_USE_TLS",
    "use_ssl": "EMAIL_USE_SSL",
    "timeout": "EMAIL_TIMEOUT",
    "ssl_certfile": "EMAIL_SSL_CERTFILE",
    "ssl_keyfile": "EMAIL_SSL_KEYFILE",
    "file_path": "EMAIL_FILE_PATH",
}
