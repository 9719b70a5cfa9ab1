"""What a module-level list of routes holds, over all statements that build it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.source import Invoke, Items, Name, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenfold.project.source import Module, Value


def assigned_values(module: Module, name: str) -> Iterator[tuple[Value, int]]:
    """What a module-level list holds, in order of lines: assignments, `+=`, append, extend, insert. A plain
    assignment that always runs forgets what was before, unless it mentions the list itself. What is added
    under `if settings.DEBUG:` is not in production's map."""
    steps: list[tuple[int, bool, Value]] = [
        (a.line, a.operator == "=" and not a.guard and not mentions(a.value, name), a.value)
        for a in module.assignments
        if a.scope == 0 and a.target == name and not a.guard.endswith("DEBUG")
    ]
    methods = {f"{name}.{method}": method for method in ("append", "extend", "insert")}
    for call in module.calls:
        if call.callee in methods and call.args and call.scope == 0:
            steps.append((call.line, False, call.args[-1]))
    steps.sort(key=lambda step: step[0])
    start = max((index for index, step in enumerate(steps) if step[1]), default=0)
    for line, _, value in steps[start:]:
        yield value, line


def mentions(value: Value, name: str) -> bool:
    """Whether an expression reads a name."""
    if isinstance(value, Name):
        return value.dotted == name
    if isinstance(value, Items | Operation):
        return any(mentions(part, name) for part in value.values)
    return isinstance(value, Invoke) and any(mentions(part, name) for part in value.args)
