"""Facet values as lexemes of the tsvector: one scan of the GIN index answers words and filters together.

A filter of its own B-tree makes a bitmap of every row with that value first, a quarter of a million of them for one
language of four: that was two thirds of a search with broad filters. A GIN index intersects the lists of rows of all
lexemes, and skips by the shortest. https://www.postgresql.org/docs/current/gin.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django_tenfold.search.marks import START

if TYPE_CHECKING:
    from django_tenfold.search.backend import Filter
    from django_tenfold.search.documents import Document
    from django_tenfold.search.index import FacetField, Shape

TAGGED = (
    "BooleanField CharField DateField IntegerField SlugField UUIDField BigIntegerField SmallIntegerField"
    " PositiveIntegerField PositiveSmallIntegerField PositiveBigIntegerField AutoField BigAutoField SmallAutoField"
).split()
"""Kinds of fields whose equal values have equal texts; 1.50 and 1.5, or one moment in two time zones, have not."""
LONGEST = 60
"""Characters of a value; a longer one is told by its digest, a lexeme has at most 2 KB."""


def can_tag(facet: FacetField) -> bool:
    return facet.field.get_internal_type() in TAGGED


def tags_of(shape: Shape, document: Document) -> list[str]:
    pairs = zip(shape.facets, document.facets, strict=True)
    return [_tag(at, one, value) for at, (one, value) in enumerate(pairs) if can_tag(one)]


def write_tag_query(shape: Shape, filters: list[Filter]) -> str:
    """A tsquery of these filters, all of them of tagged facets and with values; "" of none."""
    groups = []
    for one in filters:
        quoted = [_quote(_tag(one.facet, shape.facets[one.facet], value)) for value in one.values]
        groups.append(f"({' | '.join(quoted)})")
    return " & ".join(groups)


def _tag(at: int, facet: FacetField, value: Any) -> str:
    """Begins with a mark that is taken out of every text and of all words: nobody searches for it by accident."""
    if value is None:
        return f"{START}{at}"
    text = str(facet.field.get_prep_value(value))
    if len(text) > LONGEST:
        text = hashlib.blake2b(text.encode(errors="replace"), digest_size=20).hexdigest()
    return f"{START}{at}={text}"


def _quote(lexeme: str) -> str:
    """https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY"""
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
