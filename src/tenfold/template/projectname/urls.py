"""The routes of the whole site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

admin.site.site_header = admin.site.site_title = "Projectname"

urlpatterns = [
    path("", include("pages.urls")),
    path("people/", include("people.urls")),
    path("admin/", admin.site.urls),
    path("-/tenfold/", include("django_tenfold.observability.urls")),
]

if "debug_toolbar" in settings.INSTALLED_APPS:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += [*debug_toolbar_urls(), path("silk/", include("silk.urls", namespace="silk"))]
