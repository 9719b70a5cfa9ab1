"""Facts of the templates: what they load, extend, include, link and script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Tag(NamedTuple):
    """One `{% name rest %}`."""

    name: str
    rest: str
    line: int


class Element(NamedTuple):
    """One HTML start tag that concerns loading or linking: script, link, a, img, iframe, form; and body."""

    name: str
    attributes: tuple[tuple[str, str | None], ...]
    """Names lower case; the value None for a bare attribute (`async`); template tags are kept as text."""
    line: int
    in_comment: bool

    def get(self, name: str) -> str | None:
        """The attribute's value ("" for a bare one), None when absent."""
        return next((value or "" for key, value in self.attributes if key == name), None)


@dataclass(frozen=True)
class Template:
    """One template file. `name` is what `render()` would be given ("shop/list.html")."""

    path: str
    name: str
    engine: str
    """ "django" or "jinja2"."""
    tags: tuple[Tag, ...] = ()
    elements: tuple[Element, ...] = ()
    variables: tuple[tuple[str, int], ...] = ()
    """(`{{ expression }}` without filters' arguments, line)."""


@dataclass(frozen=True)
class Templates:
    all: tuple[Template, ...] = ()
    directories: tuple[str, ...] = field(default=())
    """Template folders, relative to the project's root."""
