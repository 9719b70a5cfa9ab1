"""Which generation of an index answers. Asked anew by each search: one row by its index, and a switch is at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from django_tenfold.search.models import SearchGeneration

if TYPE_CHECKING:
    from django_tenfold.search.index import Shape


class NotBuiltError(ImproperlyConfigured):
    """The index has no finished generation yet, or none whose columns are those of the declaration."""


def find_live(shape: Shape, *, using: str) -> int:
    """The number of the live generation, if it has the columns of this declaration; else of the last one that has.

    A release that declares other columns is rolled out while the one before still answers: columns go by numbers, and
    a filter would ask another one. Raises NotBuiltError.
    """
    rows = SearchGeneration.objects.using(using).filter(index=shape.name)
    built = rows.filter(state__in=[SearchGeneration.LIVE, SearchGeneration.RETIRED])
    # "live" is before "retired"
    found = [*built.order_by("state", "-number").values_list("number", "fingerprint")]
    for number, fingerprint in found:
        if fingerprint.startswith(shape.layout):
            return int(number)
    reason = "was built from a declaration of other columns" if found else "was never built here"
    raise NotBuiltError(f"The index {shape.name!r} {reason}: run manage.py search_index rebuild {shape.name}")
