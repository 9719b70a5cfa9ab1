"""A page that counts in a cache, one that asks the database, one that fails, and the staff page."""

from __future__ import annotations

import os
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.views import serve
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import include, path


def hello(request: Any) -> HttpResponse:
    return HttpResponse(str(os.getpid()))


async def hello_async(request: Any) -> HttpResponse:
    return HttpResponse(str(os.getpid()))


def cached(request: Any) -> HttpResponse:
    return HttpResponse(str(cache.get("nothing")))


def people(request: Any) -> HttpResponse:
    return HttpResponse(str(get_user_model().objects.count()))


def broken(request: Any) -> HttpResponse:
    raise RuntimeError("broken on purpose")


urlpatterns = [
    path("hello", hello, name="hello"),
    path("hello-async", hello_async, name="hello-async"),
    path("cached", cached, name="cached"),
    path("people", people, name="people"),
    path("broken", broken, name="broken"),
    path("admin/", admin.site.urls),
    path("-/tenfold/", include("django_tenfold.observability.urls")),
    path("static/<path:path>", serve, {"insecure": True}),
]
