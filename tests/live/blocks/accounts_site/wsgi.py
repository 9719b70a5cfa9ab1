"""The test site in a process of its own, on the servers that DATABASE and CACHE_URL name."""

from __future__ import annotations

import json
import os

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

from tests.django_site.settings import SITE

MIDDLEWARE = [
    "django_tenfold.accounts.middleware.SessionMiddleware",
    "django_tenfold.accounts.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
SESSIONS = {
    "MIDDLEWARE": MIDDLEWARE,
    "SESSION_ENGINE": "django_tenfold.accounts.sessions",
    "ROOT_URLCONF": "tests.django_site.accounts_urls",
}


def make_cache(url: str) -> dict[str, object]:
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "OPTIONS": {"socket_timeout": 0.3, "socket_connect_timeout": 0.3},
    }


if "DATABASE" in os.environ:
    settings.configure(
        **{
            **SITE,
            **SESSIONS,
            "DATABASES": {"default": json.loads(os.environ["DATABASE"])},
            "CACHES": {"default": make_cache(os.environ["CACHE_URL"])},
        }
    )
    application = get_asgi_application() if os.environ.get("ASGI") else get_wsgi_application()
