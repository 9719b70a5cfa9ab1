"""Makes every cache, storage and mailer of the settings, without a connection: an option that its library does not
know is otherwise found by the first request that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REFUSALS = (ImproperlyConfigured, ImportError, TypeError, ValueError, AttributeError)
"""What backends raise for options and packages that are not there."""


def find_refusals() -> Iterator[tuple[str, str]]:
    """("CACHES['default']", why) of each that cannot be made."""
    for setting, alias, make in _list_makers():
        try:
            make(alias)
        except REFUSALS as error:
            yield f"{setting}[{alias!r}]", f"{type(error).__name__}: {error}"


def _list_makers() -> Iterator[tuple[str, str, Callable[[str], Any]]]:
    from django.core.files.storage import storages

    yield from (("CACHES", alias, _make_cache) for alias in settings.CACHES)
    unused = set() if apps.is_installed("django.contrib.staticfiles") else {"staticfiles"}
    yield from (
        ("STORAGES", alias, storages.__getitem__) for alias in settings.STORAGES if alias not in unused
    )
    if django.VERSION >= (6, 1):
        from django.core.mail import mailers

        yield from (("MAILERS", alias, mailers.__getitem__) for alias in getattr(settings, "MAILERS", ()))


def _make_cache(alias: str) -> None:
    from django.core.cache import caches

    cache = caches[alias]
    client = getattr(cache, "_cache", None)
    if client is not None and hasattr(client, "get_client"):  # Redis looks at options when it connects
        client.get_client(None).connection_pool.make_connection()
