"""Answers balancers and Prometheus before anything else can refuse, redirect or slow them.

    MIDDLEWARE = ["django_tenfold.observability.health_middleware.HealthMiddleware", ...]  # first

Probes come by address, over plain HTTP, several a second: no ALLOWED_HOSTS, no redirect to HTTPS, no session
stands before them. `/livez` says that this process answers and touches nothing: a process is not to be killed
because its database is gone. `/readyz` says whether requests should come here.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpResponse

from django_tenfold.observability.draining import drain_on_sigterm
from django_tenfold.observability.health import OK, read_health
from django_tenfold.observability.internal_access import is_internal
from django_tenfold.observability.metrics_finisher import has_prometheus
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_tenfold.observability.health import Health

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Exact paths, GET and HEAD; all else passes on."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        chosen = options()
        self.get_response = get_response
        answers: dict[str, Callable[[Any], HttpResponse]] = {
            chosen.livez_path: answer_livez,
            chosen.readyz_path: answer_readyz,
        }
        if chosen.metrics and has_prometheus():
            from django_tenfold.observability.metrics_view import answer_metrics

            answers[chosen.metrics_path] = answer_metrics
        self.answers = {path: answer for path, answer in answers.items() if path}
        if chosen.drain_on_sigterm and not drain_on_sigterm():
            logger.warning("SIGTERM does not drain this process: its handler is not in Python's main thread")
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        answer = self.answers.get(request.path_info)
        if answer is None or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        if not self.is_async:
            return answer(request)
        return _answer_async(answer, request)


async def _answer_async(answer: Callable[[Any], HttpResponse], request: Any) -> HttpResponse:
    """They may wait for a server or read files: beside the event loop, but for /livez, which never waits."""
    if answer is answer_livez:
        return answer(request)
    return await asyncio.to_thread(answer, request)


def answer_livez(request: Any) -> HttpResponse:
    """200 while the process answers."""
    return _plain(OK, 200)


def answer_readyz(request: Any) -> HttpResponse:
    """200 or 503; the reason in a line, and with `?verbose` every part as JSON for those who may know."""
    wants_details = "verbose" in request.META.get("QUERY_STRING", "") and is_internal(request)
    health = read_health(everything=wants_details)
    status = 503 if health.reasons else 200
    if not wants_details:
        return _plain(_say(health), status)
    parts = {
        part.name: {"state": part.state, "needed": part.needed, **dict(part.more)} for part in health.parts
    }
    told = {
        "ready": not health.reasons,
        "reasons": health.reasons,
        "degraded": health.degraded,
        "parts": parts,
    }
    response = HttpResponse(json.dumps(told, indent=2) + "\n", "application/json", status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _say(health: Health) -> str:
    """What anybody may know: no names of databases."""
    wrong = (part for part in health.parts if part.needed and part.state != OK)
    return "; ".join(f"{part.name.partition(' ')[0]}: {part.state}" for part in wrong) or OK


def _plain(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text + "\n", "text/plain; charset=utf-8", status)
    response.headers["Cache-Control"] = "no-store"
    return response
