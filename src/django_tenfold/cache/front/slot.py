"""What PageCacheMiddleware tells the wrapper before Django of the request that it passed on."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django_tenfold.cache.entries import Entry
    from django_tenfold.cache.pages.policy import PagePolicy


class Slot:
    """Filled when the middleware answers exactly this request with a kept page that is valid."""

    __slots__ = ("entry", "policy", "request", "view")

    def __init__(self, request: Any) -> None:
        self.request = request
        """The WSGI environment or the ASGI scope."""
        self.entry: Entry | None = None
        self.policy: PagePolicy | None = None
        self.view = ""

    def is_of(self, request: Any) -> bool:
        """Not of a request that a view makes itself, whose page is not the answer to the one outside."""
        return self.request is getattr(request, "scope", None) or self.request is getattr(
            request, "environ", None
        )

    def fill(self, policy: PagePolicy, view: str, entry: Entry) -> None:
        self.policy, self.view, self.entry = policy, view, entry


front_slot: ContextVar[Slot | None] = ContextVar("tenfold_cache_front", default=None)
