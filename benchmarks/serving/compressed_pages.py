"""One page of 100 KB behind the seven middleware of startproject, compressed by what CASE names, or by nothing."""

from __future__ import annotations

import itertools
import json
import os
from random import Random

import django
from django.conf import settings

CASES = {
    "none": (),
    "django": ("django.middleware.gzip.GZipMiddleware",),
    "tenfold": ("django_tenfold.api.compression.CompressionMiddleware",),
}
ROWS = 250
"""Of some 410 bytes: 102 KB, of which gzip 6 makes 23."""
SECURITY, *REST = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for the benchmark",
    MIDDLEWARE=[SECURITY, *CASES[os.environ["CASE"]], *REST],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    TENFOLD_API=json.loads(os.environ.get("OPTIONS", "{}")),
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402, TC002
from django.urls import path  # noqa: E402


def write_page() -> bytes:
    """Reviews as an API gives them: names repeat, texts and numbers differ."""
    chance = Random(7)
    words = ["".join(chance.choices("aeioulnrst", k=chance.randint(2, 9))) for _ in range(80)]
    return json.dumps(
        [
            {
                "id": 1_000_000 + number * 7_919,
                "stars": number * 13 % 5 + 1,
                "created": f"2026-01-{number % 28 + 1:02}T{number % 24:02}:{number * 17 % 60:02}:00Z",
                "user": {"id": number * 104_729 % 99_991, "username": f"reader{number * 31_337 % 65_537}"},
                "product": {
                    "id": number * 7_907 % 9_973,
                    "title": f"Volume {number * 57 % 101}",
                    "price": "9.90",
                },
                "text": " ".join(chance.choices(words, k=33)),
            }
            for number in range(ROWS)
        ]
    ).encode()


PAGE = write_page()
numbers = itertools.count()


def answer_same(request: HttpRequest) -> HttpResponse:
    """A new object of the same bytes each time, as it comes out of a cache."""
    return HttpResponse(bytes(bytearray(PAGE)), content_type="application/json")


def answer_fresh(request: HttpRequest) -> HttpResponse:
    body = b'{"answer": %010d, "rows": %b}' % (next(numbers), PAGE)
    return HttpResponse(body, content_type="application/json")


urlpatterns = [path("same/", answer_same), path("fresh/", answer_fresh)]
application = WSGIHandler()
