"""Django with every block, and healthy settings for tests that override one at a time."""

from __future__ import annotations

from typing import Any

from tests.django_site.fixtures import _file_with_tables, sqlite_database

__all__ = ["_file_with_tables", "sqlite_database"]

HEALTHY: dict[str, Any] = {
    "DEBUG": False,
    "SECRET_KEY": "only for tests",
    "ALLOWED_HOSTS": ["shop.example"],
    "ADMINS": ["ops@shop.example"],
    "INSTALLED_APPS": ["django_tenfold"],
    "MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware"],
    "SESSION_ENGINE": "django.contrib.sessions.backends.cached_db",
    "CACHES": {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://r"}
    },
    "DATABASES": {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "shop",
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"connect_timeout": 5},
        }
    },
    "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    "LOGGING": {"version": 1},
    "USE_TZ": True,
}
