"""The state of one evaluation: modules read, variables seen, statements that set settings, the budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from tenfold.project.model import Location, Problem
    from tenfold.project.readers.settings_evaluator.objects import Frame, ModuleObject
    from tenfold.project.settings import Assigned

STEPS = 400_000
"""Nodes evaluated before it gives up: the largest real settings take some 40,000."""
DEPTH = 25
"""Calls inside calls before it gives up."""


class OutOfSteps(Exception):
    """The budget is used up: the settings compute more than is worth following."""


@dataclass(eq=False)
class Session:
    """One evaluation of one settings module."""

    read: Callable[[str], str | Problem]
    """The text of a project file."""
    paths: frozenset[str]
    source_roots: tuple[str, ...]
    evaluate: Callable[[ast.expr, Frame], Any]
    run: Callable[[list[ast.stmt], Frame], None]
    modules: dict[str, ModuleObject | None] = field(default_factory=dict)
    trees: dict[str, ast.Module | None] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    assigned: list[Assigned] = field(default_factory=list)
    variables: dict[str, list[Location]] = field(default_factory=dict)
    gaps: list[tuple[Location, str]] = field(default_factory=list)
    overrides: list[tuple[Location, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    call_sites: list[Location] = field(default_factory=list)
    tests: dict[str, Any] = field(default_factory=dict)
    """Values of the tests that branches were made of."""
    environment: dict[str, Any] = field(default_factory=dict)
    """Environment variables that the settings set themselves: then that is what they are for want of others."""
    steps: int = 0

    def spend(self) -> None:
        """Count one step of the budget."""
        self.steps += 1
        if self.steps > STEPS:
            raise OutOfSteps

    def note_variable(self, name: str, where: Location) -> None:
        """Remember that the settings read an environment variable; in a helper, where it is called."""
        place = self.call_sites[0] if self.call_sites else where
        places = self.variables.setdefault(name, [])
        if place not in places:
            places.append(place)

    def note_gap(self, where: Location, why: str) -> None:
        """Remember a place that could not be followed."""
        if (where, why) not in self.gaps:
            self.gaps.append((where, why))

    def note_override(self, where: Location, name: str) -> None:
        """Remember an optional module that is not in the project."""
        if (where, name) not in self.overrides:
            self.overrides.append((where, name))
