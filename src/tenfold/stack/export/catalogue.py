"""The engines, found by walking this package: a folder with `engine.py` is an engine."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from tenfold.stack import export
from tenfold.stack.export.sealing import seal_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenfold.stack.export.input import Exported, ExportInput


class Engine(Protocol):
    """What the `engine.py` of each folder holds."""

    __doc__: str
    NEXT: str
    """What a person does with the files."""

    def render(self, one: ExportInput) -> tuple[Exported, ...]: ...


@cache
def engines() -> dict[str, Engine]:
    """Engine name -> its module, in the order of their names."""
    names = sorted(info.name for info in pkgutil.iter_modules(export.__path__) if info.ispkg)
    return {name: importlib.import_module(f"{export.__name__}.{name}.engine") for name in names}


def render_engine(
    name: str, one: ExportInput, *, asked: Mapping[str, object] = MappingProxyType({})
) -> tuple[Exported, ...]:
    """The engine's files, sealed, in the order of their paths; the manifest is the last one."""
    files = sorted(engines()[name].render(one), key=lambda file: file.path)
    return seal_all(files, name, asked=asked)
