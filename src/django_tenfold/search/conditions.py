"""What the condition of an index reads: its columns, and those of rows that it refers to, are watched as texts are.

What nobody would notice is refused: a row that should have left the index would be found for ever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db.models import F, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now, Random

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
UNSEEN = (Now, Random, RawSQL, OuterRef)
"""Their values change without a change of a row, or nobody can tell what they read."""


class UnseenError(Exception):
    """A part of a condition whose changes no trigger would see."""


def list_lookups(condition: Any) -> Iterator[str]:
    """Names as `filter()` takes them: "published", "product__brand__hidden__isnull". Raises UnseenError."""
    if isinstance(condition, Q):
        for child in condition.children:
            yield from list_lookups(child)
    elif isinstance(condition, tuple) and len(condition) == 2 and isinstance(condition[0], str):
        yield condition[0]
        yield from _list_in_value(condition[1])
    else:
        yield from _list_in_value(condition)


def _list_in_value(value: Any) -> Iterator[str]:
    if isinstance(value, UNSEEN) or hasattr(value, "query"):
        raise UnseenError(type(value).__name__)
    if isinstance(value, F):
        yield value.name
    elif isinstance(value, Q):
        yield from list_lookups(value)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _list_in_value(one)
    elif hasattr(value, "get_source_expressions"):
        for one in value.get_source_expressions():
            yield from _list_in_value(one)


def describe_condition(condition: Any) -> str:
    """The same in every process: a set has no order, and an object may be told by its address."""
    if isinstance(condition, Q):
        inner = ", ".join(map(describe_condition, condition.children))
        return f"{'not ' * condition.negated}{condition.connector}({inner})"
    if isinstance(condition, set | frozenset):
        return f"{{{', '.join(sorted(map(repr, condition)))}}}"
    if isinstance(condition, list | tuple):
        return f"[{', '.join(map(describe_condition, condition))}]"
    return ADDRESS.sub("", repr(condition))
