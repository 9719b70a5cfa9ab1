"""The page and its figures as JSON, for staff."""

from __future__ import annotations

from functools import wraps
from math import isfinite
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import render, resolve_url
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from django_tenfold.observability.health import read_health
from django_tenfold.observability.live_page.figures import list_points, list_views
from django_tenfold.observability.live_page.history import (
    STEP,
    find_obstacle,
    host_name,
    keep_snapshot,
    read_history,
    read_now,
    read_oldest_with_views,
)
from django_tenfold.observability.live_page.slowest_queries import slowest_probe
from django_tenfold.observability.metrics_finisher import has_prometheus
from django_tenfold.observability.metrics_folder import current_folder
from django_tenfold.observability.settings import options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEAST_SPAN = 60.0
"""Seconds of history below which the table of views counts from the start of the processes instead."""
WAIT = 1.0
"""Seconds that the figures wait for the slowest statements."""


def for_staff(view: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Others are sent to the admin's login; who is logged in and may not gets 403."""

    @wraps(view)
    def guarded(request: Any) -> Any:
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path(), _login_url())
        permission = options().page_permission
        if not (user.is_active and user.is_staff) or (permission and not user.has_perm(permission)):
            raise PermissionDenied
        return view(request)

    return guarded


def _login_url() -> str:
    try:
        return str(reverse("admin:login"))
    except NoReverseMatch:
        return str(resolve_url(settings.LOGIN_URL))


@never_cache
@require_safe
@for_staff
def show_page(request: Any) -> Any:
    """The page without figures: its script fetches them."""
    context = {"host": host_name(), "minutes": options().page_minutes, "step": STEP}
    return render(request, "tenfold_observability/live_page.html", context)


@never_cache
@require_safe
@for_staff
def give_figures(request: Any) -> JsonResponse:
    """`?since=TIME` leaves out the points that the page has already."""
    if not (options().metrics and has_prometheus()):
        text = (
            'There are no metrics: pip install "tenfold[observability]", and leave the option `metrics` on.'
        )
        return JsonResponse({"notes": [text], "points": []})
    return JsonResponse(_collect(_read_time(request.GET.get("since", ""))))


def _read_time(text: str) -> float:
    """Unix time; 0 for what is none."""
    try:
        time = float(text)
    except ValueError:
        return 0.0
    return time if isfinite(time) else 0.0


def _collect(since: float) -> dict[str, Any]:
    slowest = slowest_probe()
    slowest.start()
    notes = [*_list_notes()]
    try:
        keep_snapshot()
        # One more from before `since`: a point stands for what happened between two.
        history = read_history(max(0.0, since - 2 * STEP))
        oldest = read_oldest_with_views()
    except Exception as problem:  # Whatever the cache's client raises: the page is for such times.
        history, oldest = [], None
        notes.append(f"The cache is gone, so there is no history ({type(problem).__name__}).")
    now = read_now()
    if oldest is not None and now["time"] - oldest["time"] < LEAST_SPAN:
        oldest = None
    points = [point for point in list_points(history) if point["time"] > since]
    queries, why_none = slowest.read(WAIT) or ([], "The database does not answer.")
    health = read_health(everything=True)
    return {
        "notes": notes,
        "points": points,
        "now": {name: value for name, value in now.items() if name not in ("views", "seconds", "waits")},
        "views": list_views(oldest, now),
        "views_since": oldest["time"] if oldest else None,
        "queries": queries,
        "queries_note": why_none,
        "health": [
            {"name": part.name, "state": part.state, "needed": part.needed, **dict(part.more)}
            for part in health.parts
        ],
    }


def _list_notes() -> Iterator[str]:
    if obstacle := find_obstacle():
        yield obstacle
    if current_folder() is None:
        yield "The figures are those of one process: the folder through which processes share them cannot be used."
