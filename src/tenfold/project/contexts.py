"""Where code runs: request, task, command, migration or test, by what reaches it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Contexts:
    """`reached` maps a function's absolute dotted name ("shop.views.detail") to its contexts
    ("request", "task", "command", "migration", "test"); `files` maps a path to the contexts that
    its place implies (tests/, migrations/, management/commands/)."""

    reached: Mapping[str, frozenset[str]] = field(default_factory=dict)
    files: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, path: str, function: str = "") -> frozenset[str]:
        """Contexts in which the function (or the file's top level) runs; empty when nothing known
        reaches it."""
        return self.files.get(path) or self.reached.get(function, frozenset())
