"""The one Django of the test process: every block installed, no server needed until a fixture brings one."""

from __future__ import annotations

from typing import Any

NOWHERE = {"default": {"ENGINE": "django.db.backends.dummy"}}
"""Until a fixture brings a database a query fails at once."""

SITE: dict[str, Any] = {
    "SECRET_KEY": "only for the tests",
    "ALLOWED_HOSTS": ["testserver", "localhost", "127.0.0.1"],
    "AUTH_USER_MODEL": "people.Person",
    "DATABASES": NOWHERE,
    "INSTALLED_APPS": [
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "tests.django_site.articles",
        "tests.django_site.edges",
        "tests.django_site.goods",
        "tests.django_site.library",
        "tests.django_site.people",
        "tests.django_site.reads",
        "tests.django_site.records",
        "tests.django_site.shop",
        "django_tenfold",
        "django_tenfold.accounts",
        "django_tenfold.cache",
        "django_tenfold.api",
        "django_tenfold.conf",
        "django_tenfold.db",
        "django_tenfold.observability",
        "django_tenfold.search",
        "django_tenfold.tasks",
    ],
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    "ROOT_URLCONF": "tests.django_site.urls",
    "TEMPLATES": [
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
    ],
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "USE_TZ": True,
}
"""Complete: what it does not name has Django's default."""
