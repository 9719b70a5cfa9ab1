"""Reads the URL map: as Django resolved it where the probe answered, else from source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenfold.project.model import Known, Location, Unknown
from tenfold.project.readers.url_patterns import PatternReader, Position
from tenfold.project.urls import Route, Urls

if TYPE_CHECKING:
    from tenfold.project.model import Fact
    from tenfold.project.probed import Probed
    from tenfold.project.settings import Settings
    from tenfold.project.source import Source

# Second spellings of a route, that DRF adds (rest_framework.urlpatterns.format_suffix_patterns).
FORMAT_SUFFIXES = (r"\.(?P<format>[a-z0-9]+)/?$", "<drf_format_suffix:format>")


def read_urls(source: Source, settings: Settings, probed: Fact[Probed]) -> Urls:
    """Every route in the order of the URL configuration. Routes that packages bring are marked; from
    source, a package's URL configuration is one route with the place that includes it."""
    if isinstance(probed, Known) and "urls" in probed.value.raw:
        data: Any = probed.value.raw["urls"]
        return _make_exact(data, settings, static=_read_static(source, settings))
    return _read_static(source, settings)


def _make_exact(data: dict[str, Any], settings: Settings, *, static: Urls) -> Urls:
    root = settings.where("ROOT_URLCONF")
    registered = {
        (route.name, route.view): route.where for route in static.routes if route.style == "viewset"
    }
    routes = [
        Route(
            pattern=record["pattern"],
            name=record["name"],
            view=record["view"],
            style=record["style"],
            # Django sees where a router's routes are included; the source shows where they are registered.
            where=registered.get((record["name"], record["view"]))
            or (Location(record["path"], record["line"]) if record["path"] else root),
            own=record["own"],
        )
        for record in data["routes"]
        if not record["pattern"].endswith(FORMAT_SUFFIXES)
    ]
    unfollowed = tuple((root, ": ".join(parts)) for parts in data["unfollowed"])
    return Urls(
        root=Known(data["root"], root, exact=True),
        routes=tuple(routes),
        complete=not unfollowed,
        exact=True,
        unfollowed=unfollowed,
    )


def _read_static(source: Source, settings: Settings) -> Urls:
    root = find_root(source, settings)
    if isinstance(root, Unknown):
        return Urls(root=root, complete=False)
    module = source.by_name.get(root.value)
    if module is None:
        why = f"ROOT_URLCONF {root.value} is no module of the project"
        return Urls(root=root, complete=False, unfollowed=((root.where or Location("."), why),))
    reader = PatternReader(source)
    reader.read_module(module, Position())
    return Urls(
        root=root,
        routes=tuple(reader.routes),
        complete=not reader.gaps,
        unfollowed=tuple(dict.fromkeys([*reader.gaps, *reader.packages])),
    )


def find_root(source: Source, settings: Settings) -> Fact[str]:
    """ROOT_URLCONF as the settings say, of several possible values the first; where the settings of
    production are not known, the one value that any settings module gives it."""
    texts = [p for p in settings.possible("ROOT_URLCONF") if isinstance(p.value, str)]
    if texts:
        return Known(str(texts[0].value), texts[0].where)
    found = {
        assigned.value: Location(module.path, assigned.line)
        for module in source
        for assigned in module.assignments
        if assigned.target == "ROOT_URLCONF"
        and isinstance(assigned.value, str)
        and assigned.value in source.by_name
    }
    if len(found) == 1:
        ((value, where),) = found.items()
        return Known(str(value), where)
    known = settings.known("ROOT_URLCONF")
    return Unknown(known.why if isinstance(known, Unknown) else "ROOT_URLCONF is no text")
