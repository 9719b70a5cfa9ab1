"""`path("-/tenfold/", include("django_tenfold.observability.urls"))`: the staff page and its figures."""

from __future__ import annotations

from django.urls import path

from django_tenfold.observability.live_page.views import give_figures, show_page

app_name = "tenfold_live"
urlpatterns = [path("", show_page, name="page"), path("data.json", give_figures, name="data")]
