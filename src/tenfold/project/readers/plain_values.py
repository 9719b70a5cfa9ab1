"""Expressions of the source as plain Python data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold.project.settings import Reference, Undetermined
from tenfold.project.source import Invoke, Items, Name, Operation, Pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenfold.project.source import Value

LITERALS = (str, int, float, bool, bytes, type(None))
# What only marks a text for translation.
TRANSLATORS = frozenset(
    {"_", "gettext", "gettext_lazy", "ugettext", "ugettext_lazy", "gettext_noop", "pgettext_lazy"}
)


def plain(value: Value, resolve: Callable[[str], str]) -> object:
    """Literals as they are; names and calls as `Reference`; the rest as `Undetermined`.

    `resolve` turns a dotted name as written into an absolute one. Marks for translation are taken off.
    """
    if isinstance(value, LITERALS):
        return value
    if isinstance(value, Items | Pairs):
        return _plain_container(value, resolve)
    if isinstance(value, Name):
        return Reference(resolve(value.dotted))
    if isinstance(value, Invoke):
        return _plain_call(value, resolve)
    if isinstance(value, Operation) and value.operator == "+":
        return _join([plain(item, resolve) for item in value.values])
    return Undetermined(f"{type(value).__name__} in the source")


def _plain_container(value: Items | Pairs, resolve: Callable[[str], str]) -> object:
    if isinstance(value, Items):
        items = [plain(item, resolve) for item in value.values]
        return items if value.kind == "list" else tuple(items)
    return {
        key: plain(item, resolve) for key, item in value.pairs if isinstance(key, str | int | float | bytes)
    }


def _plain_call(value: Invoke, resolve: Callable[[str], str]) -> object:
    if value.callee.rpartition(".")[2] in TRANSLATORS and value.args and isinstance(value.args[-1], str):
        return value.args[-1]
    return Reference(
        resolve(value.callee),
        tuple(plain(item, resolve) for item in value.args),
        tuple((key or "**", plain(item, resolve)) for key, item in value.keywords),
        called=True,
    )


def _join(values: list[object]) -> object:
    """Texts or lists added together."""
    if all(isinstance(item, str) for item in values):
        return "".join(str(item) for item in values)
    if all(isinstance(item, list | tuple) for item in values):
        joined: list[object] = []
        for item in values:
            joined.extend(item if isinstance(item, list | tuple) else ())
        return joined
    return Undetermined("a sum in the source")


def is_literal(value: object) -> bool:
    """Whether plain data holds nothing that stands for something else."""
    if isinstance(value, list | tuple | frozenset):
        return all(is_literal(item) for item in value)
    if isinstance(value, dict):
        return all(is_literal(item) for item in value.values())
    return isinstance(value, LITERALS)
