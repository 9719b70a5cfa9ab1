"""The routes of the whole site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

admin.site.site_header = admin.site.site_title = "Bazaar"

urlpatterns = [
    # --- the review site: its home page stands before the template's
    path("", include("products.urls")),
    path("reviews/", include("reviews.urls")),
    path("orders/", include("orders.urls")),
    path("leaderboard/", include("leaderboard.urls")),
    path("search/", include("search.urls")),
    path("api/", include("api.urls")),
    # --- end of the review site
    path("", include("pages.urls")),
    path("people/", include("people.urls")),
    path("admin/", admin.site.urls),
    path("-/tenfold/", include("django_tenfold.observability.urls")),
]

if "debug_toolbar" in settings.INSTALLED_APPS:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += [*debug_toolbar_urls(), path("silk/", include("silk.urls", namespace="silk"))]
