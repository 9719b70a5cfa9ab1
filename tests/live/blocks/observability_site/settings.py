"""Everything that could refuse or redirect a probe is on: ALLOWED_HOSTS, HTTPS, sessions, CSP."""

from __future__ import annotations

import json
import os

import django

SECRET_KEY = "only for the tests of this repository, and long enough for every check"
ALLOWED_HOSTS = ["site.example"]
SECURE_SSL_REDIRECT = os.environ.get("SITE_HTTPS") == "1"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "tests.django_site.people",
    "django_tenfold.observability",
]
MIDDLEWARE = [
    "django_tenfold.observability.health_middleware.HealthMiddleware",
    "django_tenfold.observability.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
if django.VERSION >= (6, 0):
    MIDDLEWARE.insert(3, "django.middleware.csp.ContentSecurityPolicyMiddleware")
    SECURE_CSP = {
        "default-src": ["'none'"],
        **{f"{kind}-src": ["'self'"] for kind in ("script", "style", "img", "connect", "form-action")},
    }
    SECURE_CSP["form-action"] = SECURE_CSP.pop("form-action-src")
AUTH_USER_MODEL = "people.Person"
ROOT_URLCONF = "tests.live.blocks.observability_site.urls"
DATABASES = {"default": json.loads(os.environ["SITE_DATABASE"])}
if "SITE_REPLICA" in os.environ:
    DATABASES["replica"] = json.loads(os.environ["SITE_REPLICA"])
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["SITE_CACHE"],
    }
}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
USE_TZ = True
TENFOLD_OBSERVABILITY = {
    "metrics_token": "sesame",
    "access_log": False,
    "ready_seconds": 2.0,
    **json.loads(os.environ.get("SITE_OPTIONS", "{}")),
}
if os.environ.get("SITE_SIGN_IN") == "1":
    MIDDLEWARE.append("tests.live.blocks.observability_site.sign_in.sign_in")
