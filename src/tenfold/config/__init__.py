"""Typed configuration: `[tool.tenfold]` in pyproject.toml, or the same keys at the top of tenfold.toml.

Each option carries its documentation as data (`doc`, `kind`, `choices`, `example`), from which the
configuration page and `tenfold explain configuration` are made. A project has one of the two files;
both at once is an error, so that nobody wonders which one holds. Command-line options win over either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.config.option import Documented, list_options
from tenfold.config.project import FORMATS, SEVERITIES, Config, PathOverride
from tenfold.config.reading import expand_paths, load_config, override_config
from tenfold.config.up import FEWER_SERVICES, MORE_SERVICES, POOLERS, SERVERS, UpConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FEWER_SERVICES",
    "FORMATS",
    "MORE_SERVICES",
    "POOLERS",
    "SERVERS",
    "SEVERITIES",
    "Config",
    "Documented",
    "PathOverride",
    "UpConfig",
    "documented",
    "expand_paths",
    "load_config",
    "override_config",
]


def documented(of: type = Config) -> Iterator[Documented]:
    """Every key of the configuration (or of another dataclass of options) in its own order."""
    return list_options(of)
