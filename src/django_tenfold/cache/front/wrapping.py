"""Answers kept pages before Django: no request object, no middleware, one exchange with the cache.

    application = answer_cached_pages(get_wsgi_application())       # wsgi.py
    application = answer_cached_pages(get_asgi_application())       # asgi.py

The first requests for a page go through Django, and PageCacheMiddleware answers. What Django gave as a whole then,
headers of the middleware outside included, is remembered by this process together with the versions of the page's
tags. It is given again to those who ask alike, as long as the cache says in that very moment that the versions
stand. Whatever is not known to be the same for everybody (`rules.py`) goes to Django.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction

from django_tenfold.cache.front.asgi import AsgiFront
from django_tenfold.cache.front.wsgi import WsgiFront

if TYPE_CHECKING:
    from collections.abc import Callable


def answer_cached_pages(application: Callable[..., Any]) -> Any:
    """The application of `get_wsgi_application()` or `get_asgi_application()`, behind the pages that it has given."""
    is_async = iscoroutinefunction(application) or iscoroutinefunction(type(application).__call__)
    return AsgiFront(application) if is_async else WsgiFront(application)
