"""Which generation of an index answers. Asked anew by each search: one row by its index, and a switch is at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from django_tenfold.search.models import SearchGeneration

if TYPE_CHECKING:
    from django_tenfold.search.index import Shape


class NotBuiltError(ImproperlyConfigured):
    """The index has no finished generation yet."""


def find_live(shape: Shape, *, using: str) -> int:
    """The number of the live generation. Raises NotBuiltError."""
    rows = SearchGeneration.objects.using(using).filter(index=shape.name, state=SearchGeneration.LIVE)
    number = rows.values_list("number", flat=True).first()
    if number is None:
        raise NotBuiltError(
            f"The index {shape.name!r} was never built here: run manage.py search_index rebuild {shape.name}"
        )
    return int(number)
