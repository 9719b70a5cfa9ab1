"""How many of each there are, and who reviews what: pure arithmetic, the same for the same seed.

Activity follows Zipf's law in levels: each level has twice the members of the one before, and all levels
write the same number of reviews, so that the most active members write a thousand each and most write a few.
A product's reviewers in one level are an arithmetic progression with an odd step in a ring of a power of two:
nobody comes twice, and nothing has to be remembered to know that.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from math import gcd

REVIEWS_PER_MEMBER = 20
REVIEWS_PER_PRODUCT = 100
MOST_LEVELS = 9
GOLDEN = 0.6180339887498949
ORDER_EVERY, ORDER_AT = 8, 3
"""One review in eight is of something ordered here."""
VOTE_EVERY, VOTE_AT = 16, 5
HIDDEN_EVERY, HIDDEN_AT = 50, 17


@dataclass(frozen=True)
class Shape:
    """Everything about a seeding that is a number. Members and products are counted from 0."""

    rows: int
    seed: int = 1
    levels: tuple[tuple[int, int], ...] = field(init=False)
    """For each level of activity its first member and how many it has, a power of two."""
    ends: tuple[int, ...] = field(init=False)
    """For each product the number of reviews of it and of all before it."""
    step: int = field(init=False)

    def __post_init__(self) -> None:
        power = max(4, (self.rows // REVIEWS_PER_MEMBER).bit_length() - 1)
        count = min(MOST_LEVELS, power - 2)
        sizes = [2**exponent for exponent in range(power - count + 1, power + 1)]
        starts = accumulate(sizes[:-1], initial=0)
        object.__setattr__(self, "levels", tuple(zip(starts, sizes, strict=True)))
        most = count * sizes[0]
        products = max(self.rows // REVIEWS_PER_PRODUCT, -(-2 * self.rows // most), 1)
        object.__setattr__(self, "ends", tuple(accumulate(_share(self.rows, products, most))))
        object.__setattr__(self, "step", _coprime(int(self.rows * GOLDEN) + self.seed, self.rows))

    @property
    def members(self) -> int:
        first, size = self.levels[-1]
        return first + size

    @property
    def products(self) -> int:
        return len(self.ends)

    @property
    def orders(self) -> int:
        return len(range(ORDER_AT, self.rows, ORDER_EVERY))

    def place(self, number: int) -> tuple[int, int]:
        """Product and author of the review of that number; no two numbers have both the same."""
        spot = (number * self.step + self.seed) % self.rows
        product = bisect_right(self.ends, spot)
        turn = spot - (self.ends[product - 1] if product else 0)
        first, size = self.levels[turn % len(self.levels)]
        return product, first + ((product * 40503 + turn // len(self.levels) * 5) & (size - 1))

    def voters(self, number: int, author: int) -> range | tuple[int, ...]:
        """Members who found the review helpful: up to three, never its author."""
        if number % VOTE_EVERY != VOTE_AT:
            return ()
        return tuple((author + 1 + turn * 7) % self.members for turn in range(1 + number // VOTE_EVERY % 3))


def _share(rows: int, products: int, most: int) -> list[int]:
    """Rows for each product by Zipf's law, flattened, none above `most`; their sum is `rows`."""
    weights = [(number + 60) ** -0.75 for number in range(products)]
    part = rows / sum(weights)
    shares = [min(most, int(part * weight)) for weight in weights]
    left = rows - sum(shares)
    while left:
        for number in range(products):
            if left and shares[number] < most:
                shares[number] += 1
                left -= 1
    return shares


def _coprime(number: int, rows: int) -> int:
    number = max(1, number % max(rows, 1))
    while gcd(number, rows) != 1:
        number += 1
    return number
