"""A site in one module that exports records, for servers of its own: `export_site:wsgi` and `export_site:asgi`.

Both compress what they may; an export compresses itself.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings

from tests.django_site.settings import SITE

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

CONFIGURED: dict[str, Any] = {
    **SITE,
    "DATABASES": {"default": json.loads(os.environ["DATABASE"])},
    "MIDDLEWARE": ["django_tenfold.api.compression.CompressionMiddleware"],
    "ROOT_URLCONF": __name__,
}
if not settings.configured:
    settings.configure(**CONFIGURED)
    django.setup()

from django.core.handlers.asgi import ASGIHandler  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

from django_tenfold.api.export import export_response  # noqa: E402
from tests.django_site.records.models import Record  # noqa: E402

COLUMNS = ["id", "title", "rank"]
PAGE = b"<p>worth every hour</p>" * 400


def export_all(request: HttpRequest, kind: str) -> HttpResponseBase:
    return export_response(request, Record.objects.all(), COLUMNS, kind=kind)


async def export_later(request: HttpRequest, kind: str) -> HttpResponseBase:
    return export_response(request, Record.objects.all(), COLUMNS, kind=kind)


def show_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


urlpatterns = [
    path("page/", show_page),
    path("sync/<kind>/", export_all),
    path("async/<kind>/", export_later),
]
wsgi, asgi = WSGIHandler(), ASGIHandler()
