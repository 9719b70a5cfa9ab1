"""One instance for tests, with every number of the example site."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenfold.stack.services.app.service import serving
from tenfold.topology.model import Number
from tests.stack.example_site import make_site

if TYPE_CHECKING:
    from tenfold.stack.services.app.serving import Serving


def make_serving(**changes: Any) -> Serving:
    """Instance app-1; `changes` are fields of Serving, "workers" and "threads" numbers."""
    one = serving(make_site(config={"server": changes.pop("server", "granian")}), "app-1")
    sizes = {
        name: Number(changes.pop(name), "for a test") for name in ("workers", "threads") if name in changes
    }
    return replace(one, size=replace(one.size, **sizes), **changes)


def value_of(words: tuple[str, ...], option: str) -> str:
    """What follows an option on a command line."""
    return words[words.index(option) + 1]
