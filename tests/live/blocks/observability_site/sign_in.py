"""Everybody is staff: a browser that is started by a command cannot type a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

if TYPE_CHECKING:
    from collections.abc import Callable


def sign_in(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def answer(request: Any) -> Any:
        request.user = get_user_model()(is_staff=True, is_active=True)
        return get_response(request)

    return answer
