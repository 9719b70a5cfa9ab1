"""The place between two pages: rank and key of the last hit, signed, and bound to what was searched for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.core.exceptions import BadRequest

from django_tenfold.search.settings import options

if TYPE_CHECKING:
    from django_tenfold.search.backend import Filter
    from django_tenfold.search.index import Shape

SALT = "django_tenfold.search"
LONGEST = 2_000
"""Characters beside the words."""
PER_CHARACTER = 16
"""Of the words, at most: 12 as JSON escapes what is outside of the first 65,536, and a third more in base64."""


class BadSearchError(BadRequest):
    """A filter or cursor that cannot be; left alone, Django answers it with status 400."""


@dataclass(frozen=True, slots=True)
class Place:
    words: str
    """That were searched for in the end."""
    corrected: bool
    rank: float
    key: Any
    source: str = ""


def write_cursor(place: Place, shape: Shape, words: str, filters: tuple[Filter, ...]) -> str:
    told = [
        place.words,
        place.corrected,
        place.rank,
        str(place.key),
        place.source,
        _bind(shape, words, filters),
    ]
    return signing.dumps(told, salt=SALT, compress=True)


def read_cursor(text: str, shape: Shape, words: str, filters: tuple[Filter, ...]) -> Place:
    """Raises BadSearchError for one that was not made here, or for another search."""
    try:
        if len(text) > LONGEST + PER_CHARACTER * options().query_characters or not text.isascii():
            raise signing.BadSignature("not its form")
        used, corrected, rank, key, source, bound = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise BadSearchError(f"The cursor of this page is no cursor of this site ({error}).") from None
    if bound != _bind(shape, words, filters):
        raise BadSearchError("The cursor of this page belongs to another search: begin at its first page.")
    return Place(used, corrected, rank, shape.key_field.to_python(key), source)


def _bind(shape: Shape, words: str, filters: tuple[Filter, ...]) -> str:
    told = repr((shape.name, words, [(one.facet, one.lookup, [*map(str, one.values)]) for one in filters]))
    return hashlib.blake2b(told.encode(errors="replace"), digest_size=9).hexdigest()
