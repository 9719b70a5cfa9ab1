"""The entry point of ASGI servers."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

# --- the review site
from django_tenfold.cache.front import answer_cached_pages

# --- end of the review site
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bazaar.settings")

application = get_asgi_application()
# --- the review site: pages that are kept are answered before Django
application = answer_cached_pages(application)
# --- end of the review site
