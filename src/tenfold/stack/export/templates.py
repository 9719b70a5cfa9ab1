"""Templates of the exports: jinja2 files beside each engine, undefined names refused."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment(engine: str) -> Environment:
    made = Environment(
        loader=PackageLoader(f"tenfold.stack.export.{engine}", ""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    made.filters["quoted"] = quote
    return made


def render_template(engine: str, name: str, **values: Any) -> str:
    """The engine's template `name` (without .j2) with the values put in."""
    return _environment(engine).get_template(f"{name}.j2").render(**values)


def quote(text: str) -> str:
    """A scalar that YAML and systemd read as this very text: double quotes, escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
