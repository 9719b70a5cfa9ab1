"""What a visitor may have meant: each word that no document has, by the one most like it."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from django_tenfold.search.websearch import WORD

if TYPE_CHECKING:
    from django_tenfold.search.backend import SearchBackend
    from django_tenfold.search.index import Shape

SHORTEST = 4
"""Letters: almost every shorter word is near many others."""
MOST_WORDS = 8
"""That are corrected in one search: each is a query."""
ALIKE = 0.7
"""Of difflib's ratio, at least: two letters swapped of four is 0.75."""


def correct_words(words: str, backend: SearchBackend, shape: Shape, number: int) -> str:
    """The words with the unknown ones replaced, or "" if there is nothing to offer."""
    spans = [found for found in WORD.finditer(words) if len(found[0]) >= SHORTEST]
    spans = [
        found for found in spans if words[: found.start()][-1:] != "-"
    ]  # what is left out may be unknown
    known = backend.find_known(shape, number, {found[0].lower() for found in spans})
    unknown = [found for found in spans if found[0].lower() not in known][:MOST_WORDS]
    corrected = words
    for found in reversed(unknown):  # from the end: earlier places stay where they are
        word = _nearest(found[0].lower(), backend.find_near(shape, number, found[0].lower()))
        if word:
            corrected = corrected[: found.start()] + word + corrected[found.end() :]
    return corrected if corrected != words else ""


def _nearest(word: str, candidates: list[tuple[str, int]]) -> str:
    # PostgreSQL has addresses and signed numbers among its words: "-12" for "12" would leave out what was asked for.
    plain = ((_likeness(word, one), count, one) for one, count in candidates if WORD.fullmatch(one))
    best = max(plain, default=(0.0, 0, ""))
    return best[2] if best[0] >= ALIKE else ""


def _likeness(word: str, other: str) -> float:
    return SequenceMatcher(None, word, other, autojunk=False).ratio()
