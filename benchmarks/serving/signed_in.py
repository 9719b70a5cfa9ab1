"""One view behind a choice of sessions, for servers that differ in nothing else: CASE in the environment.

`python signed_in.py` makes the tables, the user and a session of that case, and prints the session's key.
"""

from __future__ import annotations

import json
import os
import sys

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse  # noqa: TC002  (a program of its own)
from django.urls import path

CASE = os.environ["CASE"]
NAME = "ann"
STOCK = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What `startproject` gives."""
OURS = [
    one.replace("django.contrib.sessions.middleware", "django_tenfold.accounts.middleware").replace(
        "django.contrib.auth.middleware", "django_tenfold.accounts.middleware"
    )
    for one in STOCK
]
ENGINES = {
    "db": "django.contrib.sessions.backends.db",
    "cached_db": "django.contrib.sessions.backends.cached_db",
    "tenfold": "django_tenfold.accounts.sessions",
}

settings.configure(
    SECRET_KEY="benchmark" * 8,
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django_tenfold.accounts",
    ],
    MIDDLEWARE={"bare": [], "tenfold": OURS}.get(CASE, STOCK),
    SESSION_ENGINE=ENGINES.get(CASE, ENGINES["db"]),
    ROOT_URLCONF=__name__,
    DATABASES={"default": json.loads(os.environ["DATABASE"])},
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["CACHE_URL"],
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    LOGGING_CONFIG=None,
)


def show_user(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


def show_name(request: HttpRequest) -> HttpResponse:
    return HttpResponse(NAME)


urlpatterns = [path("", show_name if CASE == "bare" else show_user)]


def make_session() -> str:
    """Key of a session in which NAME is signed in."""
    from importlib import import_module

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    user, _ = get_user_model().objects.get_or_create(username=NAME)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(make_session())
else:
    application = get_wsgi_application()
