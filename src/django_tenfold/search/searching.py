"""The one call: `search(ReviewIndex, "words", filters={"language": "en"})`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError
from django.db import router

from django_tenfold.search.backend import Asked, Filter, backend_for
from django_tenfold.search.cursors import BadSearchError, Place, read_cursor, write_cursor
from django_tenfold.search.documents import UNWANTED, clean_text
from django_tenfold.search.index import shape_of
from django_tenfold.search.live_generation import find_live
from django_tenfold.search.marks import render_marks
from django_tenfold.search.results import FacetCount, Hit, Results, Total
from django_tenfold.search.settings import options
from django_tenfold.search.spelling import correct_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django_tenfold.search.backend import Found
    from django_tenfold.search.index import SearchIndex, Shape

LOOKUPS = ("gte", "lte")
MOST_CHOICES = 100
"""Values of one filter."""


def search(
    index: type[SearchIndex],
    words: str = "",
    *,
    filters: Mapping[str, Any] | None = None,
    facets: Iterable[str] | None = None,
    limit: int = 20,
    after: str = "",
    correct: bool = True,
    using: str | None = None,
) -> Results:
    """The best hits of an index; without words every row, the highest key first.

    `words` may be anything that a visitor types: words, "a phrase", -without, or. `filters` are facets with a value,
    a list of values, None, or as `rating__gte` and `rating__lte` a bound. `facets` are those to count, all of the
    index if None. `after` is `next` of the page before. `correct` tries near words when nothing is found.

    Raises BadSearchError (status 400) for a filter or a cursor that cannot be, NotBuiltError before the first rebuild,
    EngineDownError if an engine outside of the database does not answer.
    """
    shape = shape_of(index)
    using = using or router.db_for_read(shape.model)
    chosen = options()
    words = _clean(words, chosen.query_characters)
    narrowed = tuple(_read_filters(shape, filters or {}))
    place = read_cursor(after, shape, words, narrowed) if after else None
    asked = Asked(
        words=place.words if place else words,
        filters=narrowed,
        facets=tuple(_places(shape, facets)),
        limit=max(1, min(limit, chosen.page_rows)),
        after=(place.rank, place.key) if place else None,
        cap=chosen.ranked_rows,
        source=place.source if place else "",
    )
    asked, found, corrected = _find(shape, asked, using=using, correct=correct and not place)
    corrected = corrected or bool(place and place.corrected)
    return _present(shape, asked, found, words=words, corrected=corrected)


async def asearch(index: type[SearchIndex], words: str = "", **named: Any) -> Results:
    """`search` for coroutines, in a thread: Django's cursors are synchronous."""
    return await sync_to_async(search)(index, words, **named)


def _find(shape: Shape, asked: Asked, *, using: str, correct: bool) -> tuple[Asked, Found, bool]:
    """What was asked in the end, what it found, and whether the words were corrected."""
    backend, number = backend_for(using), find_live(shape, using=using)
    found = backend.find(shape, number, asked)
    if found.total or not (correct and asked.words):
        return asked, found, False
    words = correct_words(asked.words, backend, shape, number)
    if not words:
        return asked, found, False
    other = replace(asked, words=words)
    second = backend.find(shape, number, other)
    return (other, second, True) if second.total else (asked, found, False)


def _present(shape: Shape, asked: Asked, found: Found, *, words: str, corrected: bool) -> Results:
    rows, more = found.rows[: asked.limit], found.rows[asked.limit :]
    following = ""
    if more:
        place = Place(asked.words, corrected, rows[-1].rank, rows[-1].key, found.source)
        following = write_cursor(place, shape, words, asked.filters)
    return Results(
        hits=tuple(
            Hit(
                row.key,
                row.rank,
                {one.path: render_marks(text) for one, text in zip(shape.text, row.texts, strict=True)},
            )
            for row in rows
        ),
        total=Total(min(found.total, asked.cap), found.total > asked.cap),
        facets={
            shape.facets[at].path: tuple(FacetCount(value, count) for value, count in counted)
            for at, counted in found.facets.items()
        },
        words=asked.words,
        corrected=corrected,
        next=following,
    )


def _clean(words: str, longest: int) -> str:
    """What no database takes is left out: NUL and halves of surrogate pairs."""
    return clean_text(words[:longest]).strip()


def _places(shape: Shape, facets: Iterable[str] | None) -> Iterator[int]:
    known = {one.path: at for at, one in enumerate(shape.facets)}
    for path in known if facets is None else facets:
        if path not in known:
            raise BadSearchError(f"{shape.name} has no facet {path!r}. Known: {', '.join(known) or 'none'}.")
        yield known[path]


def _read_filters(shape: Shape, filters: Mapping[str, Any]) -> Iterator[Filter]:
    known = {one.path: at for at, one in enumerate(shape.facets)}
    for name, given in filters.items():
        path, _, lookup = name.rpartition("__")
        if name in known or lookup not in LOOKUPS:
            path, lookup = name, "in"
        (at,) = _places(shape, [path])
        values = given if isinstance(given, list | tuple | set | frozenset) and lookup == "in" else (given,)
        if len(values) > MOST_CHOICES:
            raise BadSearchError(f"{name} has more than {MOST_CHOICES} values.")
        yield Filter(at, lookup, tuple(_read_value(shape, at, name, value) for value in values))


def _read_value(shape: Shape, at: int, name: str, value: Any) -> Any:
    """As the field has it; refused if the field, or the database, would not take it."""
    field = shape.facets[at].field
    if value is None and not name.endswith(("__gte", "__lte")):
        return None
    try:
        read = field.to_python(value.translate(UNWANTED) if isinstance(value, str) else value)
        if read is None:
            raise ValidationError("no value")
        if isinstance(read, str):
            return read.encode(errors="replace").decode()
        field.run_validators(read)
    except (ValidationError, TypeError, ValueError, OverflowError, ArithmeticError):
        raise BadSearchError(f"{name} cannot be {str(value)[:50]!r}.") from None
    return read
