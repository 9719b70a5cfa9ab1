"""Pages without a model of their own."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView, TemplateView

DAY = 24 * 60 * 60


class HomeView(TemplateView):
    template_name = "pages/home.html"


@method_decorator(cache_control(public=True, max_age=DAY), name="dispatch")
class RobotsView(TemplateView):
    template_name = "pages/robots.txt"
    content_type = "text/plain"


@method_decorator(cache_control(public=True, max_age=DAY), name="dispatch")
class FaviconView(RedirectView):
    """Browsers ask for /favicon.ico whatever a page names."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        return static("favicon.svg")
