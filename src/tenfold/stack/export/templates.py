"""Templates of the exports: jinja2 files beside each engine, undefined names refused."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

FOREIGN = {
    "block_start_string": "[%",
    "block_end_string": "%]",
    "variable_start_string": "[[",
    "variable_end_string": "]]",
    "comment_start_string": "[#",
    "comment_end_string": "#]",
}
"""Marks of templates whose result is a jinja2 template itself: Ansible's."""


@cache
def _environment(engine: str) -> Environment:
    marks: dict[str, Any] = FOREIGN if engine == "ansible" else {}
    made = Environment(
        **marks,
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
