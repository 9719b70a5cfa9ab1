"""The home page, and what browsers and crawlers ask for by a fixed name."""

from __future__ import annotations

from django.urls import path

from pages.views import FaviconView, HomeView, RobotsView

app_name = "pages"
urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("robots.txt", RobotsView.as_view(), name="robots"),
    path("favicon.ico", FaviconView.as_view(), name="favicon"),
]
