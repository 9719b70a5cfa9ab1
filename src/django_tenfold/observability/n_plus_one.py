"""N+1 queries are told while they are being written: django-zeal, in development only.

    tools = find_n_plus_one_tools(debug=DEBUG)
    INSTALLED_APPS += tools.apps
    MIDDLEWARE += tools.middleware
    ZEAL_RAISE = False  # a warning in the log; True: the page fails

https://github.com/taobojlen/django-zeal
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple


class Additions(NamedTuple):
    """What to add to INSTALLED_APPS and MIDDLEWARE."""

    apps: list[str]
    middleware: list[str]


def find_n_plus_one_tools(*, debug: bool) -> Additions:
    """zeal's application and middleware; nothing in production, nor where zeal is not installed."""
    if not debug or find_spec("zeal") is None:
        return Additions([], [])
    return Additions(["zeal"], ["zeal.middleware.zeal_middleware"])
