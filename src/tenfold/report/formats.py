"""The formats a report can have: every module of this package beside this one is a format."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, TypeAlias

from tenfold import report
from tenfold.errors import TenfoldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.audit.result import Report

    Render: TypeAlias = Callable[[Report], str]


def list_formats() -> tuple[str, ...]:
    """Names of the formats, found by file name; no format is imported."""
    modules = pkgutil.iter_modules(report.__path__)
    return tuple(sorted(m.name for m in modules if not m.ispkg and m.name != "formats"))


def load_format(name: str) -> Render:
    """The `render` function of the format `name`.

    Raises TenfoldError when there is no such format.
    """
    if name not in list_formats():
        raise TenfoldError(
            f"there is no report format {name!r}",
            why="formats are " + ", ".join(list_formats()),
            next_step="pass one of them to --format",
        )
    render: Render = importlib.import_module(f"{report.__name__}.{name}").render
    return render
