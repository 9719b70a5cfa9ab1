"""A plan as text for a person, and as plain data for machines. Secrets are in neither."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tenfold.stack.plan import StackPlan
    from tenfold.stack.service import Service

NARROW = 60
"""Columns that the text never goes below."""


def describe_plan(plan: StackPlan, *, width: int = 100) -> list[str]:
    """Lines: what runs, what is changed for the project, every number with its reason, what stands in."""
    width = max(NARROW, width)
    lines = [f"{plan.name} on its production topology", f"  {plan.url}", f"  everything below {plan.folder}"]
    services = [(one.name, one.title, _place(one)) for one in plan.services]
    lines += _section("Services, in the order of their start", services, width)
    changes = [(one.what, one.value, one.why) for one in plan.changes]
    lines += _section("Changed for the project (its files stay as they are)", changes, width)
    lines += _section("Numbers", plan.numbers, width)
    lines += _paragraphs("Notes", plan.notes, width)
    return lines


def plan_data(plan: StackPlan) -> dict[str, Any]:
    """The plan for machines; commands without their environment, where secrets stand."""
    return {
        "version": plan.version,
        "name": plan.name,
        "url": plan.url,
        "root": plan.root,
        "folder": plan.folder,
        "services": [_service_data(one) for one in plan.services],
        "changes": [{"what": c.what, "value": c.value, "why": c.why} for c in plan.changes],
        "numbers": {name: {"value": value, "reason": reason} for name, value, reason in plan.numbers},
        "notes": list(plan.notes),
    }


def _service_data(one: Service) -> dict[str, Any]:
    binary = one.binary
    return {
        "name": one.name,
        "kind": one.kind,
        "title": one.title,
        "address": one.address,
        "needs": list(one.needs),
        "command": list(one.command.words),
        "folder": one.command.folder,
        "environment": sorted(one.command.environment),
        "files": [file.path for file in one.files],
        "steps": [step.name for step in one.steps],
        "binary": binary
        and {
            "path": binary.path,
            "origin": binary.origin,
            "version": binary.version,
            "lacks": list(binary.lacks),
        },
        "essential": one.essential,
    }


def _place(one: Service) -> str:
    if one.ends:
        return "runs once"
    return one.address or "-"


def _section(title: str, rows: Iterable[Sequence[str]], width: int) -> Iterator[str]:
    """A heading and rows of three columns; the last one is wrapped below itself."""
    made = [tuple(str(cell) for cell in row) for row in rows]
    if not made:
        return
    yield from ("", title)
    first = min(max(len(row[0]) for row in made), width // 3)
    second = min(max(len(row[1]) for row in made), width // 3)
    indent = " " * (first + second + 6)
    for name, value, rest in made:
        head = f"  {name:<{first}}  {value:<{second}}  "
        if len(name) > first or len(value) > second or width - len(indent) < len(indent) // 2:
            yield f"  {name:<{first}}  {value}".rstrip()
            yield from textwrap.wrap(rest, width, initial_indent=" " * 6, subsequent_indent=" " * 6)
        else:
            wrapped = textwrap.wrap(rest, width - len(indent)) or [""]
            yield (head + wrapped[0]).rstrip()
            yield from (indent + line for line in wrapped[1:])


def _paragraphs(title: str, texts: Sequence[str], width: int) -> Iterator[str]:
    if texts:
        yield from ("", title)
    for text in texts:
        yield from textwrap.wrap(text, width, initial_indent="  - ", subsequent_indent="    ")
