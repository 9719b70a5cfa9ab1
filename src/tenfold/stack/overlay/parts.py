"""What the overlay is made of: changes that a person sees, each with the operations that make it so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tenfold.stack.plan import Change

SET, DROP, ADD, COPY, NAMED = "set", "drop", "add", "copy", "named"


@dataclass(frozen=True, slots=True)
class Operation:
    """One step on a setting, carried out by `files/tenfold_settings.py` in the project's process.

    "set" puts `value` at `path`; "drop" takes the entry away; "add" appends the items of `value` that a
    list or tuple lacks; "copy" puts there what stands at the sibling named `value`; "named" sets `value`
    followed by the role of the process.
    """

    path: tuple[str, ...]
    """ ("DATABASES", "default", "HOST")."""
    value: Any = None
    kind: str = SET
    roles: tuple[str, ...] = ()
    """Only in processes of these roles; () for all."""

    def encode(self) -> dict[str, Any]:
        # JSON knows no tuples, and some checks ask for one (SECURE_PROXY_SSL_HEADER).
        do = "tuple" if self.kind == SET and isinstance(self.value, tuple) else self.kind
        return {"do": do, "path": list(self.path), "value": self.value, "roles": list(self.roles)}


@dataclass(frozen=True, slots=True)
class Part:
    change: Change
    operations: tuple[Operation, ...] = field(default=())


def set_part(name: str, value: Any, why: str, *, shown: str = "") -> Part:
    """One setting that gets one value."""
    return Part(Change(name, shown or repr(value), why), (Operation((name,), value),))
