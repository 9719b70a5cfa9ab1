"""A list of 20 reviews by Django REST framework, plain and cached in several ways.

CASE and INTERFACE ("wsgi", "asgi") are in the environment.

`python cached_pages.py` makes the tables; a migration of theirs fills them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.urls import path

sys.path.insert(0, str(Path(__file__).parent / "project"))  # its application of reviews
CASE = os.environ["CASE"]
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
DATABASE = json.loads(os.environ["DATABASE"])
if os.environ["INTERFACE"] == "asgi":  # there each request has connections of its own
    DATABASE = {**DATABASE, "CONN_MAX_AGE": 0, "OPTIONS": {**DATABASE.get("OPTIONS", {}), "pool": True}}
OUTSIDE = "django_tenfold.cache.middleware.PageCacheMiddleware"

settings.configure(
    SECRET_KEY="benchmark" * 8,
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "rest_framework",
        "reviews",
        "django_tenfold.cache",
    ],
    MIDDLEWARE=[OUTSIDE, *STOCK] if CASE in ("middleware", "tenfold") else STOCK,
    ROOT_URLCONF=__name__,
    DATABASES={"default": DATABASE},
    CACHES={
        "default": {
            "BACKEND": "django_tenfold.cache.backends.FailOpenRedisCache",
            "LOCATION": os.environ["CACHE_URL"],
        }
    },
    TENFOLD_CACHE={"models": ["reviews.Author", "reviews.Book", "reviews.Review"]},
    REST_FRAMEWORK={"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    LOGGING_CONFIG=None,
)
django.setup()

from django.views.decorators.cache import cache_page  # noqa: E402
from reviews.models import Author, Book, Review  # noqa: E402
from reviews.views import ReviewList  # noqa: E402

from django_tenfold.cache.front import answer_cached_pages  # noqa: E402
from django_tenfold.cache.pages.views import cache_view  # noqa: E402


def choose_view() -> Any:
    view = ReviewList.as_view()
    if CASE == "drf":
        return view
    if CASE == "cache_page":
        return cache_page(300)(view)
    return cache_view(300, tags=[Author, Book, Review], query=("page",))(view)


urlpatterns = [path("", choose_view())]


def make_rows() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    make_rows()
else:
    application = get_asgi_application() if os.environ["INTERFACE"] == "asgi" else get_wsgi_application()
    if CASE == "tenfold":
        application = answer_cached_pages(application)
