"""Varnish's configuration as a function of plain values, for the stack that runs here and for exports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

HEALTH = "/-/varnish"
"""Answered by Varnish itself."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One instance of the application: a Unix socket (absolute path), or host and port."""

    path: str = ""
    host: str = ""
    port: int = 80


@dataclass(frozen=True, slots=True)
class VclConfig:
    """What varnish.vcl.j2 is rendered from."""

    backends: tuple[Backend, ...]
    first_byte_seconds: float
    """No shorter than what the edge waits for the application."""
    connect_seconds: float = 2.0
    most_seconds: int = 10
    """A page is kept no longer, whatever the application says: nothing has to be purged. Disqus served 25,000
    requests a second so. https://www.slideshare.net/zeeg/djangocon-2010-scaling-disqus"""
    grace_seconds: int = 60
    """After them a page is still shown while a new one is fetched, or while the application is down."""


def render_vcl(config: VclConfig) -> str:
    """The text of the VCL file. Raises ValueError without a backend."""
    if not config.backends:
        raise ValueError("Varnish needs a backend")
    return _environment().get_template("varnish.vcl.j2").render(varnish=config, HEALTH=HEALTH)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("tenfold.stack.services.varnish", ""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    made.filters["quoted"] = lambda text: f'"{text}"'
    return made
