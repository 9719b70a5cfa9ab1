"""What a search answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model, QuerySet
    from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Hit:
    key: Any
    """The primary key of the row."""
    rank: float
    """Higher is better; comparable within one search. 0 without words."""
    highlights: Mapping[str, SafeString]
    """Path of each text to HTML: escaped, cut to where words were found, the found words in `<mark>`."""


@dataclass(frozen=True, slots=True)
class Total:
    number: int
    capped: bool
    """There are more: only so many were ranked and counted (`TENFOLD_SEARCH["ranked_rows"]`)."""

    @property
    def method(self) -> str:
        return "capped" if self.capped else "exact"

    def __str__(self) -> str:
        return f"{self.number:,}+" if self.capped else f"{self.number:,}"


@dataclass(frozen=True, slots=True)
class FacetCount:
    value: Any
    """As the model's field has it; None for none."""
    count: int
    """Among the rows of the total."""


@dataclass(frozen=True, slots=True)
class Results:
    hits: tuple[Hit, ...]
    total: Total
    facets: Mapping[str, tuple[FacetCount, ...]]
    """Of each facet its values, the most frequent first."""
    words: str
    """That were searched for: the corrected ones if `corrected`."""
    corrected: bool
    """Nothing was found for the words given; these are what they were taken for ("did you mean")."""
    next: str
    """Pass it as `after=` for the next page; "" on the last."""

    def load(self, rows: QuerySet[Any]) -> list[Model]:
        """The model's rows in the order of the hits, in one query; a row that is gone since is left out."""
        found = {row.pk: row for row in rows.filter(pk__in=[hit.key for hit in self.hits])}
        return [found[hit.key] for hit in self.hits if hit.key in found]
