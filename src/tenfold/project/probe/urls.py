"""The URL map, walked from ROOT_URLCONF."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any

from .encode import dotted

if TYPE_CHECKING:
    from .places import Places

PLACE = "_tenfold_place"
# Code that only hands routes on: what calls it says where a route was written.
CARRIERS = (
    "django.urls.",
    "django.conf.urls",
    "functools",
    "importlib",
    "rest_framework.routers",
    "rest_framework.urlpatterns",
    "rest_framework_extensions.routers",
    "rest_framework_nested",
    "tenfold_probe",
)


def record_places(places: Places) -> None:
    """From here on every route remembers the line that wrote it and whether that is the project's."""
    from django.urls import resolvers

    for kind in (resolvers.URLPattern, resolvers.URLResolver):
        make = kind.__init__

        def remember(self: Any, *arguments: Any, _make: Any = make, **options: Any) -> None:
            _make(self, *arguments, **options)
            setattr(self, PLACE, find_writer(places))

        kind.__init__ = remember


def find_writer(places: Places) -> tuple[str, int, bool]:
    """(file, line, own): the nearest line of the project, and whether a package stands in between."""
    frame: Any = sys._getframe(2)
    own = True
    while frame is not None:
        path = places.relative(frame.f_code.co_filename)
        if path:
            return path, frame.f_lineno, own
        name = str(frame.f_globals.get("__name__", ""))
        # The top of a module writes routes itself, as django.conf.urls.i18n does.
        own = own and name.startswith(CARRIERS) and frame.f_code.co_name != "<module>"
        frame = frame.f_back
    return "", 0, False


def read_urls(places: Places) -> dict[str, Any]:
    """`root`, `routes` in order, `unfollowed` (pattern, reason)."""
    from django.conf import settings
    from django.urls import get_resolver

    report: dict[str, Any] = {"root": settings.ROOT_URLCONF, "routes": [], "unfollowed": []}
    walk(get_resolver(settings.ROOT_URLCONF), ("", ()), places=places, report=report)
    return report


def walk(
    resolver: Any, position: tuple[str, tuple[str, ...]], *, places: Places, report: dict[str, Any]
) -> None:
    """Adds every route below a resolver; `position` is (pattern so far, namespaces so far)."""
    prefix, namespaces = position
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if not hasattr(entry, "url_patterns") and not hasattr(type(entry), "url_patterns"):
            report["routes"].append(read_route(entry, pattern, namespaces, places=places))
            continue
        inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
        try:
            walk(entry, (pattern, inner), places=places, report=report)
        except Exception as error:
            if not prefix and not namespaces and isinstance(error, ImportError):
                raise
            report["unfollowed"].append([pattern, f"{type(error).__name__}: {error}"])


def read_route(entry: Any, pattern: str, namespaces: tuple[str, ...], *, places: Places) -> dict[str, Any]:
    view, style = describe_view(entry.callback)
    path, line, written = getattr(entry, PLACE, ("", 0, False))
    brought = view_path(entry.callback, places)
    return {
        "pattern": pattern,
        "name": ":".join((*namespaces, str(entry.name))) if entry.name else "",
        "view": view,
        "style": style,
        "path": path,
        "line": line,
        "own": bool(brought[0] or (written and not view.startswith("rest_framework.routers."))),
        "view_path": brought[0],
        "view_line": brought[1],
    }


def unwrap(callback: Any) -> Any:
    """The function below partials and decorators."""
    while isinstance(callback, functools.partial):
        callback = callback.func
    try:
        callback = inspect.unwrap(callback)
    except ValueError:
        return callback
    return getattr(callback, "__func__", callback)


def view_class(callback: Any) -> Any:
    """The class behind `as_view()`, through decorators; None for functions."""
    for name in ("view_class", "cls"):
        found = getattr(callback, name, None) or getattr(unwrap(callback), name, None)
        if isinstance(found, type):
            return found
    return None


def describe_view(callback: Any) -> tuple[str, str]:
    """(dotted name, style) of a route's callback."""
    from django.views.generic import RedirectView

    found = view_class(callback)
    if found is None:
        inner = unwrap(callback)
        if inspect.isroutine(inner) or isinstance(inner, type):
            return dotted(inner), "function"
        return dotted(type(inner)), "class"
    if found.__qualname__.endswith("WrappedAPIView"):
        return f"{found.__module__}.{found.__name__}", "function"
    if issubclass(found, RedirectView):
        return dotted(found), "redirect"
    return dotted(found), "viewset" if getattr(callback, "actions", None) else "class"


def view_path(callback: Any, places: Places) -> tuple[str, int]:
    """(file, line) of the view, ("", 0) when it is not the project's own."""
    found = view_class(callback)
    if found is not None:
        return places.of_class(found)
    inner = unwrap(callback)
    code = getattr(inner, "__code__", None)
    path = places.relative(code.co_filename) if code else places.of_module(type(inner).__module__)
    return (path, code.co_firstlineno if code else 0) if path else ("", 0)
