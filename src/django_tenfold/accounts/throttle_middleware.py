"""429 and Retry-After for a login that was refused, whichever view it came through.

MIDDLEWARE = [..., "django_tenfold.accounts.throttle_middleware.throttle_middleware"]    # anywhere
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import Any

from django.utils.decorators import sync_and_async_middleware

from django_tenfold.accounts.backends import REFUSAL

ANSWERS_OF_A_REFUSAL = frozenset({200, 400, 401, 403})
"""What views answer when nobody could be logged in: the form again, or an API's error. A redirect stays."""


@sync_and_async_middleware
def throttle_middleware(get_response: Any) -> Any:
    if iscoroutinefunction(get_response):

        async def answer_async(request: Any) -> Any:
            return _mark(request, await get_response(request))

        return answer_async

    def answer(request: Any) -> Any:
        return _mark(request, get_response(request))

    return answer


def _mark(request: Any, response: Any) -> Any:
    refusal = getattr(request, REFUSAL, None)
    if refusal is not None and response.status_code in ANSWERS_OF_A_REFUSAL:
        response.status_code = 429
        response.headers["Retry-After"] = str(refusal.seconds)
    return response
