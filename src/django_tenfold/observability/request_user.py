"""The user of a request, if somebody asked for it: an observer must not cause a query."""

from __future__ import annotations

from typing import Any

from django.utils.functional import LazyObject, empty


def find_loaded_user(request: Any) -> Any | None:
    """The user that was loaded in this request already, signed in or anonymous; None when nobody asked."""
    user = getattr(request, "__dict__", {}).get("user")
    if isinstance(user, LazyObject):
        user = user.__dict__.get("_wrapped", empty)
        # Asynchronous views ask `request.auser()`, which remembers the user here.
        return request.__dict__.get("_acached_user") if user is empty else user
    return user
