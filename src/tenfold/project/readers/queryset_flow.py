"""What assignments and loops make of the names of a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.readers.queryset_types import join
from tenfold.project.source import Invoke, Items, Name

if TYPE_CHECKING:
    from tenfold.project.querysets import Rows
    from tenfold.project.readers.queryset_types import Ground, Typing
    from tenfold.project.source import Assignment, Loop


def assign(assigned: Assignment, ground: Ground, typing: Typing) -> None:
    """What a plain name stands for after an assignment."""
    target = assigned.target
    if assigned.operator != "=" or not target.isidentifier():
        if assigned.operator in ("|", "&"):
            return
        ground.names.pop(target, None)
        return
    found = typing.type_of(assigned.value, ground)
    before = ground.names.get(target)
    if assigned.guard and before is not None and found is not None:
        found = join([before, found])
    if found is None:
        ground.names.pop(target, None)
    else:
        ground.names[target] = found


def bind_target(loop: Loop, rows: Rows | None, ground: Ground) -> str:
    """The name that holds each row in turn, "" when there is none."""
    target = loop.target
    if isinstance(target, Items):
        for each in target.values:
            if isinstance(each, Name):
                ground.names.pop(each.dotted, None)
        numbered = isinstance(loop.iterable, Invoke) and loop.iterable.callee == "enumerate"
        target = target.values[1] if numbered and len(target.values) == 2 else None
    elif isinstance(loop.iterable, Invoke) and loop.iterable.callee == "enumerate":
        return ""
    if not isinstance(target, Name) or not target.dotted.isidentifier():
        return ""
    ground.names.pop(target.dotted, None)
    if rows is None or not rows.instances or rows.form not in ("rows", "page"):
        return ""
    ground.names[target.dotted] = rows.as_one()
    return target.dotted
