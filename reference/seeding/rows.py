"""The rows themselves, as lines of COPY's text format: columns divided by tabs, NULL as \\N.

https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
The lines of reviews are made in one loop without calls: at ten million rows each microsecond is ten seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils.text import slugify

from seeding import words
from seeding.shape import HIDDEN_AT, HIDDEN_EVERY, ORDER_AT, ORDER_EVERY, VOTE_AT, VOTE_EVERY, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 1095
"""Reviews were written over so many days; ids grow with time, as they do in life."""
LAST_DAY = date(2026, 10, 31)
"""Fixed: the same seed makes the same rows, whenever it is used."""
DAY = 86_400
DOMAIN = "reviewers.example"
"""Seeded members are known by it. The ending is reserved: no letter can reach anybody. RFC 2606."""
_DATES = [str(LAST_DAY - timedelta(days=DAYS - 1 - number)) for number in range(-30, DAYS)]
"""From 30 days before the first, for orders that come before their reviews."""
_CLOCK = [f"{time(second // 3600, second // 60 % 60, second % 60)}+00" for second in range(DAY)]
_OFFSET = 30 * DAY
RATINGS = tuple(
    tuple(stars for stars, part in enumerate(parts, 1) for _ in range(part))
    for parts in ((20, 14, 20, 40, 34), (8, 8, 16, 42, 54), (3, 4, 10, 38, 73), (1, 2, 5, 30, 90))
)
"""For products of four qualities, 128 ratings each."""


@dataclass(frozen=True)
class Starts:
    """The first id of each kind: 1 in an empty database."""

    member: int = 1
    product: int = 1
    review: int = 1
    categories: tuple[int, ...] = tuple(range(1, len(words.CATEGORIES) + 1))
    """The id of each category; those in `known` stand in the database already."""
    known: frozenset[int] = frozenset()


def moment(second: int) -> str:
    """A number of seconds since the first day, as COPY reads it."""
    day, rest = divmod(second + _OFFSET, DAY)
    return f"{_DATES[day]} {_CLOCK[rest]}"


def moment_of(second: int) -> datetime:
    return datetime.fromisoformat(moment(second)).astimezone(UTC)


def things() -> list[tuple[int, str]]:
    """(number of the category, thing), every thing there is."""
    return [(number, thing) for number, own in enumerate(words.CATEGORIES.values()) for thing in own]


def email_of(number: int) -> str:
    first = words.FIRST_NAMES[number % len(words.FIRST_NAMES)]
    last = words.LAST_NAMES[number * 7 // len(words.FIRST_NAMES) % len(words.LAST_NAMES)]
    return f"{first}.{last}.{number + 1}@{DOMAIN}"


def price_of(product: int) -> str:
    """From 5.00 to 299.95."""
    return f"{5 + product * 37 % 295}.{(0, 49, 90, 95)[product % 4]:02}"


def category_lines(starts: Starts) -> Iterator[str]:
    """id, name, slug"""
    for key, name in zip(starts.categories, words.CATEGORIES, strict=True):
        if key not in starts.known:
            yield f"{key}\t{name}\t{slugify(name)}\n"


def product_lines(shape: Shape, starts: Starts) -> Iterator[str]:
    """id, category_id, name, slug, description, price, photo, changed_at, review_count, rating_sum"""
    known = things()
    changed = moment(DAYS * DAY - 1)
    for number in range(shape.products):
        category, thing = known[number * 5 % len(known)]
        maker = words.MAKERS[number % len(words.MAKERS)]
        style = words.STYLES[number // len(words.MAKERS) % len(words.STYLES)]
        name, key = f"{maker} {style} {thing}", starts.product + number
        closing = words.CLOSINGS[number % len(words.CLOSINGS)]
        text = words.DESCRIPTION.format(style=style.lower(), thing=thing, maker=maker, closing=closing)
        price = price_of(number)
        slug = f"{slugify(name)}-{key}"
        yield f"{key}\t{starts.categories[category]}\t{name}\t{slug}\t{text}\t{price}\t\t{changed}\t0\t0\n"


def review_lines(shape: Shape, starts: Starts, first: int, last: int) -> Iterator[str]:
    """id, product_id, author_id, rating, title, text, verified, published, helpful_count, started_at, submitted_at,
    category_id

    For the reviews with numbers from `first` up to, not including, `last`.
    """
    rows, seed, step, ends, levels = shape.rows, shape.seed, shape.step, shape.ends, shape.levels
    count, dates, clock, closings = len(levels), _DATES, _CLOCK, words.CLOSINGS
    titles, openings, verdicts = words.TITLES, _openings(), words.VERDICTS
    kinds, span = len(openings), DAYS * DAY - 1
    categories = [starts.categories[category] for category, _ in things()]
    for number in range(first, last):
        spot = (number * step + seed) % rows
        product = bisect_right(ends, spot)
        turn = spot - (ends[product - 1] if product else 0)
        start, size = levels[turn % count]
        author = start + ((product * 40503 + turn // count * 5) & (size - 1))
        chance = (number * 2654435761 ^ seed * 40503) >> 7
        rating = RATINGS[product & 3][chance & 127]
        title, opening, verdict = titles[rating], openings[product * 5 % kinds], verdicts[rating]
        helpful = 1 + number // VOTE_EVERY % 3 if number % VOTE_EVERY == VOTE_AT else 0
        done = number * span // rows + _OFFSET
        begun = done - 20 - (chance >> 9 & 255) - (chance >> 13 & 511)
        yield (
            f"{starts.review + number}\t{starts.product + product}\t{starts.member + author}\t{rating}"
            f"\t{title[(chance >> 3) % len(title)]}"
            f"\t{opening[chance >> 6 & 7]} {verdict[(chance >> 10) % len(verdict)]} {closings[(chance >> 14) % 10]}"
            f"\t{'t' if number % ORDER_EVERY == ORDER_AT else 'f'}"
            f"\t{'f' if number % HIDDEN_EVERY == HIDDEN_AT else 't'}\t{helpful}"
            f"\t{dates[begun // DAY]} {clock[begun % DAY]}\t{dates[done // DAY]} {clock[done % DAY]}"
            f"\t{categories[product * 5 % kinds]}\n"
        )


def _openings() -> list[list[str]]:
    """For each thing the sentences that name it."""
    return [[text.format(thing=thing) for text in words.OPENINGS] for _, thing in things()]


def vote_lines(shape: Shape, starts: Starts) -> Iterator[str]:
    """review_id, voter_id"""
    for number in range(VOTE_AT, shape.rows, VOTE_EVERY):
        _, author = shape.place(number)
        for voter in shape.voters(number, author):
            yield f"{starts.review + number}\t{starts.member + voter}\n"


def order_lines(shape: Shape, starts: Starts) -> Iterator[str]:
    """person_id, product_id, quantity, unit_price, status, placed_at, confirmed_at: one for each verified review"""
    for number in range(ORDER_AT, shape.rows, ORDER_EVERY):
        product, author = shape.place(number)
        placed = number * (DAYS * DAY - 1) // shape.rows - (3 + number % 20) * DAY
        status = "cancelled" if number % 97 == 0 else "shipped"
        yield (
            f"{starts.member + author}\t{starts.product + product}\t{1 + number // ORDER_EVERY % 3}"
            f"\t{price_of(product)}\t{status}"
            f"\t{moment(placed)}\t{moment(placed + 20)}\n"
        )
