"""The routes of the whole site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("pages.urls")),
    path("people/", include("people.urls")),
    path("admin/", admin.site.urls),
]
