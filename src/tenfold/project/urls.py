"""Facts of the URL map: every route with its view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenfold.project.model import Fact, Location


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `view` is the absolute dotted name of a function or class, "" when not resolved."""

    pattern: str
    """The whole path from the root, as written: "shop/<int:pk>/"."""
    name: str
    """With its namespaces ("shop:detail"), "" without a name."""
    view: str
    style: str
    """ "function", "class", "viewset", "redirect", "unknown"."""
    where: Location
    own: bool
    """False for routes that a package brings (admin, allauth, ...)."""


@dataclass(frozen=True)
class Urls:
    """`root` is ROOT_URLCONF; `complete` is False when parts of the map could not be followed."""

    root: Fact[str]
    routes: tuple[Route, ...] = ()
    complete: bool = True
    exact: bool = False
    unfollowed: tuple[tuple[Location, str], ...] = ()
